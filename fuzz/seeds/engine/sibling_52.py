rec(7, (None if yes else None))
rec(11, made('v8'))
from a import K, b, K
from a.b import new, K, K
if no:
    rec(12, (K if yes else K))
    rec(13, new)
    rec(14, K)
rec(15, K)  # about a.b.manager
if K:
    rec(16, dict(x=new.M))
else:
    rec(17, (K if yes else b.K))  # about a.b.manager
    if yes:
        if no:
            rec(18, dict(B=b.K))
            from a.b import new, K, K
            rec(19, K)
    else:
        from a.b import K, K, manager
    rec(20, (K if yes else b.K.part))
rec(21, [K, 1])
rec(22, K)
rec(23, (new.A if yes else K))
rec(24, dict(A=manager.A))

