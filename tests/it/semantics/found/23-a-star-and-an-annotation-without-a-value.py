# names a.b.user
from probe import rec
from a.older import *
C: int
rec(8, C)
rec(9, F)
