# top a.user
from probe import made, no, rec, yes
import a.old
rec(1, a.K)
import a.b.new
