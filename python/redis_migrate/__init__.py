"""The program `redis-migrate`, as a package: `python -m redis_migrate`."""

from __future__ import annotations

from ._find import find_program

__all__ = ["find_program"]
