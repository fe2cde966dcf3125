# package a.user
from probe import rec
from a.one import *
from a.b.old import *
rec(12, [Z, 1])
