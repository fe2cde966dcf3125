rec(6, __import__('a.older', fromlist=['C']).C)
rec(13, pkgutil.resolve_name('a.older:F'))
rec(22, (made('v19') if yes else None))
def f1(new=None):
    global D
    rec(24, dict(B=new))
    def f2():
        global new
        rec(25, new)
        from a.b.old import C
        rec(26, new)
        class K27(C):
            rec(28, new or new)
            rec(29, dict(m=new))
            from .. import older
        rec(30, fails(lambda: K27.older))
    f2()
rec(31, fails(f1))

