# top a.user
from probe import made, no, rec, yes
import a.old, a.old, gone
rec(1, [a.old.A, gone.V])
