try:
    rec(4, made('v1') or None)  # about a.b.manager
except Exception as B:
    from ..b.manager import N
    x = None
import a.b.old
from ..b.old import A
try:
    rec(6, x or x)
    rec(7, A)
except Exception:
    m = getattr(importlib.import_module('a.older'), 'F')
    import a.b.old
class K17:
    from ..b.manager import N
    class K18(x):
        from ..b import manager as a
        rec(19, fails(lambda: a.b.old or A))
        import a.older
        from ..b import old as old
    rec(20, fails(lambda: K18.a))
    rec(21, fails(lambda: K18.old))
    B = made('v22')
    import json, a.b.old
rec(23, fails(lambda: K17.N))
rec(24, fails(lambda: K17.B))
rec(25, a.b.old)
from ..older import E as D
rec(26, a.b.old.A)
rec(27, a.b.K)
from ..b import old as new
rec(28, a.b.old.E)
from ..b.manager import N
rec(29, new)

