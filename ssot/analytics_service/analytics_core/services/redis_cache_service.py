"""The analytics cache, at its old path.

Where the backend is installed, this is the old path of `RedisCacheService` and its companions
in `netra_backend.app.redis_manager`, and says so once per name. The image of the analytics
service holds no backend: there, the same names work on a connection of their own, with the same
keys and values.
"""

from __future__ import annotations

import importlib
import os
import re
import warnings
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Final

from shared.redis.standalone import NO_KEY, StandaloneRedis, dumps

if TYPE_CHECKING:
    from netra_backend.app.redis_manager import (
        CacheKeyPrefix,
        CacheType,
        RedisCacheService,
        cache_hot_prompt,
        cache_real_time_metrics,
        cache_user_session,
        get_hot_prompt,
        get_real_time_metrics,
        get_user_session,
    )

__all__ = [
    "CacheKeyPrefix",
    "CacheType",
    "RedisCacheService",
    "cache_hot_prompt",
    "cache_real_time_metrics",
    "cache_user_session",
    "get_hot_prompt",
    "get_real_time_metrics",
    "get_user_session",
]

_BACKEND: Final = "netra_backend.app.redis_manager"
_warned: set[str] = set()
_UNSAFE_IN_ID: Final = re.compile(r"[%:*?\[\]\\]")


def _backend() -> Any:
    """Return the backend's module, or None where it is not installed."""
    try:
        return importlib.import_module(_BACKEND)
    except ModuleNotFoundError as error:
        # Something else that is missing is a broken installation, and no reason to go on.
        if error.name and (error.name == _BACKEND or _BACKEND.startswith(f"{error.name}.")):
            return None
        raise


_target = _backend()
STANDALONE: Final[bool] = _target is None


class _CacheType(Enum):
    """The kinds of value in the analytics cache."""

    USER_SESSION = "user_session"
    REAL_TIME_METRICS = "real_time_metrics"
    HOT_PROMPTS = "hot_prompts"


class _CacheKeyPrefix:
    """The key prefix of each kind."""

    USER_SESSION: ClassVar[str] = "analytics:session"
    REAL_TIME_METRICS: ClassVar[str] = "analytics:metrics"
    HOT_PROMPTS: ClassVar[str] = "analytics:prompts"


class _StandaloneCache:
    """`RedisCacheService` for an image without the backend; that class documents the methods."""

    TTL_VALUES: ClassVar[dict[_CacheType, int]] = {
        _CacheType.USER_SESSION: 3600,
        _CacheType.REAL_TIME_METRICS: 86400,
        _CacheType.HOT_PROMPTS: 1800,
    }

    def __init__(self, redis_manager: StandaloneRedis | None = None) -> None:
        """Make the object; no I/O."""
        database = int(os.environ.get("REDIS_DB", "").strip() or 0)
        self.redis_manager = StandaloneRedis(database) if redis_manager is None else redis_manager

    def _build_key(self, cache_type: _CacheType, key: str, user_id: str | None = None) -> str:
        prefix: str = getattr(_CacheKeyPrefix, cache_type.name)
        if user_id:
            quoted = _UNSAFE_IN_ID.sub(lambda match: f"%{ord(match[0]):02X}", user_id)
            return f"{prefix}:user:{quoted}:{key}"
        if key.startswith("user:"):
            raise ValueError("a key that starts with 'user:' would be some user's; give user_id")
        return f"{prefix}:{key}"

    async def set(
        self,
        cache_type: _CacheType,
        key: str,
        value: Any,
        ttl: int | None = None,
        user_id: str | None = None,
    ) -> bool:
        """Store a value for `ttl` seconds, or as long as its kind says. Failure: False."""
        seconds = self.TTL_VALUES[cache_type] if ttl is None else ttl
        name = self._build_key(cache_type, key, user_id)
        return await self.redis_manager.set(name, dumps(value), seconds)

    async def get(
        self, cache_type: _CacheType, key: str, user_id: str | None = None, default: Any = None
    ) -> Any:
        """Return a value, or `default`. Failure: `default`."""
        name = self._build_key(cache_type, key, user_id)
        value = await self.redis_manager.try_get_json(name)
        return default if value is None else value

    async def exists(self, cache_type: _CacheType, key: str, user_id: str | None = None) -> bool:
        """Is there a value? Failure: False."""
        return await self.redis_manager.exists(self._build_key(cache_type, key, user_id)) > 0

    async def delete(self, cache_type: _CacheType, key: str, user_id: str | None = None) -> bool:
        """Delete a value; False if there was none. Failure: False."""
        return await self.redis_manager.delete(self._build_key(cache_type, key, user_id)) > 0

    async def get_ttl(
        self, cache_type: _CacheType, key: str, user_id: str | None = None
    ) -> int | None:
        """Return the seconds to live, -1 without an end, None without a value. Failure: None."""
        seconds = await self.redis_manager.ttl(self._build_key(cache_type, key, user_id))
        return None if seconds == NO_KEY else seconds

    async def invalidate_pattern(
        self, cache_type: _CacheType, pattern: str, user_id: str | None = None
    ) -> int:
        """Delete what matches a glob pattern and return how many there were. Failure: 0."""
        keys = await self.redis_manager.keys(self._build_key(cache_type, pattern, user_id))
        return await self.redis_manager.delete(*keys)

    async def invalidate_user_cache(self, user_id: str) -> dict[str, int]:
        """Delete all of a user's values; return how many there were of each kind."""
        if not user_id:
            raise ValueError("the user id is empty")
        return {
            kind.value: await self.invalidate_pattern(kind, "*", user_id=user_id)
            for kind in _CacheType
        }

    async def get_cache_stats(self) -> dict[str, Any]:
        """Return how many keys there are of each kind, and the server's memory and hits."""
        stats: dict[str, Any] = {}
        for kind in _CacheType:
            prefix = getattr(_CacheKeyPrefix, kind.name)
            stats[f"{kind.value}_keys"] = len(await self.redis_manager.keys(f"{prefix}:*"))
        info = await self.redis_manager.info()
        if not info:
            return {"error": "Redis does not answer"}
        return stats | {
            "redis_memory_used": info.get("used_memory_human"),
            "redis_connected_clients": info.get("connected_clients"),
            "redis_keyspace_hits": info.get("keyspace_hits"),
            "redis_keyspace_misses": info.get("keyspace_misses"),
        }


