rec(9, fails(lambda: (new := None)))
import a.b.old.sub
def noted10(p: 'a.b.old.sub.D') -> a.b.old.sub.A: ...
rec(10, fails(lambda: hints(noted10)))
rec(13, f'{rec(12, a.b.old.A)}')
class K14:
    from a import newer
rec(15, fails(lambda: K14.newer))
def f1():
    global C
    if no:
        with patch('a.older.C', made('P16')):
            rec(16, __import__('a.older', fromlist=['_']).C)
        if a.b.old.Z:
            rec(17, importlib.import_module('a.older').C)
    import a.b.old
    with made('w')() as a:
        for new in [a, 2]:
            a = a.b.old.A
            from a.newer import C, C
            import a.b.old
            rec(28, [(x := a.b.K) for _ in [1]])
f1()
try:
    rec(30, fails(lambda: [a.b.old.sub.A for new in [1]]))
    rec(33, fails(lambda: (lambda: a.b.old.C)()))
    rec(35, fails(lambda: [B for B in [a.b.old.Z]]))
    rec(37, fails(lambda: [x for x in [a.b.old.sub.D]]))
except KeyError:
    rec(39, a.b.old.C)
    rec(41, dict(C=a.b.old.sub.D))
from a.b.old.sub import (  # head
    D,
    D as C
)
from .. import K as new, \
    K, \
    K
rec(43, [B for B in [K]])
with made('w')() as B:
    rec(45, [D for B in [1]])
    rec(47, new or a.b.old.C)
    rec(49, f'{rec(48, D)}')
    rec(51, (lambda x=B: x)())
rec(58, 'a.b.old.sub' in sys.modules or True)
rec(62, dict(A=B))
__all__ = ['K', 'C', 'new']

