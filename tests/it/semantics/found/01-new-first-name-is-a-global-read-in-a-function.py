# names a.user
from probe import made, no, rec, yes
x = made('v')
def f():
    import a.b.old
    rec(1, [x, a.b.old.A])
f()
