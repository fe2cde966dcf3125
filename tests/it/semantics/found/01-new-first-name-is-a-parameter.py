# names a.user
from probe import made, no, rec, yes
def f(x):
    import a.b.old
    rec(1, [x, a.b.old.A])
f(made('v'))
