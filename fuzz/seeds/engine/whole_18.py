from a import older
from a import older
from a.b.old import sub
from a.b.old import sub
rec(1, [sub.A, 1])
rec(2, (older.F if yes else sub.A))
rec(3, older.F.part)
rec(4, sub.D)
rec(5, older.C)

