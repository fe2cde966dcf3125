from __future__ import annotations
if yes:
    rec(6, None or None)
    rec(11, (made('v7') if yes else None))
else:
    rec(16, fails(lambda: (lambda B=made('v12'): B)()))
    import a.b.old as A
    rec(23, 'a.b.old' in sys.modules or True)
    from a.b import old
rec(26, (lambda B=old.A: B)())
from a.b import old
class noted27:
    at: 'A.C'
    on: old.C.part
rec(27, fails(lambda: hints(noted27)))
rec(34, 'a.older' in sys.modules or True)
old.A = made('stored37')
rec(38, fails(lambda: old.Z))
rec(39, fails(lambda: [old.E, 1]))

