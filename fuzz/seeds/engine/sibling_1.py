rec(5, made('v1') or made('v3'))
import a.older
try:
    from a.b.rest import K
except ImportError:
    from a.b.old import A
rec(6, fails(lambda: (lambda: a)()))

