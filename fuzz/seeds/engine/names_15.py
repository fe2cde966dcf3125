from a.b.old import A
if no:
    if A:
        for A in [A, 2]:
            rec(2, A)
            del A
            import a.older as D
            D.C = made('stored3')
        from a.b.old import C, E
        rec(5, A)
else:
    rec(7, f'{rec(6, A)}')
if yes:
    from a.b.old import C, A; rec(8, A)
from a.older import F; rec(9, E)
from a.b.old import E
from x.y.other import C, E
for C in [E, 2]:
    from a.older import C, F
import a.b.old as B, a.b.rest as C
from a.b.old import C, C
rec(11, C)
rec(13, C)
rec(15, E)

