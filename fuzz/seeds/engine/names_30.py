import a.b.old as x
rec(1, getattr(x, 'A') or x.C)
def noted2(p: x.Z, q: 'x.A | None' = None): ...
rec(2, fails(lambda: hints(noted2)))
rec(3, [(m := x.E) for _ in [1]])
rec(4, fails(lambda: (x := C)))
def f1():
    rec(5, (x := x.E))
f1()
class K6:
    from .older import C
    class K7:
        @patch('a.older.C', new=made('P8'))
        def patched():
            from a.older import C
            rec(8, [C, C.part])
        patched()
        import a.b.old as C
    rec(9, fails(lambda: K7.C))
    def f2(a):
        C = a
        try:
            from a.b.old import Z as C
        except ImportError:
            from a.b.old import E
    f2(made('arg'))
rec(11, fails(lambda: K6.C))
rec(12, [(a := x.A) for _ in [1]])
from .b.old import E as x
def noted13(p: 'list[x.A]'): ...
rec(13, fails(lambda: hints(noted13)))
rec(14, fails(lambda: x.Z))

