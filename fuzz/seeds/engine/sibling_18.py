rec(6, fails(lambda: f'{rec(4, made('v5'))}'))
def f1():
    try:
        for D in [D, 2]:
            rec(8, dict(D=D))
    except ImportError:
        rec(10, D)
    rec(12, D)
rec(13, fails(f1))
rec(17, made('v14'))

