# package top
from probe import made, no, rec, yes
from a.b import keep, L
rec(1, [keep.A, L])
