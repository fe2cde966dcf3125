import a.older as D
rec(2, (lambda B: D.E)(D.F))
import a.b.manager as m, a.b.old
rec(4, D.F)
new: int
import a.b.manager as B
import a.b.old as x, a.b.old as A
rec(7, dict(m=m.A))
rec(9, [a.b.old.A, 1])
rec(11, (lambda new=m.N: new)())

