"""Sessions and the token blacklist of the auth service, at their old path.

Where the backend is installed, this is the old path of `netra_backend.app.redis_manager`, and
says so once per name. The images of the auth service hold no backend: there, this is the home
of `AuthRedisManager`, on a connection of its own, with the same database, keys, values and
answers. ``auth_redis_manager.enabled`` is True in both; ``STANDALONE`` tells which it is.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import time
import warnings
from collections import OrderedDict
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final

from redis import exceptions as redis_errors

from shared.redis.standalone import (
    NO_END,
    NO_KEY,
    RedisUnavailableError,
    StandaloneRedis,
    checked_ttl,
    dumps,
)

if TYPE_CHECKING:
    from netra_backend.app.redis_manager import (
        AuthRedisManager,
        auth_redis_manager,
    )

    RedisManager = AuthRedisManager

__all__ = ["AuthRedisManager", "RedisManager", "auth_redis_manager"]

_BACKEND: Final = "netra_backend.app.redis_manager"
_RENAMED: Final = {"RedisManager": "AuthRedisManager"}
_KNOWN_REVOKED: Final = 10_000


def _backend() -> Any:
    """Return the backend's module, or None where it is not installed."""
    try:
        return importlib.import_module(_BACKEND)
    except ModuleNotFoundError as error:
        # Something else that is missing is a broken installation, and no reason to go on.
        if error.name and (error.name == _BACKEND or _BACKEND.startswith(f"{error.name}.")):
            return None
        raise


def auth_db() -> int:
    """Return the database of sessions and blacklist. Raises `ValueError`."""
    return int(os.environ.get("REDIS_AUTH_DB", "").strip() or 1)


_target = _backend()
STANDALONE: Final[bool] = _target is None
_warned: set[str] = set()


