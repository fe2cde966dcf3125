match [made('v1'), 1]:
    case [A, *_]:
        for a in [a, 2]:
            rec(3, [a, 1])
            import a.b.manager as B, a.b.manager as C
        from a.b.old import C as A, A as a
import a.older as m
match [m.F, 1]:
    case [a, *_]:
        import a.b.manager as m, json
from a.b.manager import N
rec(5, dict(x=a))
a = m.F
for x in [A, 2]:
    import a.b.manager as new, a.b.old as old, a.b as a
    rec(8, a or m.E.part)
    rec(10, x or N)
    rec(12, a.K)
rec(14, x or a)  # about a.b.old
rec(16, f'{rec(15, a)}')
rec(18, (lambda old: a.K)(N))

