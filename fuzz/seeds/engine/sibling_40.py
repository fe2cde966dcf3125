class K1:
    rec(8, {m: None for m in 'k'})
    rec(15, {m: None for m in 'k'})
    from ..older import E
    rec(16, {A: E for A in 'k'})
rec(18, fails(lambda: K1.E))
from a import (  # head
    older
)
rec(19, older.F)
rec(20, older.E)
from a.b import manager
del manager
class K21:
    from a import older
    from a.b import old
    from a.b import rest
rec(22, fails(lambda: K21.older))
rec(23, fails(lambda: K21.old))
class K24:
    rec(25, [older.F.part, 1])
    rec(26, older.F or manager.A)
    import a.b.old as x
rec(27, fails(lambda: K24.x))
rec(28, [manager.A, 1])
del older
rec(29, [A for A in [older.F.part]])
rec(30, (lambda: manager.Z)())
rec(31, getattr(manager, 'N'))

