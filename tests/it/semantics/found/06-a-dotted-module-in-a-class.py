# names a.user
from probe import made, no, rec, yes
class K:
    import a.older
rec(1, K.a.older.F)
