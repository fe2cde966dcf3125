# names a.user
from probe import made, no, rec, yes
from a import older
from a import older
rec(1, older.F)
