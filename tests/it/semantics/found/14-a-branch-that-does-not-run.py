# whole a.user
from probe import made, no, rec, yes
import a
from a.b.old import Z
if no:
    import a.b.old
rec(1, a.b.old.A)
