# package a.user
import a.b.old
import a.b.sub
try:
    pass
except ImportError:
    [C for x in [C] if a.b.sub.A.part]
