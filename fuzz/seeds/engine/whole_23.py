from __future__ import annotations
with patch('a.b.old.A.part', made('P1')):
    rec(1, __import__('a.b.old', fromlist=['_']).A)
rec(9, [m for m in [None]])
rec(16, dict(B=None))
rec(23, None or made('v19'))
class K24:
    rec(31, made('v25'))
match [made('v33'), 1]:
    case C:
        import a . b.old as x
        rec(34, [x.Z for new in [x.Z] if x.C.part])
rec(35, [x.sub.D, 1])

