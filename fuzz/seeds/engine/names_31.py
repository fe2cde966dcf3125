from a.older import F
rec(2, f'{rec(1, old)}')
rec(4, f'{rec(3, F)}')
rec(6, fails(lambda: (lambda: F)()))
rec(8, (F if yes else F))

