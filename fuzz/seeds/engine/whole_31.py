from __future__ import annotations
import json, a.b.old.sub
import a . older
import a.b.old.sub, a.older, a.b
rec(1, [a.older.C, 1])  # about a.b.old.sub
rec(2, dict(D=a.b.old.sub))
rec(3, (x := getattr(a.older, 'F')))
rec(4, a.older.C)

