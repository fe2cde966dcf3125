rec(4, dict(B=None))
import a.older
rec(5, [a.older.E, 1])
rec(6, a.older.F or a.older.F)
rec(7, a.older.E or (a.older
 .F))
rec(8, (a.older.E if yes else a.older.E))

