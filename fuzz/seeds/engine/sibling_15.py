rec(7, (lambda: None)())
rec(14, None)
from .b.new import N as N
del N
for A in [A, 2]:
    from a.b.old import A
    from . import new as a
    rec(15, [N for C in [N] if A])
for A in [a.E, 2]:
    rec(16, A or D)
    rec(17, [N for x in [A] if N])
    rec(18, [(D := A) for _ in [1]])
from a import older
rec(19, fails(lambda: [(m := a.E) for _ in [1]]))
__all__ = ['older', 'N', 'a']

