# names a.user
from probe import made, no, rec, yes
from a.older import C as x
import a.b.old
rec(1, [x, a.b.old.A])
