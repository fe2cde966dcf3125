from a.b.old import A
def noted1(p: 'A') -> A: ...
rec(1, fails(lambda: hints(noted1)))
from a.older import (F,)
from x.y.new import (
    Q,
); rec(2, Q)
class K3(F):
    from a.older import F
    rec(5, (lambda B=F: B)())
rec(6, fails(lambda: K3.F))
try:
    rec(8, f'{rec(7, A)}')
    from ..b import K
    from a.b.rest import A
    raise KeyError
except ImportError:
    if yes:
        import a.older
    else:
        for new in [A, 2]:
            from a.older import F
            rec(10, (lambda new: K)(a.older))
            rec(12, [F for x in [1]])
            rec(14, F or F)
        D = getattr(importlib.import_module('a.b.old'), 'E')
        with patch.multiple('a.b.old', C=made('P24')):
            from a.b.old import C
            rec(24, [C, C.part])
    a.older.F = made('stored25')
rec(28, importlib.util.find_spec('a.older') is not None)
rec(36, (lambda C=F: C)())
rec(40, pkgutil.resolve_name('a.b.old:E'))
rec(47, fails(lambda: f'{rec(46, new)}'))
from a.b import (  # head
    rest
)
rec(49, fails(lambda: [a.older.C for B in [1]]))
rec(51, {D: rest.K for D in 'k'})
__all__ = ['K', 'new', 'Q']

