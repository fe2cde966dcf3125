# package top
from probe import made, no, rec, yes
from a.b import sub
rec(1, sub.D)
