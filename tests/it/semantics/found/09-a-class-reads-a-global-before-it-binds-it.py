# rename a.user
from probe import made, no, rec, yes
from a.older import F
class K:
    rec(1, F)
    from a.older import F
