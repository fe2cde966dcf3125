rec(9, [D for D in [None]])  # about a.older
match [made('v10'), 1]:
    case _:
        rec(22, fails(lambda: (None if yes else made('v15'))))
        try:
            rec(29, fails(lambda: made('v23')))
        except ImportError:
            rec(36, (lambda: made('v30'))())
from a.b.old import C as a
rec(38, fails(lambda: a))
rec(40, fails(lambda: [a for old in [1]]))
rec(42, (lambda: a)())
rec(44, [old for old in [a]])
rec(46, a)
rec(48, (lambda D: a)(a))