class _StandaloneAuth(StandaloneRedis):
    """`AuthRedisManager` for an image without the backend; that class documents the methods."""

    session_prefix: ClassVar[str] = "auth:session:"
    token_blacklist_prefix: ClassVar[str] = "auth:blacklist:"  # noqa: S105
    blacklist_prefix: ClassVar[str] = "auth:blacklist:v2:"
    user_cache_prefix: ClassVar[str] = "auth:user:"
    permission_prefix: ClassVar[str] = "auth:perm:"
    legacy_blacklist_life: ClassVar[timedelta] = timedelta(days=30)

    def __init__(self) -> None:
        """Make the object; no I/O."""
        super().__init__(auth_db())
        self._is_asked_for = False
        self._revoked: OrderedDict[str, float] = OrderedDict()

    @property
    def enabled(self) -> bool:
        """Is Redis switched on? Not whether it answers: that is `connected`."""
        off = os.environ.get("TEST_DISABLE_REDIS", "").strip().lower() == "true"
        return super().enabled and not off

    @property
    def redis_client(self) -> Any:
        """The running event loop's client; None if Redis is off or no loop runs."""
        if not (self._is_asked_for and super().enabled):
            return super().redis_client
        try:
            return self._client()
        except RuntimeError:
            return None

    async def connect(self) -> bool:
        """Ask the server; after this there is a client even under ``TEST_DISABLE_REDIS``."""
        self._is_asked_for = True
        return await self.ping()

    initialize = connect

    # Sessions: these raise in an outage

    async def _store(self, name: str, value: Any, seconds: int) -> bool:
        text = dumps(value)
        duration = checked_ttl(seconds)
        return bool(await self.call(lambda client: client.set(name, text, ex=duration)))

    async def store_session(
        self, session_id: str, session_data: dict[str, Any], ttl_seconds: int = 3600
    ) -> bool:
        """Store a session. Raises `RedisUnavailableError`."""
        return await self._store(self.session_prefix + session_id, session_data, ttl_seconds)

    async def get_session(self, session_id: str) -> dict[str, Any] | None:
        """Return a session; None if there is none. Raises `RedisUnavailableError`."""
        session = await self.get_json(self.session_prefix + session_id)
        return session if isinstance(session, dict) else None

    async def delete_session(self, session_id: str) -> bool:
        """Delete a session; False if there was none. Raises `RedisUnavailableError`."""
        name = self.session_prefix + session_id
        return bool(await self.call(lambda client: client.delete(name)))

    async def extend_session(self, session_id: str, ttl_seconds: int = 3600) -> bool:
        """Set a session's time to live; False if none. Raises `RedisUnavailableError`."""
        name = self.session_prefix + session_id
        duration = checked_ttl(ttl_seconds)
        return bool(await self.call(lambda client: client.expire(name, duration)))

    async def cleanup_expired_sessions(self) -> int:
        """Return how many sessions there are: Redis itself removes the expired. Failure: 0."""
        return len(await self.keys(self.session_prefix + "*"))

    # Token blacklist

    async def blacklist_token(self, token: str, ttl_seconds: int = 86400) -> bool:
        """Revoke a token, stored as its SHA-256. Raises `RedisUnavailableError`."""
        duration = checked_ttl(ttl_seconds)
        digest = _digest(token)
        self._remember(digest, duration)
        name = self.blacklist_prefix + digest
        return bool(await self.call(lambda client: client.set(name, "blacklisted", ex=duration)))

    async def is_token_blacklisted(self, token: str) -> bool:
        """Is a token revoked? In an outage ``REDIS_BLACKLIST_POLICY`` decides: True if unset."""
        digest = _digest(token)
        if self._revoked.get(digest, 0.0) > time.monotonic():
            return True
        policy = os.environ.get("REDIS_BLACKLIST_POLICY", "").strip().lower() or "fail-closed"
        if policy not in ("fail-closed", "fail-open", "raise"):
            raise ValueError("REDIS_BLACKLIST_POLICY is fail-closed, fail-open or raise")
        names = [self.blacklist_prefix + digest]
        if os.environ.get("REDIS_LEGACY_BLACKLIST", "").strip().lower() != "false":
            names.append(self.token_blacklist_prefix + token)

        async def ask(client: Any) -> list[int]:
            return [int(await client.pttl(name)) for name in names]

        async def take_over(client: Any) -> None:
            rest = lives[1]
            if rest == NO_END:
                rest = int(self.legacy_blacklist_life.total_seconds() * 1000)
                await client.pexpire(names[1], rest)
            if lives[0] != NO_END and lives[0] + 1000 < rest:
                await client.set(names[0], "blacklisted", px=rest)

        try:
            lives = await self.call(ask)
        except (RedisUnavailableError, redis_errors.ResponseError):
            if policy == "raise":
                raise
            return policy == "fail-closed"
        life = max(lives)
        if life == NO_KEY:
            return False
        self._remember(digest, life / 1000 if life >= 0 else 60.0)
        if len(lives) == 2 and lives[1] != NO_KEY:
            # The answer is known: where this fails, the next question tries again.
            with suppress(RedisUnavailableError, redis_errors.ResponseError):
                await self.call(take_over)
        return True

    def _remember(self, digest: str, seconds: float) -> None:
        self._revoked[digest] = time.monotonic() + seconds
        self._revoked.move_to_end(digest)
        while len(self._revoked) > _KNOWN_REVOKED:
            self._revoked.popitem(last=False)

    # Cached user data: missing in an outage

    async def _cache(self, name: str, value: Any, seconds: int) -> bool:
        return await self.set(name, dumps(value), seconds)

    async def cache_user_data(
        self, user_id: str, user_data: dict[str, Any], ttl_seconds: int = 1800
    ) -> bool:
        """Cache a user's data. Failure: False."""
        return await self._cache(self.user_cache_prefix + user_id, user_data, ttl_seconds)

    async def get_cached_user_data(self, user_id: str) -> dict[str, Any] | None:
        """Return a user's cached data, or None. Failure: None."""
        data = await self.try_get_json(self.user_cache_prefix + user_id)
        return data if isinstance(data, dict) else None

    async def invalidate_user_cache(self, user_id: str) -> bool:
        """Delete a user's cached data; False if there was none. Failure: False."""
        return await self.delete(self.user_cache_prefix + user_id) > 0

    async def cache_user_permissions(
        self, user_id: str, permissions: list[str], ttl_seconds: int = 1800
    ) -> bool:
        """Cache a user's permissions. Failure: False."""
        return await self._cache(self.permission_prefix + user_id, permissions, ttl_seconds)

    async def get_cached_permissions(self, user_id: str) -> list[str] | None:
        """Return a user's cached permissions, or None. Failure: None."""
        permissions = await self.try_get_json(self.permission_prefix + user_id)
        return permissions if isinstance(permissions, list) else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


_standalone: dict[str, Any] = {}
if STANDALONE:
    # The name that is data: it shows in logs and pickles.
    _StandaloneAuth.__name__ = _StandaloneAuth.__qualname__ = "AuthRedisManager"
    _standalone = {
        "AuthRedisManager": _StandaloneAuth,
        "RedisManager": _StandaloneAuth,
        "auth_redis_manager": _StandaloneAuth(),
    }


def __getattr__(name: str) -> Any:
    """Return a name; where it has moved, say so once, at the line that asked for it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if _target is None:
        return _standalone[name]
    new = _RENAMED.get(name, name)
    if name not in _warned:
        warnings.warn(
            f"{__name__}.{name} has moved: import {new} from {_BACKEND}",
            DeprecationWarning,
            stacklevel=2,
        )
        _warned.add(name)  # after the warning, which may be an error
    return getattr(_target, new)


def __dir__() -> list[str]:
    """List what moved too."""
    return sorted({*globals(), *__all__})
