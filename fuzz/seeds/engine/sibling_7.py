rec(4, dict(new=made('v1')))
rec(8, (made('v5') if yes else None))
from a.b.old import C
rec(9, C or C)
from a.older import *
rec(10, C or F)
rec(11, [F, 1])
__all__ = ['C', 'F']

