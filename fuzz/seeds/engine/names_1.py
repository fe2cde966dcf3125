class K1:
    rec(8, (lambda D: made('v7'))(made('v2')))
    rec(17, {m: None for m in 'k'})
from ..older import C as A
rec(20, (lambda: A)())
try:
    from a import K as K
except ImportError:
    pass
rec(22, A or A)
rec(24, A or A)  # about a.older
rec(26, [A for A in [K]])
old = made('v27')
del K
if yes:
    from ..older import F
    class K28(A):
        rec(30, F)
else:
    from .. import b
    from a.b.old import E, Z, C
    from a.b import old as old, rest, old
from a.b import old as m
rec(32, F)
rec(34, {C: C for C in 'k'})
rec(36, [(B := old.Z) for _ in [1]])
__all__ = ['old', 'C', 'E']

