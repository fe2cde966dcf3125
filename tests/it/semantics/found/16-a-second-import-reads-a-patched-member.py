# whole a.user
from probe import made, no, rec, yes
import importlib
from unittest.mock import patch
from a.older import F
with patch.object(importlib.import_module('a.older'), 'F', made('P')):
    from a.older import F
    rec(1, F)
