from __future__ import annotations
m = importlib.import_module('a.b.old.sub')
import json, a.older
rec(10, m.D)
match [a.older.F, 1]:
    case str() as A:
        rec(11, m.A)  # about a.older
        from a.b import old
if a.older.C:
    del m
from a import (
    older as D,
)
import a.b.rest
rec(12, D.F)
from a.b import old
rec(13, [a.b.rest.A, 1])
rec(14, fails(lambda: old.C))
rec(15, a.K.part)
__all__ = ['m', 'D', 'a']

