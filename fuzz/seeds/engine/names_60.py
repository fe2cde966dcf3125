from __future__ import annotations
from a.b.old import (E)
rec(2, E)
def f1():
    rec(4, fails(lambda: (lambda C: E)(E)))
    with patch.object(importlib.import_module('a.b.old'), 'C', made('P')):
        rec(5, E)
    @(lambda f: f)
    def f2():
        @(lambda f: f)
        def f3():
            try:
                import x.y.other as C
            except ModuleNotFoundError:
                pass
            rec(7, [E, 1])
            rec(9, E)
        rec(10, fails(f3))
        rec(12, fails(lambda: (lambda x=E: x)()))
        from a.b import K
    rec(13, fails(f2))
f1()
rec(15, E)

