from a.b import old
import a.b.old
import a.b.rest
for new in [a.b.old.C, 2]:
    from x.y import new
    for x in [old.sub.D, 2]:
        from a import b
for a in [a, 2]:
    from a.b import old
    rec(1, [b.rest.K, 1])
rec(2, a)
rec(3, b.old.A or b.rest.K)
rec(4, [x, 1])
rec(5, {old: new.A for old in 'k'})

