try:
    if made('v1'):
        import a.older as D, a.b.old.sub as m
        rec(3, f'{rec(2, D.F)}')
        rec(5, D.F)  # about a.b.old
    else:
        import a . b.old.sub, a.b.old.sub as old
        import a.b.old.sub as B, a.b.old.sub, a.b.old.sub as new
        import a.b.old.sub as new, a.older as m
    rec(7, (B.D if yes else new.A))  # about a.b.old
    rec(9, dict(old=new.A))
    try:
        rec(11, [a.b.old.sub.D for a in [1]])
        rec(13, {C: a.b.old.A.part for C in 'k'})
        import a.older as a, json
        import a.b.old, a.b.old as C
        raise KeyError
    except KeyError:
        rec(15, [m.D for new in [a.F] if new.A])  # about a.b.old.sub
        import a.b.old as B
except Exception:
    rec(17, fails(lambda: [C.sub.A for old in [a.b.old.sub.D] if B.sub.D]))
    rec(19, [a.b.old.C for A in [m.A] if C.Z.part])
rec(21, f'{rec(20, B.A)}')
rec(23, dict(B=a.b.old.C.part))
rec(25, fails(lambda: C.sub.D))
rec(27, {a: new.A for a in 'k'})
rec(29, [new.D, 1])
import a.b.old as a, a.older as m
rec(31, a.F)
rec(33, a.b.old.C)
rec(35, dict(D=a.b.old.sub.D))

