rec(5, (a := made('v1')))
with patch('a.older.C', made('P6')):
    from a.older import C
    rec(6, [C, C.part])
if None:
    from a.b import old
    rec(9, (a := old.C))
rec(10, (lambda: old.A)())
rec(11, old.A)
import a.older as old
if no:
    from a.b.old import A
rec(12, [old.C, 1])  # about a.b.old
def f1(m=old.F):
    from a.b import old
    from a import older
f1()
rec(13, old.F or old)  # about a.older
rec(14, (new := old.C))
rec(15, (lambda: old.F.part)())

