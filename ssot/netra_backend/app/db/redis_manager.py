"""The old path of the database layer's Redis access: use `netra_backend.app.redis_manager`.

Kept until nothing imports it; `redis-migrate` rewrites its importers.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from netra_backend.app import redis_manager as _target

if TYPE_CHECKING:
    from netra_backend.app.redis_manager import (
        RedisManager,
        get_redis_manager,
        redis_manager,
    )

__all__ = [
    "RedisManager",
    "get_redis_manager",
    "redis_manager",
]

_warned: set[str] = set()


def __getattr__(name: str) -> Any:
    """Return what moved, and say so once per name, at the line that asked for it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name not in _warned:
        warnings.warn(
            f"{__name__}.{name} has moved: import {name} from {_target.__name__}",
            DeprecationWarning,
            stacklevel=2,
        )
        _warned.add(name)  # after the warning, which may be an error
    return getattr(_target, name)


def __dir__() -> list[str]:
    """List what moved too."""
    return sorted({*globals(), *__all__})
