"""The key-value service of the auth service, at its old path.

Where the backend is installed, this is the old path of `AuthKeyValueService` in
`netra_backend.app.redis_manager`, and says so once. The images of the auth service hold no
backend: there, this is a class of its own with the same answers, on the pool of
`auth_service.auth_core.redis_manager`.
"""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any, Final

# The module, not its names: asking for one would warn here instead of at the caller's line.
from auth_service.auth_core import redis_manager as _auth
from shared.redis.standalone import StandaloneRedis

if TYPE_CHECKING:
    from netra_backend.app.redis_manager import AuthKeyValueService as RedisService

__all__ = ["RedisService"]

_BACKEND: Final = "netra_backend.app.redis_manager"
_warned: set[str] = set()


class _StandaloneService(StandaloneRedis):
    """Keys as they are, in the auth database; `AuthKeyValueService` documents the methods."""

    def __init__(self, auth_config: Any = None) -> None:
        """Keep the configuration for callers; no I/O."""
        super().__init__(_auth.auth_db())
        self.auth_config = auth_config


_StandaloneService.__name__ = _StandaloneService.__qualname__ = "RedisService"


def __getattr__(name: str) -> Any:
    """Return the service; where it has moved, say so once, at the line that asked for it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if _auth.STANDALONE:
        return _StandaloneService
    if name not in _warned:
        warnings.warn(
            f"{__name__}.{name} has moved: import AuthKeyValueService from {_BACKEND}",
            DeprecationWarning,
            stacklevel=2,
        )
        _warned.add(name)  # after the warning, which may be an error
    return importlib.import_module(_BACKEND).AuthKeyValueService


def __dir__() -> list[str]:
    """List what moved too."""
    return sorted({*globals(), *__all__})
