"""A small Redis connection for the services whose images do not hold the backend.

The images of the auth and analytics services copy their own package and ``shared/``, so they
cannot import ``netra_backend.app.redis_manager``. Where it can be imported, it is used instead
of this. Same rules: importing does no I/O; one bounded, waiting pool with retries per event
loop, closed with it; an overall time budget; an outage is `RedisUnavailableError`, never "not
found". It needs nothing but redis-py, of any version from 5.0 on, because those services pin
their own. It has no circuit breaker: a call in an outage costs the time budget.

Configured by ``REDIS_URL``, or ``REDIS_HOST``, ``REDIS_PORT``, ``REDIS_USERNAME``,
``REDIS_PASSWORD``, ``REDIS_DB`` and ``REDIS_SSL``. No Sentinel, no Cluster.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

from redis import exceptions as redis_errors
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import EqualJitterBackoff

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

__all__ = ["NO_END", "NO_KEY", "RedisUnavailableError", "StandaloneRedis", "checked_ttl", "dumps"]

logger = logging.getLogger(__name__)

T = TypeVar("T")

_MAX_CONNECTIONS: Final = 50
_POOL_SECONDS: Final = 5.0
_SOCKET_SECONDS: Final = 2.0
_OPERATION_SECONDS: Final = 8.0
_RETRIES: Final = 5
_SCAN_COUNT: Final = 1000
_TRUE: Final = frozenset({"1", "true", "yes", "on"})
NO_KEY: Final = -2
NO_END: Final = -1
_STATES_ATTRIBUTE: Final = "_netra_standalone_redis"


class RedisUnavailableError(redis_errors.ConnectionError, ConnectionError):
    """Redis gave no answer, so the question stays open: this is not "not found"."""


def dumps(value: object) -> str:
    """Return `value` as JSON, with ``str()`` of what JSON has no form for."""
    return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"))


def checked_ttl(seconds: int) -> int:
    """Return a usable time to live. Raises `TypeError` or `ValueError`."""
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        raise TypeError(f"a time to live is an int, not {type(seconds).__name__}")
    if seconds <= 0:
        raise ValueError(f"a time to live must be positive, not {seconds}")
    return seconds


def url_from_env(db: int) -> str:
    """Return the configured URL, with its database replaced by `db`. Raises `ValueError`."""
    env = os.environ
    url = env.get("REDIS_URL", "").strip()
    if not url:
        host = env.get("REDIS_HOST", "").strip()
        if not host and env.get("ENVIRONMENT", "").lower() in ("staging", "production"):
            raise ValueError("neither REDIS_URL nor REDIS_HOST is set")
        scheme = "rediss" if env.get("REDIS_SSL", "").lower() in _TRUE else "redis"
        user = quote(env.get("REDIS_USERNAME", "").strip(), safe="")
        password = quote(env.get("REDIS_PASSWORD", "").strip(), safe="")
        login = f"{user}:{password}@" if password else ""
        url = f"{scheme}://{login}{host or 'localhost'}:{env.get('REDIS_PORT', '').strip() or 6379}"
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss"):
        raise ValueError("the Redis URL must start with redis:// or rediss://")
    return urlunsplit(parts._replace(path=f"/{db}"))


class _State:
    """The pool of one event loop in one process."""

    def __init__(self, url: str) -> None:
        self.pid = os.getpid()
        self.url = url
        backoff = EqualJitterBackoff(cap=0.5, base=0.02)
        self.pool: BlockingConnectionPool = BlockingConnectionPool.from_url(
            url,
            max_connections=_MAX_CONNECTIONS,
            timeout=_POOL_SECONDS,
            socket_timeout=_SOCKET_SECONDS,
            socket_connect_timeout=_SOCKET_SECONDS,
            socket_keepalive=True,
            decode_responses=True,
            # On the pool: redis-py gives no retries to a pool that its caller made.
            retry=Retry(backoff, _RETRIES),
        )
        self.client = Redis(connection_pool=self.pool)
        self.finalizer = _close_with_loop(self)
        with suppress(StopIteration):
            self.finalizer.__anext__().send(None)  # makes it known to the event loop


async def _close_with_loop(state: _State) -> AsyncGenerator[None, None]:
    """Disconnect when the event loop shuts down its asynchronous generators."""
    try:
        yield
    finally:
        if state.pid == os.getpid():
            await state.pool.disconnect()


# States of a parent process: kept, so that the child never closes a socket they share.
_abandoned: list[_State] = []


class StandaloneRedis:
    """Commands on one database of the configured server."""

    def __init__(self, db: int) -> None:
        """Keep the database; no I/O."""
        self.db = db
        self.connected = False
        self._logged = False

    # Life and state

    @property
    def enabled(self) -> bool:
        """Is Redis switched on? Not whether it answers: that is `connected`."""
        return (
            os.environ.get("DISABLE_REDIS", "").strip().lower() not in _TRUE
            and os.environ.get("REDIS_MODE", "").strip().lower() != "disabled"
        )

    @property
    def is_connected(self) -> bool:
        """Did the last call get an answer? No I/O."""
        return self.connected

    @property
    def redis_client(self) -> Any:
        """The running event loop's client; None if Redis is off or no loop runs."""
        try:
            return self._client() if self.enabled else None
        except RuntimeError:
            return None

    def get_client(self) -> Any:
        """Return `redis_client`; not a coroutine."""
        return self.redis_client

    @property
    def host(self) -> str | None:
        """The host of the configuration."""
        return urlsplit(url_from_env(self.db)).hostname

    @property
    def port(self) -> int:
        """The port of the configuration."""
        return urlsplit(url_from_env(self.db)).port or 6379

    async def ping(self) -> bool:
        """Ask the server; False if it does not answer."""
        try:
            return bool(await self.call(lambda client: client.ping()))
        except RedisUnavailableError:
            return False

    connect = ping
    initialize = ping

    async def ensure_connected(self) -> bool:
        """Return True at once if the last call got an answer, else ask the server."""
        return self.enabled and (self.connected or await self.ping())

    async def disconnect(self) -> None:
        """Do nothing: the connections close with their event loop."""

    close = disconnect
    cleanup = disconnect

    async def health_check(self) -> dict[str, Any]:
        """Ask the server and return status and connection."""
        healthy = await self.ping()
        return {
            "status": "healthy" if healthy else "unhealthy",
            "healthy": healthy,
            "connected": healthy,
            "error": None if healthy else "Cannot connect to Redis",
            "connection": {"host": self.host, "port": self.port, "db": self.db},
            "timestamp": datetime.now(UTC).isoformat(),
        }

    # How a command runs

    def _client(self) -> Any:
        """Return the running event loop's client. Raises `RuntimeError` outside of a loop."""
        url = url_from_env(self.db)
        # On the loop itself, so that it lives exactly as long.
        states: dict[str, _State] = asyncio.get_running_loop().__dict__.setdefault(
            _STATES_ATTRIBUTE, {}
        )
        state = states.get(url)
        if state is None or state.pid != os.getpid():  # a child must not use its parent's sockets
            if state is not None:
                _abandoned.append(state)
            state = states[url] = _State(url)
        return state.client

    async def call(self, command: Callable[[Any], Awaitable[T]]) -> T:
        """Run `command` on the client. Raises `RedisUnavailableError`, or what Redis refused."""
        if not self.enabled:
            raise RedisUnavailableError("Redis is switched off by the configuration")
        try:
            async with asyncio.timeout(_OPERATION_SECONDS):
                result = await command(self._client())
        except (redis_errors.ConnectionError, redis_errors.TimeoutError, OSError) as error:
            self.connected = False
            detail = str(error) or f"no answer within {_OPERATION_SECONDS} s"
            if not self._logged:
                self._logged = True
                logger.error("Redis is unavailable: %s", detail)  # noqa: TRY400
            raise RedisUnavailableError(detail) from error
        if self._logged:
            self._logged = False
            logger.warning("Redis answers again")
        self.connected = True
        return result

    async def try_call(self, default: T, command: Callable[[Any], Awaitable[T]]) -> T:
        """Run `command`; `default` in an outage or if Redis refuses it."""
        try:
            return await self.call(command)
        except RedisUnavailableError:
            return default  # logged above
        except (redis_errors.ResponseError, redis_errors.DataError, UnicodeDecodeError) as error:
            logger.error("Redis refused a command: %s", type(error).__name__)  # noqa: TRY400
            return default

    # Commands

    async def get(self, key: str) -> str | None:
        """Return a value, or None. Failure: None."""
        value: str | None = await self.try_call(None, lambda client: client.get(key))
        return value

    async def set(self, key: str, value: Any, ex: int | None = None) -> bool:
        """Store a value for `ex` seconds or for ever. Failure: False, as for an `ex` below 1."""
        try:
            seconds = None if ex is None else checked_ttl(ex)
        except ValueError as error:
            logger.error("Redis set: %s", error)  # noqa: TRY400
            return False
        return bool(await self.try_call(False, lambda client: client.set(key, value, ex=seconds)))

    async def setex(self, key: str, time: int, value: Any) -> bool:
        """Store a value for `time` seconds. Failure: False."""
        return await self.set(key, value, time)

    async def delete(self, *keys: str) -> int:
        """Delete keys and return how many there were. Failure: 0."""
        return await self.try_call(0, lambda client: client.delete(*keys)) if keys else 0

    async def exists(self, *keys: str) -> int:
        """Return how many of the keys exist. Failure: 0."""
        return await self.try_call(0, lambda client: client.exists(*keys)) if keys else 0

    async def expire(self, key: str, seconds: int) -> bool:
        """Set the time to live; False if there is no such key. Failure: False."""
        duration = checked_ttl(seconds)
        return bool(await self.try_call(False, lambda client: client.expire(key, duration)))

    async def ttl(self, key: str) -> int:
        """Return the seconds to live, -1 without end, -2 for no key. Failure: -2."""
        return await self.try_call(NO_KEY, lambda client: client.ttl(key))

    async def keys(self, pattern: str = "*") -> list[str]:
        """Return the keys that match a glob pattern, by SCAN, each once. Failure: []."""

        async def scan(client: Any) -> list[str]:
            found = [key async for key in client.scan_iter(match=pattern, count=_SCAN_COUNT)]
            return list(dict.fromkeys(found))

        empty: list[str] = []
        return await self.try_call(empty, scan)

    async def get_json(self, name: str) -> Any:
        """Return a parsed value; None if there is none or it is not JSON. Raises in an outage."""
        try:
            text = await self.call(lambda client: client.get(name))
            return None if text is None else json.loads(text)
        except ValueError:  # UnicodeDecodeError is one
            return None

    async def try_get_json(self, name: str) -> Any:
        """Return a parsed value; None if there is none or it is not JSON. Failure: None."""
        try:
            return await self.get_json(name)
        except (RedisUnavailableError, redis_errors.ResponseError):
            return None

    async def info(self) -> dict[str, Any]:
        """Return the server's INFO. Failure: {}."""
        empty: dict[str, Any] = {}
        return await self.try_call(empty, lambda client: client.info())
