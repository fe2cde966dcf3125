rec(8, fails(lambda: [None for B in [1]]))
import a.older
rec(10, fails(lambda: a.older.E))
rec(12, (a.older.E if yes else a.older.F))
rec(14, (a.older.E if yes else a.older.F))

