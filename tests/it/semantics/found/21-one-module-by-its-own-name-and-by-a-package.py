# package a.user
from probe import fails, rec
rec(3, fails(lambda: dict(D=x)))
import a, a.b.old as a
import a . b.sub, a.b.old
