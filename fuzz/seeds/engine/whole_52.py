rec(7, made('v1') or None)
rec(16, None or made('v10'))
rec(25, [D for D in [None]])
import a.older as m, a.b.old as A
rec(27, A.Z or m.C)
rec(29, m.F)
rec(31, [m.F for A in [1]])
rec(33, [m.C for a in [1]])
__all__ = ['m', 'A']

