rec(6, made('v1') or None)
rec(12, {new: None for new in 'k'})
def f1():
    from a.older import C as new
    rec(13, new or new)
    rec(14, [new, 1])
f1()
from a.newer import C
from a.older import C
rec(15, [A for A in [C]])
if no:
    class K16(C):
        from a.b.old.sub import D
        rec(17, [C, 1])
        class noted18:
            at: 'D'
            on: B
        rec(18, fails(lambda: hints(noted18)))
    rec(19, fails(lambda: K16.D))
    rec(20, [old for old in [C]])
    from a.older import C as B
rec(21, (C if yes else C))
rec(22, [C for D in [1]])
class K23(B):
    rec(24, (B if yes else C))
    def noted25(p: 'C') -> C: ...
    rec(25, fails(lambda: hints(noted25)))
    rec(26, dict(x=A))
rec(27, [C, 1])
rec(28, [C for A in [1]])

