from __future__ import annotations
rec(7, (lambda C: None)(made('v1')))
rec(14, {m: made('v8') for m in 'k'})
rec(21, fails(lambda: [a for a in [made('v15')]]))

