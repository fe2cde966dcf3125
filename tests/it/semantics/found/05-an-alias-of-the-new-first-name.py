# top a.user
from probe import made, no, rec, yes
import old
import a.old as a
rec(1, getattr(a, 'A'))
