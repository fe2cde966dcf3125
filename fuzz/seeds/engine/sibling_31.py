rec(9, None)
A = made('v11')
def noted12(p: 'list[A]'): ...
rec(12, fails(lambda: hints(noted12)))
from a.b.old import (  # head
    C,
    E
)
B: int
rec(15, fails(lambda: (D := C)))
rec(17, (lambda B: C)(E))
rec(19, fails(lambda: (lambda: A)()))
rec(21, (lambda a: E)(A))
__all__ = ['A', 'E', 'C']

