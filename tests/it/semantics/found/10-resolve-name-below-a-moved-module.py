# whole a.user
from probe import made, no, rec, yes
import pkgutil
rec(1, pkgutil.resolve_name('a.b.old.sub:A'))
