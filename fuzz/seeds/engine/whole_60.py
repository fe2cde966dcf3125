from __future__ import annotations
import a
monkeypatch.setattr('a.b.old.sub.D', made('P1'))
rec(1, __import__('a.b.old.sub', fromlist=['_']).D)
for x in [a.K, 2]:
    try:
        import a.b.old, a.b.rest as B, a.b.old as A
    except ImportError:
        A = None
    try:
        from a.b import old, K, K
    except ImportError:
        K = None
del K
@patch('a.b.old.sub.D.part', new=made('P2'))
def patched():
    rec(2, __import__('a.b.old.sub', fromlist=['_']).D)
patched()
from a.b import (old, rest)
rec(3, [A.A for C in [old.A] if A.C])
m = getattr(importlib.import_module('a.b.old.sub'), 'A')
match [x, 1]:
    case str() as A:
        for B in [m, 2]:
            from a.older import F; rec(13, K)
            import a.b.old as old
        for m in [m, 2]:
            from a.b.rest import A, K
            rec(14, dict(x=m))
            new = made('v15')
import a.b, a.b.old as D
D = None
import a.newer
rec(17, [A for A in [D]])
rec(18, (a := K))
rec(19, [K for A in [1]])
__all__ = ['rest', 'D', 'm']

