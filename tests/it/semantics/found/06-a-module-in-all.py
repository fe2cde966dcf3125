# names a.user
from probe import made, no, rec, yes
from a.b import old
__all__ = ['old']
