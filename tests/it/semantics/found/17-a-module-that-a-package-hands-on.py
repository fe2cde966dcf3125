# names a.pkg package
from probe import rec
from a.b import old
import sys
rec(1, sys.modules["a.pkg"].old.A)
