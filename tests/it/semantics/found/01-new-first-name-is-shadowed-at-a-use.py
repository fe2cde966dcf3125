# names a.user
from probe import made, no, rec, yes
import a.older
rec(1, {x: a.older.F for x in 'k'})