async def _cache_user_session(
    user_id: str, session_data: dict[str, Any], ttl: int | None = None
) -> bool:
    """Cache a user's session data."""
    kind = _CacheType.USER_SESSION
    return await _StandaloneCache().set(kind, "session_data", session_data, ttl, user_id)


async def _get_user_session(user_id: str) -> Any:
    """Return a user's cached session data, or None."""
    return await _StandaloneCache().get(_CacheType.USER_SESSION, "session_data", user_id)


async def _cache_real_time_metrics(
    metric_key: str, metrics_data: dict[str, Any], ttl: int | None = None
) -> bool:
    """Cache metrics."""
    kind = _CacheType.REAL_TIME_METRICS
    return await _StandaloneCache().set(kind, metric_key, metrics_data, ttl)


async def _get_real_time_metrics(metric_key: str) -> Any:
    """Return cached metrics, or None."""
    return await _StandaloneCache().get(_CacheType.REAL_TIME_METRICS, metric_key)


async def _cache_hot_prompt(
    prompt_id: str, prompt_data: dict[str, Any], ttl: int | None = None
) -> bool:
    """Cache a prompt."""
    return await _StandaloneCache().set(_CacheType.HOT_PROMPTS, prompt_id, prompt_data, ttl)


async def _get_hot_prompt(prompt_id: str) -> Any:
    """Return a cached prompt, or None."""
    return await _StandaloneCache().get(_CacheType.HOT_PROMPTS, prompt_id)


_STANDALONE: Final[dict[str, Any]] = {
    "CacheKeyPrefix": _CacheKeyPrefix,
    "CacheType": _CacheType,
    "RedisCacheService": _StandaloneCache,
    "cache_hot_prompt": _cache_hot_prompt,
    "cache_real_time_metrics": _cache_real_time_metrics,
    "cache_user_session": _cache_user_session,
    "get_hot_prompt": _get_hot_prompt,
    "get_real_time_metrics": _get_real_time_metrics,
    "get_user_session": _get_user_session,
}


def __getattr__(name: str) -> Any:
    """Return a name; where it has moved, say so once, at the line that asked for it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if _target is None:
        return _STANDALONE[name]
    if name not in _warned:
        warnings.warn(
            f"{__name__}.{name} has moved: import {name} from {_BACKEND}",
            DeprecationWarning,
            stacklevel=2,
        )
        _warned.add(name)  # after the warning, which may be an error
    return getattr(_target, name)


def __dir__() -> list[str]:
    """List what moved too."""
    return sorted({*globals(), *__all__})
