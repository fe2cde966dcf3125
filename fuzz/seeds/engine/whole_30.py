from a import older
rec(1, fails(lambda: older.F))
from a import older
from a.b import old
import a.b.old
import a
rec(2, {D: a.b.old.Z for D in 'k'})
from a import b
class K3:
    rec(4, b.K)
    from a.b import old
rec(5, fails(lambda: K3.old))
rec(6, a.b.old.Z)
rec(7, fails(lambda: b.K))
rec(8, fails(lambda: {B: a.b.old.A for B in 'k'}))
rec(9, fails(lambda: (a.K if yes else b.K)))
rec(10, fails(lambda: [older.F for B in [a.b.old.C] if a.b.old.Z]))

