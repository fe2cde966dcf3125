rec(6, dict(A=made('v1')))
from a.older import *
from a.b.old import *
from a.b.old import A
rec(7, [A for a in [A] if A])

