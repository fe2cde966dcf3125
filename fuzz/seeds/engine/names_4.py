from a.b import old
def f1():
    from a import older
    import a.older
    from a.b import old
f1()
def f2():
    def f3(new=old.C):
        import a.b.old, json
    f3()
    rec(1, old.C)
    rec(2, old.A)
rec(3, fails(f2))
rec(4, (lambda: old.C)())
with patch.object(importlib.import_module('a.older'), 'C', made('P')):
    rec(5, __import__('a.older', fromlist=['_']).C)
rec(6, old.C)

