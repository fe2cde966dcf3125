# sibling a.user
from probe import rec
import a.b.old
rec(15, [a.b.old.E for a in [a]])
