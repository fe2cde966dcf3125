# names a.user
from probe import made, no, rec, yes
class K:
    from a.b import old
rec(1, K.old.A)
