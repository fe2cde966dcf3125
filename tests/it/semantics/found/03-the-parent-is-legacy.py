# package top
from probe import made, no, rec, yes
import a.b.sub.low
rec(1, [a.b.K, a.b.sub.low.A])
