# names a.b.user
from probe import fails, rec
import importlib
class K3:
    D = importlib.import_module('a.older')
rec(16, fails(lambda: K3.D))
