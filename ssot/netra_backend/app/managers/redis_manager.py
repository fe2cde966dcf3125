"""The old path of the managers' Redis access: use `netra_backend.app.redis_manager`.

Kept until nothing imports it; `redis-migrate` rewrites its importers.
"""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any

from netra_backend.app import redis_manager as _target

if TYPE_CHECKING:
    from netra_backend.app.redis_manager import (
        RedisManager,
        get_redis_manager,
        redis_manager,
    )

    BackendEnvironment: Any

__all__ = [
    "BackendEnvironment",
    "RedisManager",
    "get_redis_manager",
    "redis_manager",
]

_ENVIRONMENT = "netra_backend.app.core.backend_environment"
_warned: set[str] = set()


def __getattr__(name: str) -> Any:
    """Return what moved, and say so once per name, at the line that asked for it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Never a Redis manager, but offered here: it is imported from where it lives when asked for.
    home = _ENVIRONMENT if name == "BackendEnvironment" else _target.__name__
    if name not in _warned:
        warnings.warn(
            f"{__name__}.{name} has moved: import {name} from {home}",
            DeprecationWarning,
            stacklevel=2,
        )
        _warned.add(name)  # after the warning, which may be an error
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    """List what moved too."""
    return sorted({*globals(), *__all__})
