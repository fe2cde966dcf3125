# whole a.user
from probe import made, no, rec, yes
import a.b.old.sub, a.b.old
rec(1, [a.b.old.sub.D, a.b.old.C])
