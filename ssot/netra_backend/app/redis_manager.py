"""Redis for the whole backend: one manager, one pool, and a view for each way of using it.

This is one file because the consolidation plan names it so: every import of a Redis manager
in the code base ends here, and `redis-migrate` reads this source to learn what the target of
its moves offers. It needs redis-py (with hiredis), purgatory and orjson, and no other module
of the backend.

What always holds:

- Importing this module, and making any object of it, does no I/O.
- There is one bounded, waiting connection pool per server, database and event loop, however
  many managers and views are made. It is closed with its event loop, or by
  ``redis_manager.shutdown()``; closing a view or another manager never closes it.
- An outage is not "not found". Cache-like calls return their documented failure value
  (None, False, 0, [], {} or -2), which is logged once per change of state and counted in
  ``get_status()``; calls whose answer is a decision (sessions, token blacklist, locks) raise
  `RedisUnavailableError`. ``strict=True`` makes every call raise.
- Keys and values keep the bytes of the legacy managers; ids that come from users are quoted,
  so that none of them reaches the keys of another.

Key layout:

====================================  ==================================  ====================
who                                   key                                 value
====================================  ==================================  ====================
`RedisManager`                        ``<key>``                           text
`RedisManager` with ``user_id=``      ``user:<id>:<key>``                 text
`RedisService`                        ``user:<id or system>:<key>``       text
`UserRedisClient`, `UserCacheManager` ``user:<id>:<key>``                 text
`RedisCacheManager`                   ``<namespace>:cache:<key>``         JSON
`AuthRedisManager` (own database)     ``auth:session:<id>`` and others    JSON
token blacklist (own database)        ``auth:blacklist:v2:<sha256>``      ``blacklisted``
`RedisCacheService`                   ``analytics:<kind>:...``            JSON
leader lock                           ``leader_lock``                     instance id
====================================  ==================================  ====================

Configuration, read from the environment at the first use and again after
``reinitialize_configuration()``:

- ``REDIS_URL``, or ``REDIS_HOST``, ``REDIS_PORT``, ``REDIS_USERNAME``, ``REDIS_PASSWORD``,
  ``REDIS_DB``, ``REDIS_SSL``. Without either, ``redis://localhost:6379/0``, except where
  ``ENVIRONMENT`` is ``staging`` or ``production``: there a missing server is an error.
- URL forms: ``redis://[[user]:password@]host[:port][/db]``, ``rediss://`` (TLS, with
  ``?ssl_ca_certs=``, ``ssl_cert_reqs=``, ``ssl_certfile=``, ``ssl_keyfile=``), ``unix://path``,
  ``redis+sentinel://host:26379,host2:26379/service/db`` (``?sentinel_username=``,
  ``sentinel_password=``), ``redis+cluster://host:6379,host2:6379``, and ``rediss+sentinel://``
  and ``rediss+cluster://`` for TLS. Sentinel and Cluster take redis-py's options as a query too.
- ``REDIS_AUTH_DB`` (default 1) is the database of sessions and blacklist. Redis Cluster has
  database 0 only, so there it must be set to 0: losing the separation is a decision to be made.
- ``REDIS_BLACKLIST_POLICY``: ``fail-closed`` (default), ``fail-open`` or ``raise``.
  Blacklist entries that hold a token in clear are honoured for one lifetime;
  ``REDIS_LEGACY_BLACKLIST=false`` ends that at once.
- ``REDIS_MODE=disabled`` or ``DISABLE_REDIS=true`` switch Redis off, ``TEST_DISABLE_REDIS=true``
  only the auth view. Off is treated like an outage.
- ``REDIS_POOL_MAX_CONNECTIONS``, ``REDIS_POOL_TIMEOUT``, ``REDIS_SOCKET_TIMEOUT``,
  ``REDIS_SOCKET_CONNECT_TIMEOUT``, ``REDIS_OPERATION_TIMEOUT``, ``REDIS_RETRIES``: see
  `RedisSettings`. The first manager that uses a server decides.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import json
import logging
import os
import re
import threading
import time
import weakref
from collections import OrderedDict, deque
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum
from typing import Any, ClassVar, Final, Literal, NamedTuple, Protocol, TypeAlias, TypeVar
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import orjson
import redis
from purgatory import AsyncCircuitBreakerFactory
from redis import exceptions as redis_errors
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import Pipeline, PubSub
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.connection import (
    AbstractConnection,
    Connection,
    ConnectionPool,
    SSLConnection,
    UnixDomainSocketConnection,
    parse_url,
)
from redis.asyncio.lock import Lock
from redis.asyncio.observability.recorder import record_connection_wait_time
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import (
    Sentinel,
    SentinelConnectionPool,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)
from redis.backoff import ExponentialWithJitterBackoff
from redis.maint_notifications import MaintNotificationsConfig
from redis.observability.attributes import get_pool_name
from redis.observability.providers import get_observability_instance

__all__ = [
    "AuthKeyValueService",
    "AuthRedisManager",
    "BlacklistPolicy",
    "CacheEntry",
    "CacheKeyPrefix",
    "CacheStats",
    "CacheType",
    "CircuitOpenError",
    "PoolExhaustedError",
    "RedisCacheManager",
    "RedisCacheService",
    "RedisConfigurationError",
    "RedisConnectionError",
    "RedisConnectionFactory",
    "RedisConnectionHandler",
    "RedisFactory",
    "RedisManager",
    "RedisOperationError",
    "RedisService",
    "RedisSettings",
    "RedisUnavailableError",
    "SSOTRedisOperationsManager",
    "UserCacheManager",
    "UserRedisClient",
    "ValueTooLargeError",
    "auth_redis_manager",
    "cache_hot_prompt",
    "cache_real_time_metrics",
    "cache_user_session",
    "cleanup_redis_factory",
    "default_redis_cache_manager",
    "get_hot_prompt",
    "get_real_time_metrics",
    "get_redis",
    "get_redis_factory",
    "get_redis_manager",
    "get_user_redis_client",
    "get_user_session",
    "redis_manager",
    "redis_service",
    "ssot_redis_ops",
]

logger = logging.getLogger(__name__)

T = TypeVar("T")

# A redis-py `Redis` or `RedisCluster`: they offer the same commands, but share no typed base.
Client: TypeAlias = Any
Seconds: TypeAlias = int | timedelta
Value: TypeAlias = str | bytes | int | float

DEFAULT_URL: Final = "redis://localhost:6379/0"
DEFAULT_AUTH_DB: Final = 1
SWITCHED_OFF: Final = "Redis is switched off by the configuration"
LEADER_LOCK_KEY: Final = "leader_lock"
BLACKLISTED: Final = "blacklisted"

_DELETE_BATCH: Final = 500
_SCAN_COUNT: Final = 1000
_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_RELEASE_IF_OWNER: Final = (
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
)


# --- Errors --------------------------------------------------------------------------------


class RedisUnavailableError(redis_errors.ConnectionError, ConnectionError):
    """Redis gave no answer, so the question stays open: this is not "not found".

    Also a built-in `ConnectionError`, which callers of the legacy factory catch.
    """


class PoolExhaustedError(RedisUnavailableError):
    """Every connection stayed in use for `RedisSettings.pool_timeout`; the server may be well."""


class CircuitOpenError(RedisUnavailableError):
    """Not tried, because the last calls failed and the circuit breaker is open."""


class RedisConfigurationError(ValueError):
    """The Redis URL or another setting is wrong."""


class ValueTooLargeError(ValueError):
    """A value is longer than `RedisSettings.max_value_bytes`."""


class RedisConnectionError(Exception):
    """`RedisConnectionHandler` could not connect."""


class RedisOperationError(Exception):
    """An operation of `SSOTRedisOperationsManager` failed.

    `operation` names it and `key` is the key it was about, where there is one.
    """

    def __init__(self, message: str, operation: str | None = None, key: str | None = None) -> None:
        """Keep the message, the operation and the key."""
        super().__init__(message)
        self.operation = operation
        self.key = key


# What counts as an outage. Never a ResponseError or a DataError: the server is well there.
_OUTAGE: Final = (redis_errors.ConnectionError, redis_errors.TimeoutError, OSError)
# What the server, or redis-py before sending, says about the command itself.
_REJECTED: Final = (redis_errors.ResponseError, redis_errors.DataError, UnicodeDecodeError)


class BlacklistPolicy(StrEnum):
    """What `is_token_blacklisted` answers when Redis cannot be asked."""

    FAIL_CLOSED = "fail-closed"
    """True: nobody gets in on a token that may have been revoked."""
    FAIL_OPEN = "fail-open"
    """False, except for tokens that this process knows to be revoked."""
    RAISE = "raise"
    """Raise `RedisUnavailableError`."""


# --- Settings ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisSettings:
    """How to connect. Times are in seconds; the defaults suit one server in the same region."""

    max_connections: int = 50
    """Connections per pool; callers beyond that wait."""
    pool_timeout: float = 5.0
    """How long a caller waits for a connection before `PoolExhaustedError`."""
    socket_timeout: float = 2.0
    """How long one read or write on a connection may take."""
    socket_connect_timeout: float = 2.0
    """How long it may take to open a connection."""
    operation_timeout: float = 8.0
    """How long one call may take in all, waiting and retries included."""
    retries: int = 8
    """Further attempts after a connection error or a timeout."""
    backoff_base: float = 0.02
    """First pause before a further attempt; it doubles, with jitter."""
    backoff_cap: float = 0.5
    """Longest pause before a further attempt."""
    breaker_threshold: int = 5
    """Failures in a row that open the circuit breaker."""
    breaker_recovery: float = 5.0
    """How long it stays open before one call may probe."""
    pubsub_max_connections: int = 100
    """Connections for subscribers, which have a pool of their own without a socket timeout."""
    max_value_bytes: int = 512 * 1024 * 1024
    """Largest value; the default is the server's own limit."""

    def __post_init__(self) -> None:
        """Refuse what can only be a mistake."""
        for name in ("max_connections", "breaker_threshold", "pubsub_max_connections"):
            if getattr(self, name) < 1:
                raise RedisConfigurationError(f"{name} must be at least 1")
        for name in (
            "pool_timeout",
            "socket_timeout",
            "socket_connect_timeout",
            "operation_timeout",
            "breaker_recovery",
            "max_value_bytes",
        ):
            if getattr(self, name) <= 0:
                raise RedisConfigurationError(f"{name} must be positive")
        if self.retries < 0:
            raise RedisConfigurationError("retries must not be negative")
        if self.pool_timeout >= self.operation_timeout:
            # Otherwise a full pool would look like a server that does not answer.
            raise RedisConfigurationError("pool_timeout must be less than operation_timeout")

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> RedisSettings:
        """Return the settings that the environment asks for."""
        env = os.environ if env is None else env
        given: dict[str, Any] = {}
        for name, variable, kind in (
            ("max_connections", "REDIS_POOL_MAX_CONNECTIONS", int),
            ("pool_timeout", "REDIS_POOL_TIMEOUT", float),
            ("socket_timeout", "REDIS_SOCKET_TIMEOUT", float),
            ("socket_connect_timeout", "REDIS_SOCKET_CONNECT_TIMEOUT", float),
            ("operation_timeout", "REDIS_OPERATION_TIMEOUT", float),
            ("retries", "REDIS_RETRIES", int),
        ):
            text = env.get(variable, "").strip()
            if text:
                try:
                    given[name] = kind(text)
                except ValueError:
                    raise RedisConfigurationError(f"{variable} is not a number") from None
        return cls(**given)


class _Target(NamedTuple):
    """Which server and database, and how to log in: a parsed URL."""

    mode: str  # standalone, sentinel or cluster
    hosts: tuple[tuple[str, int], ...]
    db: int
    service: str | None
    options: dict[str, Any]  # for the connections
    sentinel_options: dict[str, Any]
    identity: str  # equal for the same server, login and database: the key of the pool

    @property
    def is_encrypted(self) -> bool:
        """Is the connection encrypted?"""
        return self.options.get("connection_class") is SSLConnection

    @property
    def label(self) -> str:
        """The server and database without any secret, for logs."""
        hosts = ",".join(f"{host}:{port}" if port else host for host, port in self.hosts)
        service = f"/{self.service}" if self.service else ""
        return f"{hosts}{service}/{self.db}"


def _url_from_env(env: Mapping[str, str]) -> str:
    """Return the URL that the environment names. Raises `RedisConfigurationError`."""
    url = env.get("REDIS_URL", "").strip()
    if url:
        return url
    host = env.get("REDIS_HOST", "").strip()
    if not host:
        environment = env.get("ENVIRONMENT", "").lower()
        if environment in ("staging", "production"):
            raise RedisConfigurationError(
                f"neither REDIS_URL nor REDIS_HOST is set, and ENVIRONMENT is {environment}"
            )
        return DEFAULT_URL
    scheme = "rediss" if env.get("REDIS_SSL", "").lower() in _TRUE else "redis"
    user = quote(env.get("REDIS_USERNAME", "").strip(), safe="")
    password = quote(env.get("REDIS_PASSWORD", "").strip(), safe="")
    login = f"{user}:{password}@" if password else ""
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    port = env.get("REDIS_PORT", "").strip() or "6379"
    return f"{scheme}://{login}{host}:{port}/{env.get('REDIS_DB', '').strip() or '0'}"


def _is_switched_off(env: Mapping[str, str]) -> bool:
    return (
        env.get("DISABLE_REDIS", "").strip().lower() in _TRUE
        or env.get("REDIS_MODE", "").strip().lower() == "disabled"
    )


def _database(text: str) -> int:
    try:
        db = int(text)
    except ValueError:
        db = -1
    if db < 0:
        raise RedisConfigurationError(f"the database in the Redis URL is not a number: {text!r}")
    return db


def _host_list(netloc: str, default_port: int) -> tuple[tuple[str, int], ...]:
    hosts = []
    for part in netloc.split(","):
        try:
            pieces = urlsplit(f"//{part}")
            host, port = pieces.hostname, pieces.port
        except ValueError:
            host, port = None, None
        if not host:
            raise RedisConfigurationError("the Redis URL has an invalid host or port")
        hosts.append((unquote(host), port or default_port))
    return tuple(hosts)


def _parse_target(url: str, db: int | None) -> _Target:
    """Parse a URL; `db` overrides its database. Raises `RedisConfigurationError`."""
    scheme, _, rest = url.partition("://")
    base, _, mode = scheme.lower().partition("+")
    mode = mode or "standalone"
    if not rest or base not in ("redis", "rediss", "unix"):
        raise RedisConfigurationError(
            "a Redis URL starts with redis://, rediss://, unix://, redis+sentinel:// or "
            "redis+cluster://"
        )
    if mode not in ("standalone", "sentinel", "cluster") or (base == "unix" and "+" in scheme):
        raise RedisConfigurationError(f"unknown kind of Redis URL: {scheme}://")

    address, _, query = rest.partition("?")
    netloc, _, path = address.partition("/")
    login, _, netloc = netloc.rpartition("@")
    service = None
    sentinel_options: dict[str, Any] = {}
    if mode == "sentinel":
        service, _, path = path.partition("/")
        if not service:
            raise RedisConfigurationError(
                "a Sentinel URL names its service: redis+sentinel://host:26379/service/0"
            )
        pairs = parse_qsl(query, keep_blank_values=True)
        for name, value in pairs:
            if name.startswith("sentinel_"):
                sentinel_options[name.removeprefix("sentinel_")] = value
        query = urlencode([pair for pair in pairs if not pair[0].startswith("sentinel_")])

    if base == "unix":
        hosts: tuple[tuple[str, int], ...] = ((f"/{path}", 0),)
        plain = url
    else:
        hosts = _host_list(netloc, 26379 if mode == "sentinel" else 6379)
        if mode == "standalone" and len(hosts) > 1:
            raise RedisConfigurationError(
                "several hosts need redis+sentinel:// or redis+cluster://"
            )
        path_db = unquote(path).strip("/")
        plain = f"{base}://{login}{'@' if login else ''}placeholder"
        plain += f"/{_database(path_db)}" if path_db else ""
        plain += f"?{query}" if query else ""
    try:
        options: dict[str, Any] = dict(parse_url(plain))
    except ValueError as error:
        raise RedisConfigurationError(f"the Redis URL is not valid: {error}") from None
    options.pop("host", None)
    options.pop("port", None)
    in_url = options.pop("db", 0)
    database = in_url if db is None else db
    if mode == "cluster" and database != 0:
        raise RedisConfigurationError(
            f"Redis Cluster has database 0 only, not {database}; set REDIS_AUTH_DB=0 to keep "
            "sessions and the token blacklist beside the other keys"
        )
    secret = hashlib.sha256(login.encode()).hexdigest()[:16] if login else ""
    where = ",".join(f"{host}:{port}" for host, port in sorted(hosts))
    identity = f"{base}+{mode}|{secret}|{where}|{service or ''}|{database}|{query}"
    return _Target(mode, hosts, database, service, options, sentinel_options, identity)


# --- Keys and values -----------------------------------------------------------------------

_UNSAFE_IN_ID: Final = re.compile(r"[%:*?\[\]\\]")
_GLOB: Final = re.compile(r"([*?\[\]\\])")


def _quote_id(user_id: object) -> str:
    """Percent-quote what could leave the id's place in a key or match others in a pattern."""
    text = str(user_id)
    if not text:
        raise ValueError("the user id is empty")
    return _UNSAFE_IN_ID.sub(lambda match: f"%{ord(match[0]):02X}", text)


def _escape_glob(text: str) -> str:
    """Escape what SCAN would read as a pattern."""
    return _GLOB.sub(r"\\\1", text)


def _user_key(user_id: object, key: str) -> str:
    return f"user:{_quote_id(user_id)}:{key}"


def _one_of(**given: Seconds | None) -> Seconds | None:
    """Return the one that was given. Raises `TypeError` if there are two."""
    named = [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        raise TypeError(f"{' and '.join(named)} mean the same; give one")
    return given[named[0]] if named else None


def _checked_ttl(seconds: Seconds) -> Seconds:
    """Return a usable time to live. Raises `TypeError` or `ValueError`."""
    if isinstance(seconds, timedelta):
        if seconds <= timedelta(0):
            raise ValueError(f"a time to live must be positive, not {seconds}")
    elif isinstance(seconds, bool) or not isinstance(seconds, int):
        raise TypeError(f"a time to live is an int or a timedelta, not {type(seconds).__name__}")
    elif seconds <= 0:
        raise ValueError(f"a time to live must be positive, not {seconds}")
    return seconds


def _dumps(value: object) -> str:
    """Return `value` as JSON, with ``str()`` of what JSON has no form for.

    Dates and dataclasses take the ``str()`` road too, as the legacy managers'
    ``json.dumps(default=str)`` did. Raises `TypeError` for a value that contains itself.
    """
    options = orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATETIME
    options |= orjson.OPT_PASSTHROUGH_DATACLASS
    try:
        return orjson.dumps(value, default=str, option=options).decode()
    except TypeError:
        # Integers beyond 64 bits and lone surrogates: the standard library takes them.
        try:
            return json.dumps(value, default=str)
        except (TypeError, ValueError, RecursionError) as error:
            raise TypeError(f"the value cannot be written as JSON: {error}") from None


def _loads(text: str | bytes) -> Any:
    """Parse JSON. Raises `ValueError`."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)  # NaN and integers beyond 64 bits, as the legacy managers wrote


def _text(value: Any) -> Any:
    """Decode what a borrowed client without ``decode_responses`` returned."""
    return value.decode() if isinstance(value, bytes) else value


# --- Connections ---------------------------------------------------------------------------


class _TransientRetry(Retry):
    """Retries what may go away by itself: not a wrong password."""

    def call_with_retry(
        self,
        do: Callable[[], Awaitable[T]],
        fail: Callable[..., Any],
        is_retryable: Callable[[Exception], bool] | None = None,
        with_failure_count: bool = False,
    ) -> Coroutine[Any, Any, T]:
        return super().call_with_retry(do, fail, is_retryable or _is_transient, with_failure_count)


def _is_transient(error: Exception) -> bool:
    return not isinstance(
        error, (redis_errors.AuthenticationError, redis_errors.AuthorizationError)
    )


class _GatheredWrites(AbstractConnection):
    """For connections: short commands of one turn of the event loop go out back to back.

    Each send may wake the server. Where callers send one by one, with their own work in between,
    each finds it asleep again; at the end of the turn the sends follow each other, and most find
    it awake. Reading the answer tells of a send that failed: by an end of file, or the timeout.

    Long commands, and those of subscribers, go out at once and wait while the server does not
    read; the call's time budget ends that. redis-py waits by ``asyncio.wait_for``, which before
    Python 3.12 needs a task for each command and forgets a cancellation that comes just as the
    sending is done. And it sends by ``writelines``, which in some releases of Python 3.12 and
    3.13 goes on watching the socket of a connection that was lost: the next one gets the same
    descriptor and never hears that it is open. ``write`` does not.
    """

    async def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        if not self.is_connected:  # as redis-py would, but the greeting is under the timeout
            await self.connect_check_health(check_health=False)
        writer: asyncio.StreamWriter = self._writer  # type: ignore[assignment]  # connected
        if self.health_check_interval:  # a subscriber
            if check_health:
                await self.check_health()  # type: ignore[no-untyped-call]
        elif isinstance(command, list) and len(command) == 1:
            # One piece of some kilobytes at most; its answer is read before the next is sent.
            asyncio.get_running_loop().call_soon(_write, writer, command[0])
            return
        try:
            for piece in (command,) if isinstance(command, bytes) else command:
                _write(writer, piece)
            await writer.drain()
        except OSError as error:
            await self.disconnect(nowait=True)
            raise redis_errors.ConnectionError(f"Error while writing to socket: {error}") from error
        except BaseException:
            await self.disconnect(nowait=True)  # half a command may have gone out
            raise


def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    """Send, unless the connection was lost: uvloop would raise `RuntimeError`; reading tells."""
    if not writer.transport.is_closing():
        writer.write(data)


class _Connection(_GatheredWrites, Connection):
    pass


class _TLSConnection(_GatheredWrites, SSLConnection):
    pass


class _UnixConnection(_GatheredWrites, UnixDomainSocketConnection):
    pass


class _SentinelConnection(_GatheredWrites, SentinelManagedConnection):
    pass


class _SentinelTLSConnection(_GatheredWrites, SentinelManagedSSLConnection):
    pass


class _SharedPool(BlockingConnectionPool):
    """A waiting pool that serves callers in the order in which they came.

    In redis-py's, whoever gives a connection back and goes on takes it again before the waiting
    caller wakes, who so waits until the time is over: with one busy caller more than connections,
    that one gets nothing. Its two locks and a timer also take a quarter of what a command costs.
    Here a semaphore counts the connections, and there is a timer only where somebody waits.

    The renewal of credentials while a connection is open is left out, for no URL can ask for it.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._free = asyncio.Semaphore(self.max_connections)

    async def get_connection(self, command_name: Any = None, *keys: Any, **options: Any) -> Any:
        started = time.monotonic()
        if self._free.locked():
            try:
                async with asyncio.timeout(self.timeout):
                    await self._free.acquire()
            except TimeoutError:
                raise PoolExhaustedError(
                    f"all {self.max_connections} connections stayed in use for {self.timeout} s"
                ) from None
        else:
            await self._free.acquire()  # at once
        try:
            connection = self.get_available_connection()  # type: ignore[no-untyped-call]
        except BaseException:
            self._free.release()
            raise
        try:
            await self.ensure_connection(connection)
        except BaseException:
            await self.release(connection)
            raise
        if get_observability_instance().get_provider_manager() is not None:
            await record_connection_wait_time(get_pool_name(self), time.monotonic() - started)
        return connection

    async def ensure_connection(self, connection: AbstractConnection) -> None:
        if connection.is_connected:
            with suppress(redis_errors.ConnectionError):
                if not await connection.can_read():
                    return
        await super().ensure_connection(connection)

    async def release(self, connection: AbstractConnection) -> None:
        self._in_use_connections.remove(connection)
        try:
            if connection.should_reconnect():  # type: ignore[no-untyped-call]
                await connection.disconnect()
        finally:
            self._available_connections.append(connection)
            self._free.release()


class _SentinelPool(SentinelConnectionPool, _SharedPool):
    """The same behind Sentinel; by the method resolution order it waits like `_SharedPool`."""


class _Breaker:
    """purgatory's circuit breaker, with one probe at a time when it is half open.

    purgatory by itself lets every waiting caller through once the recovery time is over.
    Neutral outcomes (a cancelled call, a full pool) say nothing about the server and leave it
    as it is. While `is_calm`, with no failure since the last success, it need not be asked.
    """

    __slots__ = ("_circuit", "_context", "_probing", "is_calm")

    def __init__(self, circuit: Any) -> None:
        self._circuit = circuit
        self._context = circuit.context
        self._probing = False
        self.is_calm = True

    @classmethod
    async def make(cls, name: str, settings: RedisSettings) -> _Breaker:
        factory = AsyncCircuitBreakerFactory(
            default_threshold=settings.breaker_threshold, default_ttl=settings.breaker_recovery
        )
        return cls(await factory.get_breaker(name))

    @property
    def state(self) -> str:
        return str(self._context.state)

    @property
    def failures(self) -> int:
        return self._context.failure_count or 0

    @property
    def opened_at(self) -> float | None:
        opened_at: float | None = self._context.opened_at
        return opened_at

    @property
    def refuses(self) -> bool:
        """Would a call be refused now?"""
        context = self._context
        if context.state == "closed":
            return False
        return self._probing or (
            context.state == "opened" and time.time() <= context.opened_at + context.ttl
        )

    async def admit(self) -> bool:
        """Let a call pass; True if it is the probe. Raises `CircuitOpenError`."""
        if self._context.state == "closed":
            return False
        if self.refuses:
            raise CircuitOpenError("the last calls to Redis failed; not trying for a moment")
        await self._circuit.__aenter__()  # becomes half open
        self._probing = True
        return True

    async def success(self, *, probe: bool) -> None:
        if probe or self._context.state == "closed":
            await self._circuit.__aexit__(None, None, None)
            self.is_calm = self._context.state == "closed"

    async def failure(self, error: Exception, *, probe: bool) -> None:
        # A call that was let in before the circuit opened is no news when it fails later.
        if probe or self._context.state == "closed":
            self.is_calm = False
            await self._circuit.__aexit__(type(error), error, None)

    def probe_done(self) -> None:
        self._probing = False


class _Budget:
    """Ends calls that take longer than their time budget, by one timer for all of them.

    Does what ``asyncio.timeout`` does, whose timer for each call costs a tenth of the call. All
    have the same budget, so the first that began is the first that is over.
    """

    __slots__ = ("_calls", "_is_armed", "_seconds", "loop")

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self.loop = loop
        self._seconds = seconds
        self._calls: dict[_Call, None] = {}
        self._is_armed = False

    async def spend(self, work: Awaitable[T]) -> T:
        """Await `work`. Raises `TimeoutError` when the budget is spent."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a call of Redis needs a task")
        call = _Call(task, self.loop.time() + self._seconds)
        self._calls[call] = None
        if not self._is_armed:
            self._arm(call)
        try:
            return await work
        except asyncio.CancelledError:
            # Ours, unless somebody else has cancelled the task as well.
            if call.is_over and task.cancelling() <= call.cancelling + 1:
                raise TimeoutError from None
            raise
        finally:
            if call.is_over:
                task.uncancel()
            else:
                del self._calls[call]

    def _arm(self, call: _Call) -> None:
        self._is_armed = True
        self.loop.call_at(call.deadline, self._end_overdue)

    def _end_overdue(self) -> None:
        self._is_armed = False
        now = self.loop.time()
        for call in list(self._calls):
            if call.deadline > now:
                self._arm(call)
                return
            del self._calls[call]
            call.is_over = True
            call.task.cancel()


class _Call:
    """One call under a `_Budget`."""

    __slots__ = ("cancelling", "deadline", "is_over", "task")

    def __init__(self, task: asyncio.Task[Any], deadline: float) -> None:
        self.task = task
        self.deadline = deadline
        self.cancelling = task.cancelling()
        self.is_over = False


class _LoopState:
    """What belongs to one server and database in one event loop."""

    __slots__ = (
        "__weakref__",
        "breaker",
        "budget",
        "client",
        "endpoint",
        "finalizer",
        "gate",
        "generation",
        "pool",
        "pubsub_pool",
        "sentinel",
    )

    def __init__(self, endpoint: _Endpoint, lent: Client | None = None) -> None:
        self.endpoint = endpoint
        self.generation = _fork_generation
        self.budget = _Budget(asyncio.get_running_loop(), endpoint.settings.operation_timeout)
        self.breaker: _Breaker | None = None
        self.pubsub_pool: ConnectionPool | None = None
        self.gate: asyncio.Semaphore | None = None
        self.sentinel: Sentinel | None = None
        self.pool: _SharedPool | None = None
        self.finalizer: AsyncGenerator[None, None] | None = None
        self.client: Client
        if lent is not None:
            self.client = lent
            return  # nothing that is ours to close
        if endpoint.target.mode == "cluster":
            self.client = endpoint.make_cluster()
            # The pools of cluster nodes do not wait; this does.
            self.gate = asyncio.Semaphore(endpoint.settings.max_connections)
        else:
            self.pool = endpoint.make_pool(self)
            self.client = Redis(connection_pool=self.pool)
        self.finalizer = _close_with_loop(self)
        # Run to its `yield`, so that the event loop knows it and closes it at its own end.
        with suppress(StopIteration):
            self.finalizer.__anext__().send(None)

    async def make_breaker(self) -> _Breaker:
        breaker = await _Breaker.make(self.endpoint.target.label, self.endpoint.settings)
        if self.breaker is None:
            self.breaker = breaker
        return self.breaker

    def make_pubsub_pool(self) -> ConnectionPool:
        if self.pubsub_pool is None:
            self.pubsub_pool = self.endpoint.make_pool(self, pubsub=True)
        return self.pubsub_pool

    def pools(self) -> list[ConnectionPool]:
        return [pool for pool in (self.pool, self.pubsub_pool) if pool is not None]

    def connections(self) -> list[AbstractConnection]:
        if self.finalizer is None:
            return []
        if self.pool is None:
            nodes = self.client.nodes_manager.nodes_cache.values()
            return [connection for node in nodes for connection in node._connections]
        return [
            connection
            for pool in self.pools()
            for connection in (*pool._available_connections, *pool._in_use_connections)
        ]

    async def close(self, *, now: bool) -> None:
        """Close the connections; those in use at once (`now`) or when they come back."""
        if self.finalizer is None:
            return
        for pool in self.pools():
            await pool.update_active_connections_for_reconnect()  # type: ignore[no-untyped-call]
            await pool.disconnect(inuse_connections=now)
        if self.pool is None:
            await self.client.aclose()
        if self.sentinel is not None:
            for sentinel in self.sentinel.sentinels:
                await sentinel.aclose()

    def detach(self) -> None:
        """Let the event loop forget this, so that the next call makes another."""
        states = _states_of(asyncio.get_running_loop())
        if states.get(self.endpoint) is self:
            del states[self.endpoint]


async def _close_with_loop(state: _LoopState) -> AsyncGenerator[None, None]:
    """Close `state` when its event loop shuts down its asynchronous generators.

    asyncio offers no other hook at the end of a loop, and ``asyncio.run`` calls this one while
    the loop still runs, which closing a connection needs.
    """
    try:
        yield
    finally:
        if state.generation == _fork_generation:
            state.detach()
            await state.close(now=True)


_STATES_ATTRIBUTE: Final = "_netra_redis_states"


def _states_of(loop: asyncio.AbstractEventLoop) -> dict[_Endpoint, _LoopState]:
    """Return the states that belong to `loop`.

    They hang on the loop object itself: a pool refers to its loop, so a table of ours, even one
    with weak keys, would keep every loop alive that is dropped without being shut down.
    """
    states: dict[_Endpoint, _LoopState] | None = loop.__dict__.get(_STATES_ATTRIBUTE)
    if states is None:
        states = loop.__dict__[_STATES_ATTRIBUTE] = {}
    return states


_all_states: weakref.WeakSet[_LoopState] = weakref.WeakSet()
_fork_generation = 0


def _after_fork_in_child() -> None:
    """Take the parent's sockets away from the child.

    A byte that the child wrote would mix into the parent's conversation, and even closing a
    socket would remove it from the parent's selector, which is shared. So its descriptor number
    is pointed at the null device instead; the child opens connections of its own.
    """
    global _fork_generation, _registry_lock
    _fork_generation += 1
    _registry_lock = threading.Lock()
    null: int | None = None
    for state in list(_all_states):
        for connection in state.connections():
            writer = getattr(connection, "_writer", None)
            sock = writer.get_extra_info("socket") if writer is not None else None
            if sock is not None and sock.fileno() >= 0:
                if null is None:
                    null = os.open(os.devnull, os.O_RDWR)
                os.dup2(null, sock.fileno())
    if null is not None:
        os.close(null)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


class _Endpoint:
    """One server and database in this process: its settings, state and counters."""

    def __init__(self, target: _Target, settings: RedisSettings) -> None:
        self.target = target
        self.settings = settings
        self.connected: bool | None = None  # None: never tried
        self.consecutive_failures = 0
        self.last_error: str | None = None
        self.last_error_at: float | None = None
        self.last_success_at: float | None = None
        self.counters: dict[str, int] = {}
        self.managers: weakref.WeakSet[RedisManager] = weakref.WeakSet()
        self._reported: set[tuple[str, str]] = set()
        self._check_options()

    def _check_options(self) -> None:
        """Make one connection object, which does no I/O, so that a wrong option shows here."""
        options = self._connection_options()
        connection_class = options.pop("connection_class", Connection)
        if self.target.mode == "standalone" and "path" not in options:
            host, port = self.target.hosts[0]
            options.update(host=host, port=port)
        try:
            connection_class(db=self.target.db, **options)
        except (TypeError, ValueError, redis_errors.RedisError) as error:
            raise RedisConfigurationError(f"the Redis URL has a wrong option: {error}") from None

    def _connection_options(self, *, pubsub: bool = False) -> dict[str, Any]:
        settings = self.settings
        options: dict[str, Any] = {
            "decode_responses": True,
            "socket_connect_timeout": settings.socket_connect_timeout,
            # A subscriber may hear nothing for hours, and notices a dead server by pings.
            "socket_timeout": None if pubsub else settings.socket_timeout,
            "health_check_interval": 30 if pubsub else 0,
            "socket_keepalive": True,
            # Neither the library's name, nor an offer that only Redis Enterprise takes: three
            # round trips fewer each time a connection is opened, which is when it is urgent.
            "driver_info": None,
            "maint_notifications_config": MaintNotificationsConfig(enabled=False),
            # On the pool: redis-py gives no retries to a pool that its caller made.
            "retry": self.make_retry(),
        }
        if "path" in self.target.options:
            del options["socket_keepalive"]
        return options | self.target.options

    def make_retry(self) -> Retry:
        settings = self.settings
        backoff = ExponentialWithJitterBackoff(base=settings.backoff_base, cap=settings.backoff_cap)
        return _TransientRetry(backoff, settings.retries)

    def make_pool(self, state: _LoopState, *, pubsub: bool = False) -> _SharedPool:
        settings = self.settings
        options = self._connection_options(pubsub=pubsub)
        options.update(
            db=self.target.db,
            timeout=settings.pool_timeout,
            max_connections=(
                settings.pubsub_max_connections if pubsub else settings.max_connections
            ),
        )
        if self.target.mode == "sentinel":
            if state.sentinel is None:
                state.sentinel = Sentinel(  # type: ignore[no-untyped-call]
                    self.target.hosts,
                    sentinel_kwargs={
                        "socket_timeout": settings.socket_timeout,
                        "socket_connect_timeout": settings.socket_connect_timeout,
                        **self.target.sentinel_options,
                    },
                )
            options["connection_class"] = (
                _SentinelTLSConnection if self.target.is_encrypted else _SentinelConnection
            )
            return _SentinelPool(  # type: ignore[no-untyped-call]
                self.target.service, state.sentinel, **options
            )
        if "path" in options:
            options["connection_class"] = _UnixConnection
        else:
            host, port = self.target.hosts[0]
            options.update(host=host, port=port)
            options["connection_class"] = (
                _TLSConnection if self.target.is_encrypted else _Connection
            )
        return _SharedPool(**options)

    def make_cluster(self) -> RedisCluster:
        options = self._connection_options()
        if options.pop("connection_class", None) is SSLConnection:
            options["ssl"] = True
        nodes = [ClusterNode(host, port) for host, port in self.target.hosts]
        return RedisCluster(
            startup_nodes=nodes, max_connections=self.settings.max_connections, **options
        )

    def state(self) -> _LoopState:
        """Return what belongs to the running event loop. Raises `RuntimeError` outside of one."""
        loop = asyncio.get_running_loop()
        try:
            state: _LoopState = loop.__dict__[_STATES_ATTRIBUTE][self]
        except KeyError:
            pass
        else:
            if state.generation == _fork_generation:
                return state
        state = _states_of(loop)[self] = _LoopState(self)
        _all_states.add(state)
        return state

    def existing_state(self) -> _LoopState | None:
        """Return the running event loop's state if there is one."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return None
        state = _states_of(loop).get(self)
        return state if state is not None and state.generation == _fork_generation else None

    def count(self, name: str) -> None:
        self.counters[name] = self.counters.get(name, 0) + 1

    def came_up(self) -> None:
        """Note an answer after an outage, or the first one."""
        if self.connected is False:
            logger.warning(
                "Redis %s answers again after %d failures",
                self.target.label,
                self.consecutive_failures,
            )
        else:
            logger.info("Redis %s answers", self.target.label)
        self.connected = True
        self.consecutive_failures = 0
        self.last_success_at = time.time()

    def went_down(self, error: Exception) -> None:
        """Note a failure; log it if it is the first after an answer."""
        self.consecutive_failures += 1
        self.count("failures")
        if isinstance(error, (redis_errors.TimeoutError, TimeoutError)):
            self.count("timeouts")
        self.last_error = f"{type(error).__name__}: {error}"
        self.last_error_at = time.time()
        if self.connected is not False:
            self.connected = False
            logger.error("Redis %s is unavailable: %s", self.target.label, self.last_error)

    def report(self, name: str, operation: str, error: BaseException) -> None:
        """Count a refused command; log the first of its kind, without key or value."""
        self.count(name)
        kind = (operation, type(error).__name__)
        if kind not in self._reported:
            self._reported.add(kind)
            logger.error(
                "Redis %s: %s failed: %s: %s (further ones are counted only)",
                self.target.label,
                operation,
                type(error).__name__,
                "the value is not text" if isinstance(error, UnicodeDecodeError) else error,
            )


class _LentClient(_Endpoint):
    """In place of a server: a client that somebody else made, and closes."""

    def __init__(self, client: Client) -> None:
        target = _Target("standalone", (("a client that was lent", 0),), 0, None, {}, {}, "")
        super().__init__(target, RedisSettings())
        self.client = client
        self._state: _LoopState | None = None

    def state(self) -> _LoopState:
        loop = asyncio.get_running_loop()
        if self._state is None or self._state.budget.loop is not loop:
            self._state = _LoopState(self, self.client)
        return self._state

    def existing_state(self) -> _LoopState | None:
        return self._state


# Weak: an endpoint lives as long as a manager or an event loop uses it.
_endpoints: weakref.WeakValueDictionary[str, _Endpoint] = weakref.WeakValueDictionary()
_registry_lock = threading.Lock()


def _endpoint_for(target: _Target, settings: RedisSettings) -> _Endpoint:
    with _registry_lock:
        endpoint = _endpoints.get(target.identity)
        if endpoint is None:
            endpoint = _endpoints[target.identity] = _Endpoint(target, settings)
        elif endpoint.settings != settings:
            logger.warning("Redis %s: the pool exists already; its settings stay", target.label)
        return endpoint


class _RevokedTokens:
    """Hashes of tokens that are known to be revoked, until they expire; the oldest go first.

    Only revocations are remembered: nothing that Redis would call valid is ever cached.
    """

    __slots__ = ("_expiry", "_limit")

    def __init__(self, limit: int = 10_000) -> None:
        self._expiry: OrderedDict[str, float] = OrderedDict()
        self._limit = limit

    def add(self, digest: str, seconds: float) -> None:
        self._expiry[digest] = time.monotonic() + seconds
        self._expiry.move_to_end(digest)
        while len(self._expiry) > self._limit:
            self._expiry.popitem(last=False)

    def __contains__(self, digest: str) -> bool:
        expiry = self._expiry.get(digest)
        if expiry is None:
            return False
        if expiry > time.monotonic():
            return True
        self._expiry.pop(digest, None)
        return False


# --- Commands ------------------------------------------------------------------------------


class _Pipeline(Pipeline):
    """redis-py's pipeline, under the manager's circuit breaker and time budget."""

    def __init__(self, store: _Store, pool: _SharedPool, client: Client, transaction: bool) -> None:
        super().__init__(pool, client.response_callbacks, transaction, None)
        self._store = store

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Queue a command. Raises `ValueTooLargeError`."""
        self._store._checked_size(*args)
        return super().execute_command(*args, **options)

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Send the queued commands and return their answers in order.

        Raises `RedisUnavailableError`: there is no harmless stand-in for a list of answers.
        With ``transaction=True`` the commands run without others in between, but one that is
        refused does not undo the rest: Redis has no rollback.
        """
        run = super().execute
        result: list[Any] = await self._store._attempt(
            "pipeline", lambda _client: run(raise_on_error)
        )
        return result


class _SharedLock(Lock):
    """redis-py's lock, under the circuit breaker: an outage is not "somebody else has it"."""

    _store: _Store

    async def do_acquire(self, token: Any) -> bool:
        run = super().do_acquire
        return await self._store._attempt("lock", lambda _client: run(token))

    async def do_release(self, expected_token: Any) -> None:
        run = super().do_release
        await self._store._attempt("lock", lambda _client: run(expected_token))

    async def do_extend(self, additional_time: Any, replace_ttl: bool) -> Literal[True]:
        run = super().do_extend
        return await self._store._attempt("lock", lambda _client: run(additional_time, replace_ttl))


class _Store:
    """The commands, for `RedisManager` and for the views that differ from it by keys or database.

    Every method takes ``user_id=``: None uses the key as it is, else it becomes
    ``user:<quoted id>:<key>``. If Redis cannot be asked, or refuses the command (a wrong type,
    a value that is not text), a method returns the failure value that it names; the first
    failure of its kind is logged, all are counted. With ``strict=True`` it raises
    `RedisUnavailableError` or redis-py's `ResponseError` or `DataError` instead. Wrong
    arguments always raise `TypeError` or `ValueError`, but for a time to live of `set` that is
    not positive: callers compute it, and the legacy managers returned False for it.
    """

    __slots__ = ("strict",)

    strict: bool

    def _resolve(self) -> _Endpoint:
        raise NotImplementedError

    def _key(self, key: str, user_id: str | None) -> str:
        return key if user_id is None else _user_key(user_id, key)

    def _prefix(self, user_id: str | None) -> str:
        """Return what `_key` puts before a key; `keys` takes it off again."""
        return self._key("", user_id)

    # How a command runs

    async def _attempt(self, operation: str, call: Callable[[Client], Awaitable[T]]) -> T:
        """Run `call` on the client. Raises `RedisUnavailableError`, or what Redis refused."""
        endpoint = self._resolve()
        state = endpoint.state()
        breaker = state.breaker or await state.make_breaker()
        probe = False if breaker.is_calm else await breaker.admit()
        try:
            if state.gate is None:
                result = await state.budget.spend(call(state.client))
            else:
                gated = _through_gate(state.gate, endpoint, call, state.client)
                result = await state.budget.spend(gated)
        except (PoolExhaustedError, redis_errors.MaxConnectionsError) as error:
            endpoint.report("pool_exhausted", operation, error)
            if isinstance(error, PoolExhaustedError):
                raise
            raise PoolExhaustedError(str(error)) from error
        except _OUTAGE as error:
            await breaker.failure(error, probe=probe)
            endpoint.went_down(error)
            detail = str(error) or f"no answer within {endpoint.settings.operation_timeout} s"
            raise RedisUnavailableError(f"Redis {endpoint.target.label}: {detail}") from error
        except redis_errors.RedisClusterException as error:
            if not str(error).startswith("Redis Cluster cannot be connected"):
                raise  # keys in several slots, for example: the caller's mistake
            await breaker.failure(error, probe=probe)
            endpoint.went_down(error)
            raise RedisUnavailableError(f"Redis {endpoint.target.label}: {error}") from error
        except (redis_errors.ResponseError, UnicodeDecodeError):
            await breaker.success(probe=probe)  # refused, but answered
            raise
        finally:
            if probe:
                breaker.probe_done()
        if not breaker.is_calm:
            await breaker.success(probe=probe)
        if endpoint.consecutive_failures or endpoint.connected is not True:
            endpoint.came_up()
        return result

    async def _run(self, operation: str, default: T, call: Callable[[Client], Awaitable[T]]) -> T:
        """Run `call`; `default` if it fails and this is not strict."""
        try:
            return await self._attempt(operation, call)
        except RedisUnavailableError:
            if self.strict:
                raise
        except _REJECTED as error:
            if self.strict:
                raise
            name = "undecodable" if isinstance(error, UnicodeDecodeError) else "rejected"
            self._resolve().report(name, operation, error)
        return default

    def _refused(self, operation: str, error: Exception) -> bool:
        """Return False for what Redis would refuse, logged and counted. Raises it if strict."""
        if self.strict:
            raise error
        with suppress(RedisUnavailableError):  # switched off: nothing to count in
            self._resolve().report("rejected", operation, error)
        return False

    def _checked_size(self, *values: Any) -> None:
        """Refuse a value that the server would answer by closing the connection."""
        try:
            limit = self._resolve().settings.max_value_bytes
        except RedisUnavailableError:  # switched off: the call itself says so
            return
        for value in values:
            if isinstance(value, (str, bytes)) and len(value) * 4 > limit:
                size = len(value.encode()) if isinstance(value, str) else len(value)
                if size > limit:
                    raise ValueTooLargeError(f"the value has {size} bytes; the limit is {limit}")

    # Keys

    async def get(self, key: str, *, user_id: str | None = None) -> str | None:
        """Return the value, or None if there is none. Failure: None."""
        name = self._key(key, user_id)
        result: str | None = await self._run("get", None, lambda client: client.get(name))
        return result

    async def set(
        self,
        key: str,
        value: Value,
        ex: Seconds | None = None,
        *,
        px: int | timedelta | None = None,
        nx: bool = False,
        xx: bool = False,
        keepttl: bool = False,
        ttl: Seconds | None = None,
        expire: Seconds | None = None,
        user_id: str | None = None,
    ) -> bool:
        """Store a value; True if it was stored. Failure: False.

        ``ex`` (also ``ttl`` or ``expire``) is its time to live in seconds, ``px`` in
        milliseconds, ``keepttl`` leaves the present one. ``nx`` stores only if the key is new,
        ``xx`` only if it exists. A time that is not positive is refused as by the server: it
        fails, and with ``strict=True`` raises `ValueError`. Raises `ValueTooLargeError`.
        """
        if ttl is not None or expire is not None:
            ex = _one_of(ex=ex, ttl=ttl, expire=expire)
        # Only what was asked for: redis-py takes long to look at each option of SET.
        options: dict[str, Any] = {}
        for name, time_to_live in (("ex", ex), ("px", px)):
            if time_to_live is not None:
                try:
                    options[name] = _checked_ttl(time_to_live)
                except ValueError as error:
                    return self._refused("set", error)
        if nx:
            options["nx"] = True
        if xx:
            options["xx"] = True
        if keepttl:
            options["keepttl"] = True
        self._checked_size(value)
        full = self._key(key, user_id)
        done: bool | None = await self._run(
            "set", False, lambda client: client.set(full, value, **options)
        )
        return done is True

    async def setex(
        self,
        key: str,
        time: Seconds | None = None,
        value: Value | None = None,
        *,
        ttl: Seconds | None = None,
        user_id: str | None = None,
    ) -> bool:
        """Store a value for ``time`` (also ``ttl``) seconds; True if it was stored.

        Failure: False. The default of 60 seconds is that of the legacy `RedisService`.
        """
        if value is None:
            raise TypeError("setex needs a value")
        seconds = _one_of(time=time, ttl=ttl)
        return await self.set(key, value, 60 if seconds is None else seconds, user_id=user_id)

    async def delete(self, *keys: str, user_id: str | None = None) -> int:
        """Delete keys and return how many there were. Failure: those deleted so far.

        Uses UNLINK, which frees large values in the background, 500 keys at a time.
        """
        names = [self._key(key, user_id) for key in keys]
        deleted = 0
        for start in range(0, len(names), _DELETE_BATCH):
            batch = names[start : start + _DELETE_BATCH]
            deleted += await self._run("delete", 0, functools.partial(_unlink, names=batch))
        return deleted

    async def exists(self, *keys: str, user_id: str | None = None) -> int:
        """Return how many of the keys exist. Failure: 0."""
        if not keys:
            return 0
        names = [self._key(key, user_id) for key in keys]
        return await self._run("exists", 0, lambda client: client.exists(*names))

    async def expire(
        self,
        key: str,
        seconds: Seconds | None = None,
        *,
        ttl: Seconds | None = None,
        time: Seconds | None = None,
        user_id: str | None = None,
    ) -> bool:
        """Set the time to live; True if the key exists. Failure: False.

        ``seconds``, ``ttl`` and ``time`` are the three names that legacy managers had for it.
        """
        given = _one_of(seconds=seconds, ttl=ttl, time=time)
        if given is None:
            raise TypeError("expire needs a number of seconds")
        duration = _checked_ttl(given)
        name = self._key(key, user_id)
        return bool(await self._run("expire", False, lambda client: client.expire(name, duration)))

    async def ttl(self, key: str, *, user_id: str | None = None) -> int:
        """Return the seconds to live, -1 for a key without end, -2 for no key. Failure: -2."""
        name = self._key(key, user_id)
        return await self._run("ttl", -2, lambda client: client.ttl(name))

    async def keys(self, pattern: str = "*", *, user_id: str | None = None) -> list[str]:
        """Return the keys that match a glob pattern, each once. Failure: [].

        Walks with SCAN, so that other clients are not held up. With ``user_id`` only that
        user's keys are seen, and they come without their prefix.
        """
        try:
            prefix = self._prefix(user_id)
            found = [
                name.removeprefix(prefix) async for name in self.scan_iter(pattern, user_id=user_id)
            ]
        except RedisUnavailableError:
            if self.strict:
                raise
            return []
        except _REJECTED as error:
            if self.strict:
                raise
            self._resolve().report("rejected", "keys", error)
            return []
        return list(dict.fromkeys(found))

    async def scan_keys(self, pattern: str = "*", *, user_id: str | None = None) -> list[str]:
        """Do the same as `keys`."""
        return await self.keys(pattern, user_id=user_id)

    async def scan_iter(
        self, match: str = "*", count: int = _SCAN_COUNT, *, user_id: str | None = None
    ) -> AsyncIterator[str]:
        """Yield the full keys that match, some perhaps twice. Raises `RedisUnavailableError`.

        ``count`` is how much the server looks at per step; each step has a time budget.
        """
        pattern = _escape_glob(self._prefix(user_id)) + match
        if self._resolve().target.mode == "cluster":
            names: list[Any] = await self._attempt(
                "scan", functools.partial(_scan_cluster, pattern=pattern, count=count)
            )
            for name in names:
                yield _text(name)
            return
        cursor: Any = 0
        while True:
            step = functools.partial(_scan, cursor=cursor, pattern=pattern, count=count)
            cursor, names = await self._attempt("scan", step)
            for name in names:
                yield _text(name)
            if int(cursor) == 0:
                return

    async def mget(self, keys: Iterable[str], *, user_id: str | None = None) -> list[str | None]:
        """Return the values in the order of the keys, None for each that is missing.

        Failure: None for each. A value that is not text is None alone. On a cluster the
        values are not read at one moment.
        """
        names = [self._key(key, user_id) for key in keys]
        if not names:
            return []
        missing: list[str | None] = [None] * len(names)
        try:
            return await self._attempt("mget", functools.partial(_mget, names=names))
        except UnicodeDecodeError:
            return [
                await self._run("mget", None, functools.partial(_get, name=name)) for name in names
            ]
        except RedisUnavailableError:
            if self.strict:
                raise
        except _REJECTED as error:
            if self.strict:
                raise
            self._resolve().report("rejected", "mget", error)
        return missing

    async def mset(
        self,
        mapping: Mapping[str, Value],
        ttl: Seconds | None = None,
        *,
        user_id: str | None = None,
    ) -> bool:
        """Store all of `mapping`, perhaps with a time to live; True if done. Failure: False.

        One server stores all or nothing; on a cluster each key is stored for itself.
        """
        if ttl is not None:
            _checked_ttl(ttl)
        self._checked_size(*mapping.values())
        names = {self._key(key, user_id): value for key, value in mapping.items()}
        if not names:
            return True
        return await self._run("mset", False, functools.partial(_mset, mapping=names, ttl=ttl))

    async def memory_usage(self, key: str, *, user_id: str | None = None) -> int | None:
        """Return the bytes that a key and its value take, or None. Failure: None."""
        name = self._key(key, user_id)
        result: int | None = await self._run(
            "memory_usage", None, lambda client: client.memory_usage(name)
        )
        return result

    async def set_json(
        self,
        key: str,
        value: Any,
        ex: Seconds | None = None,
        *,
        expire: Seconds | None = None,
        ttl: Seconds | None = None,
        user_id: str | None = None,
    ) -> bool:
        """Store a value as JSON; True if it was stored. Failure: False.

        What JSON has no form for is stored as its ``str()``. Raises `TypeError` for a value
        that contains itself.
        """
        seconds = _one_of(ex=ex, expire=expire, ttl=ttl)
        return await self.set(key, _dumps(value), seconds, user_id=user_id)

    async def get_json(self, key: str, *, user_id: str | None = None) -> Any:
        """Return the parsed JSON value, None if there is none or it is not JSON. Failure: None."""
        text = await self.get(key, user_id=user_id)
        if text is None:
            return None
        try:
            return _loads(text)
        except ValueError:
            if self.strict:
                raise
            self._resolve().count("undecodable")
            return None

    async def incr(self, key: str, amount: int = 1, *, user_id: str | None = None) -> int:
        """Add to a counter and return it. Failure: 0."""
        name = self._key(key, user_id)
        return await self._run("incr", 0, lambda client: client.incrby(name, amount))

    async def decr(self, key: str, amount: int = 1, *, user_id: str | None = None) -> int:
        """Subtract from a counter and return it. Failure: 0."""
        name = self._key(key, user_id)
        return await self._run("decr", 0, lambda client: client.decrby(name, amount))

    # Lists

    async def lpush(self, key: str, *values: Value, user_id: str | None = None) -> int:
        """Put values at the left of a list and return its length. Failure: 0."""
        self._checked_size(*values)
        name = self._key(key, user_id)
        return await self._run("lpush", 0, lambda client: client.lpush(name, *values))

    async def rpush(self, key: str, *values: Value, user_id: str | None = None) -> int:
        """Put values at the right of a list and return its length. Failure: 0."""
        self._checked_size(*values)
        name = self._key(key, user_id)
        return await self._run("rpush", 0, lambda client: client.rpush(name, *values))

    async def lpop(self, key: str, *, user_id: str | None = None) -> str | None:
        """Take the leftmost value of a list, None if it is empty. Failure: None."""
        name = self._key(key, user_id)
        result: str | None = await self._run("lpop", None, lambda client: client.lpop(name))
        return result

    async def rpop(self, key: str, *, user_id: str | None = None) -> str | None:
        """Take the rightmost value of a list, None if it is empty. Failure: None."""
        name = self._key(key, user_id)
        result: str | None = await self._run("rpop", None, lambda client: client.rpop(name))
        return result

    async def llen(self, key: str, *, user_id: str | None = None) -> int:
        """Return the length of a list. Failure: 0."""
        name = self._key(key, user_id)
        return await self._run("llen", 0, lambda client: client.llen(name))

    async def lrange(
        self, key: str, start: int, end: int, *, user_id: str | None = None
    ) -> list[str]:
        """Return the values from `start` to `end`, both included. Failure: []."""
        name = self._key(key, user_id)
        empty: list[str] = []
        return await self._run("lrange", empty, lambda client: client.lrange(name, start, end))

    async def get_list(
        self, key: str, limit: int | None = None, *, user_id: str | None = None
    ) -> list[str]:
        """Return the first `limit` values of a list, or all. Failure: []."""
        return await self.lrange(key, 0, limit - 1 if limit else -1, user_id=user_id)

    async def add_to_list(
        self,
        key: str,
        value: Value,
        max_size: int | None = None,
        *,
        user_id: str | None = None,
    ) -> bool:
        """Put a value at the left of a list and cut it to `max_size`; True if done.

        Failure: False.
        """
        if max_size is not None and max_size < 1:
            raise ValueError("max_size must be at least 1")
        self._checked_size(value)
        name = self._key(key, user_id)
        return await self._run(
            "add_to_list",
            False,
            functools.partial(_push_and_trim, name=name, value=value, max_size=max_size),
        )

    # Hashes

    async def hset(
        self,
        key: str,
        field_or_mapping: str | Mapping[str, Value],
        value: Value | None = None,
        *,
        user_id: str | None = None,
    ) -> int:
        """Set one field, or all of a mapping; return how many are new. Failure: 0."""
        name = self._key(key, user_id)
        if isinstance(field_or_mapping, str):
            if value is None:
                raise TypeError("hset needs a value for its field")
            self._checked_size(field_or_mapping, value)
            one = field_or_mapping
            return await self._run("hset", 0, lambda client: client.hset(name, one, value))
        if value is not None:
            raise TypeError("hset takes a field and a value, or a mapping")
        mapping = dict(field_or_mapping)
        self._checked_size(*mapping, *mapping.values())
        return await self._run("hset", 0, lambda client: client.hset(name, mapping=mapping))

    async def hget(self, key: str, field: str, *, user_id: str | None = None) -> str | None:
        """Return one field of a hash, or None. Failure: None."""
        name = self._key(key, user_id)
        result: str | None = await self._run("hget", None, lambda client: client.hget(name, field))
        return result

    async def hgetall(self, key: str, *, user_id: str | None = None) -> dict[str, str]:
        """Return all fields of a hash. Failure: {}."""
        name = self._key(key, user_id)
        empty: dict[str, str] = {}
        return await self._run("hgetall", empty, lambda client: client.hgetall(name))

    # Sets

    async def sadd(self, key: str, *members: Value, user_id: str | None = None) -> int:
        """Add members to a set and return how many are new. Failure: 0."""
        self._checked_size(*members)
        name = self._key(key, user_id)
        return await self._run("sadd", 0, lambda client: client.sadd(name, *members))

    async def srem(self, key: str, *members: Value, user_id: str | None = None) -> int:
        """Remove members from a set and return how many there were. Failure: 0."""
        name = self._key(key, user_id)
        return await self._run("srem", 0, lambda client: client.srem(name, *members))

    async def smembers(self, key: str, *, user_id: str | None = None) -> list[str]:
        """Return the members of a set as a list, as the legacy `RedisService` did. Failure: []."""
        name = self._key(key, user_id)
        empty: list[str] = []
        return list(await self._run("smembers", empty, lambda client: client.smembers(name)))

    async def scard(self, key: str, *, user_id: str | None = None) -> int:
        """Return how many members a set has. Failure: 0."""
        name = self._key(key, user_id)
        return await self._run("scard", 0, lambda client: client.scard(name))

    # Sorted sets

    async def zadd(
        self, key: str, mapping: Mapping[str, float], *, user_id: str | None = None
    ) -> int:
        """Add members with their scores and return how many are new. Failure: 0."""
        name = self._key(key, user_id)
        scores = dict(mapping)
        self._checked_size(*scores)
        return await self._run("zadd", 0, lambda client: client.zadd(name, scores))

    async def zrangebyscore(
        self,
        key: str,
        mn: float | str,
        mx: float | str,
        withscores: bool = False,
        *,
        user_id: str | None = None,
    ) -> list[Any]:
        """Return the members with scores from `mn` to `mx`. Failure: [].

        With ``withscores`` each is a pair of member and score.
        """
        name = self._key(key, user_id)
        empty: list[Any] = []
        return await self._run(
            "zrangebyscore",
            empty,
            lambda client: client.zrangebyscore(name, mn, mx, withscores=withscores),
        )

    async def zrange(
        self,
        key: str,
        start: int,
        end: int,
        desc: bool = False,
        withscores: bool = False,
        *,
        user_id: str | None = None,
    ) -> list[Any]:
        """Return the members from rank `start` to `end`, both included. Failure: []."""
        name = self._key(key, user_id)
        empty: list[Any] = []
        return await self._run(
            "zrange",
            empty,
            lambda client: client.zrange(name, start, end, desc=desc, withscores=withscores),
        )

    async def zrem(self, key: str, *members: Value, user_id: str | None = None) -> int:
        """Remove members and return how many there were. Failure: 0."""
        name = self._key(key, user_id)
        return await self._run("zrem", 0, lambda client: client.zrem(name, *members))

    # Several commands, locks, messages

    def pipeline(self, transaction: bool = True) -> Any:
        """Return redis-py's pipeline, for ``async with`` or as a plain object.

        Its keys are not prefixed: it takes full keys. ``execute()`` raises
        `RedisUnavailableError`. On a cluster all keys of a transaction must share a slot.
        """
        state = self._resolve().state()
        if state.pool is None:
            return state.client.pipeline(transaction=transaction)
        return _Pipeline(self, state.pool, state.client, transaction)

    def lock(
        self,
        name: str,
        timeout: float | None = None,
        sleep: float = 0.1,
        blocking: bool = True,
        blocking_timeout: float | None = None,
        thread_local: bool = True,
        *,
        user_id: str | None = None,
    ) -> Lock:
        """Return redis-py's lock on a key; times are in seconds.

        Give a `timeout`, else a crashed owner keeps the lock for ever. Acquiring, extending
        and releasing raise `RedisUnavailableError` in an outage.
        """
        lock = _SharedLock(
            self._resolve().state().client,
            self._key(name, user_id),
            timeout=timeout,
            sleep=sleep,
            blocking=blocking,
            blocking_timeout=blocking_timeout,
            thread_local=thread_local,
        )
        lock._store = self
        return lock

    async def acquire_leader_lock(self, instance_id: str, ttl: Seconds = 30) -> bool:
        """Become the leader for `ttl` seconds; False if another instance is.

        The key is ``leader_lock``. Raises `RedisUnavailableError`.
        """
        seconds = _checked_ttl(ttl)
        name = self._key(LEADER_LOCK_KEY, None)
        return bool(
            await self._attempt(
                "acquire_leader_lock",
                lambda client: client.set(name, instance_id, nx=True, ex=seconds),
            )
        )

    async def release_leader_lock(self, instance_id: str) -> bool:
        """Stop being the leader; False if this instance was not. Raises `RedisUnavailableError`."""
        name = self._key(LEADER_LOCK_KEY, None)
        return bool(
            await self._attempt(
                "release_leader_lock",
                lambda client: client.eval(_RELEASE_IF_OWNER, 1, name, instance_id),
            )
        )

    async def publish(self, channel: str, message: Value) -> int:
        """Send a message and return how many subscribers got it. Failure: 0."""
        self._checked_size(message)
        return await self._run("publish", 0, lambda client: client.publish(channel, message))

    def pubsub(self, **options: Any) -> PubSub:
        """Return a subscriber; use it with ``async with``, or its connection is never returned.

        Subscribers have connections of their own, which wait for a message without a timeout.
        """
        state = self._resolve().state()
        if state.pool is None:
            subscriber: PubSub = state.client.pubsub(**options)
            return subscriber
        return PubSub(state.make_pubsub_pool(), **options)

    # State

    @property
    def pool(self) -> BlockingConnectionPool:
        """The running event loop's connection pool. Raises `RuntimeError` outside of a loop."""
        pool = self._resolve().state().pool
        if pool is None:
            raise RedisConfigurationError("a cluster has a pool for each of its nodes")
        return pool

    @property
    def is_connected(self) -> bool:
        """Did the last call get an answer? False before the first one. No I/O."""
        try:
            return self._resolve().connected is True
        except (RedisUnavailableError, RedisConfigurationError):
            return False

    async def ping(self) -> bool:
        """Ask the server; False if it does not answer."""
        try:
            return bool(await self._attempt("ping", lambda client: client.ping()))
        except RedisUnavailableError:
            if self.strict:
                raise
            return False

    async def health_check(self) -> dict[str, Any]:
        """Ask the server and return what is known: status, response time, error."""
        started = time.perf_counter()
        error: str | None = None
        try:
            await self._attempt("health_check", lambda client: client.ping())
        except (RedisUnavailableError, redis_errors.ResponseError) as failure:
            error = str(failure)
        healthy = error is None
        return {
            "status": "healthy" if healthy else "unhealthy",
            "healthy": healthy,
            "connected": healthy,
            "response_time_ms": round((time.perf_counter() - started) * 1000, 2),
            "error": error,
            "timestamp": datetime.now(UTC).isoformat(),
        }

    async def _client_or_none(self) -> Client | None:
        """Return the client; None if the server was away and still is.

        In the steady state this sends nothing: only after a failure is the server asked first.
        """
        endpoint = self._resolve()
        if endpoint.connected is False and not await self.ping():
            return None
        return endpoint.state().client


async def _through_gate(
    gate: asyncio.Semaphore,
    endpoint: _Endpoint,
    call: Callable[[Client], Awaitable[T]],
    client: Client,
) -> T:
    try:
        async with asyncio.timeout(endpoint.settings.pool_timeout):
            await gate.acquire()
    except TimeoutError:
        raise PoolExhaustedError("all connections to the cluster stayed in use") from None
    try:
        return await call(client)
    finally:
        gate.release()


async def _get(client: Client, name: str) -> str | None:
    value: str | None = await client.get(name)
    return value


async def _unlink(client: Client, names: list[str]) -> int:
    return int(await client.unlink(*names))


async def _scan(client: Client, cursor: int, pattern: str, count: int) -> tuple[Any, list[Any]]:
    page: tuple[Any, list[Any]] = await client.scan(cursor, match=pattern, count=count)
    return page


async def _scan_cluster(client: Client, pattern: str, count: int) -> list[Any]:
    return [name async for name in client.scan_iter(match=pattern, count=count)]


async def _mget(client: Client, names: list[str]) -> list[str | None]:
    if isinstance(client, RedisCluster):
        return list(await client.mget_nonatomic(names))
    return list(await client.mget(names))


async def _mset(client: Client, mapping: dict[str, Value], ttl: Seconds | None) -> bool:
    cluster = isinstance(client, RedisCluster)
    if ttl is None:
        done = await (client.mset_nonatomic(mapping) if cluster else client.mset(mapping))
        return all(done) if isinstance(done, list) else bool(done)
    pipeline = client.pipeline(transaction=not cluster)
    for name, value in mapping.items():
        pipeline.set(name, value, ex=ttl)
    return all(await pipeline.execute())


async def _push_and_trim(client: Client, name: str, value: Value, max_size: int | None) -> bool:
    pipeline = client.pipeline()  # one key, so one slot
    pipeline.lpush(name, value)
    if max_size is not None:
        pipeline.ltrim(name, 0, max_size - 1)
    await pipeline.execute()
    return True


class _BorrowedStore(_Store):
    """The same commands on a client that somebody else made, and closes."""

    __slots__ = ("_endpoint",)

    def __init__(self, client: Client) -> None:
        self.strict = False
        self._endpoint = _LentClient(client)

    def _resolve(self) -> _Endpoint:
        return self._endpoint


# --- The manager ---------------------------------------------------------------------------


class RedisManager(_Store):
    """The one Redis manager. Any number may be made: they share the pools.

    Replaces ``netra_backend.app.redis_manager.RedisManager`` and what the modules
    ``db.redis_manager`` and ``managers.redis_manager`` re-exported. There is no background
    task: a connection is opened when it is needed, retried by the pool, and given up for a
    moment by the circuit breaker.

    `redis_url` overrides the environment. `db` overrides the URL's database, `auth_db` the
    database of the auth view. `test_mode` is kept for callers and changes nothing. `strict`
    makes every call raise in an outage. Raises `RedisConfigurationError` for a wrong URL: at
    once if it was given here, at the first use if it comes from the environment.
    """

    def __init__(
        self,
        redis_url: str | None = None,
        *,
        test_mode: bool = False,
        db: int | None = None,
        auth_db: int | None = None,
        strict: bool = False,
        settings: RedisSettings | None = None,
        blacklist_policy: BlacklistPolicy | str | None = None,
    ) -> None:
        """Keep the options; no I/O."""
        self.strict = strict
        self.test_mode = test_mode
        self._url = redis_url
        self._db = db
        self._auth_db = auth_db
        self._settings = settings
        self._policy = None if blacklist_policy is None else BlacklistPolicy(blacklist_policy)
        self._endpoint: _Endpoint | None = None
        self._auth_endpoint: _Endpoint | None = None
        self._auth: AuthRedisManager | None = None
        self._enabled: bool | None = None
        self._revoked = _RevokedTokens()
        if redis_url is not None:
            _parse_target(redis_url, db)

    def _target(self, db: int | None) -> _Target:
        url = self._url if self._url is not None else _url_from_env(os.environ)
        return _parse_target(url, db)

    def _make_endpoint(self, db: int | None) -> _Endpoint:
        if not self.enabled:
            raise RedisUnavailableError(SWITCHED_OFF)
        settings = self._settings or RedisSettings.from_env()
        endpoint = _endpoint_for(self._target(db), settings)
        endpoint.managers.add(self)
        return endpoint

    def _resolve(self) -> _Endpoint:
        endpoint = self._endpoint
        if endpoint is None:
            endpoint = self._endpoint = self._make_endpoint(self._db)
        return endpoint

    def _resolve_auth(self) -> _Endpoint:
        endpoint = self._auth_endpoint
        if endpoint is None:
            endpoint = self._auth_endpoint = self._make_endpoint(self._auth_database())
        return endpoint

    def _auth_database(self) -> int:
        if self._auth_db is not None:
            return self._auth_db
        text = os.environ.get("REDIS_AUTH_DB", "").strip()
        return _database(text) if text else DEFAULT_AUTH_DB

    def _auth_target(self) -> _Target:
        """Return what is configured for the auth view, where Redis is switched off too."""
        if self._auth_endpoint is not None:
            return self._auth_endpoint.target
        return self._target(self._auth_database())

    # Views

    @property
    def auth(self) -> AuthRedisManager:
        """The auth view: sessions, permissions and token blacklist, in their own database."""
        if self._auth is None:
            self._auth = AuthRedisManager(manager=self)
        return self._auth

    def cache(self, namespace: str = "netra") -> RedisCacheManager:
        """Return a JSON cache with keys ``<namespace>:cache:<key>``."""
        return RedisCacheManager(self, namespace)

    def namespaced(self) -> RedisService:
        """Return the service view, with keys ``user:<id or system>:<key>``."""
        return RedisService(manager=self)

    def for_user(self, user_id: str, request_id: str = "", thread_id: str = "") -> UserRedisClient:
        """Return a view of one user's keys, ``user:<quoted id>:<key>``."""
        return UserRedisClient(user_id, request_id, thread_id, manager=self)

    # Life

    async def initialize(self) -> bool:
        """Ask the server once; True if it answers. May be called any number of times."""
        try:
            return await self.ping()
        except RedisUnavailableError:
            return False

    async def connect(self) -> bool:
        """Do the same as `initialize`."""
        return await self.initialize()

    async def ensure_connected(self) -> bool:
        """Return True at once if the last call got an answer, else ask the server."""
        return self.is_connected or await self.initialize()

    async def disconnect(self) -> None:
        """Do nothing: the pool is shared. `shutdown` closes it."""

    async def close(self) -> None:
        """Do nothing: the pool is shared. `shutdown` closes it."""

    aclose = close

    async def shutdown(self) -> None:
        """Close the running event loop's connections; those in use when they come back.

        A manager other than the module's `redis_manager` closes only what no other manager
        uses. Whoever calls again gets a new pool.
        """
        endpoints = [self._endpoint, self._auth_endpoint]
        self._endpoint = self._auth_endpoint = self._enabled = None
        for endpoint in endpoints:
            if endpoint is None:
                continue
            endpoint.managers.discard(self)
            if self is redis_manager or not endpoint.managers:
                state = endpoint.existing_state()
                if state is not None:
                    state.detach()
                    await state.close(now=False)
                endpoint.connected = None

    async def get_client(self) -> Client | None:
        """Return redis-py's client on the shared pool; None if the server is away.

        The client belongs to the running event loop: get it where it is used. Its own calls
        raise redis-py's errors, and closing it does not close the pool.
        """
        try:
            return await self._client_or_none()
        except RedisUnavailableError:
            if self.strict:
                raise
            return None

    async def force_reconnect(self) -> bool:
        """Close the idle connections, close the circuit breaker and ask the server."""
        await self.reset_circuit_breaker()
        try:
            state = self._resolve().state()
        except RedisUnavailableError:
            return False
        await state.close(now=False)
        return await self.initialize()

    async def reset_circuit_breaker(self) -> None:
        """Close the circuit breaker of the running event loop, so that calls are tried again."""
        for endpoint in (self._endpoint, self._auth_endpoint):
            state = endpoint.existing_state() if endpoint is not None else None
            if state is not None:
                state.breaker = None

    def reinitialize_configuration(self) -> None:
        """Read the environment again at the next use. Old connections close with their loop."""
        for endpoint in (self._endpoint, self._auth_endpoint):
            if endpoint is not None:
                endpoint.managers.discard(self)
        self._endpoint = self._auth_endpoint = self._enabled = None

    # State

    @property
    def enabled(self) -> bool:
        """Is Redis switched on? Not whether it answers: that is `is_connected`."""
        if self._enabled is None:
            self._enabled = not _is_switched_off(os.environ)
        return self._enabled

    @property
    def connected(self) -> bool:
        """Do the same as `is_connected`."""
        return self.is_connected

    @property
    def redis_client(self) -> Client | None:
        """The running event loop's client, without asking the server; None outside of a loop."""
        try:
            return self._resolve().state().client
        except (RuntimeError, RedisUnavailableError):
            return None

    # What code that knew the legacy manager from inside reads and sets; tests put mocks there.

    @property
    def _client(self) -> Client | None:
        """The client once Redis has answered, else None; or the one that was put here. No I/O."""
        if isinstance(self._endpoint, _LentClient):
            return self._endpoint.client
        return self.redis_client if self.is_connected else None

    @_client.setter
    def _client(self, client: Client | None) -> None:
        """Let this manager, but not its auth view, use a client that the caller closes.

        None, or the client that it had, ends that.
        """
        self._endpoint = None
        if client is not None:
            own = None
            with suppress(RedisConfigurationError):
                own = self.redis_client
            if client is not own:
                self._endpoint = _LentClient(client)

    @_client.deleter
    def _client(self) -> None:
        self._client = None

    @property
    def _connected(self) -> bool:
        """Do the same as `is_connected`."""
        return self.is_connected

    @_connected.setter
    def _connected(self, connected: bool) -> None:
        """Believe it of a client that was put here.

        Whether a server answers shows at the next call, so True says nothing about it, and
        False only forgets the last answer.
        """
        with suppress(RedisUnavailableError, RedisConfigurationError):
            endpoint = self._resolve()
            if not connected:
                endpoint.connected = None
            elif isinstance(endpoint, _LentClient):
                endpoint.connected = True

    @_connected.deleter
    def _connected(self) -> None:
        """Do nothing: the state is what the last call found."""

    @property
    def blacklist_policy(self) -> BlacklistPolicy:
        """What `is_token_blacklisted` answers in an outage."""
        if self._policy is None:
            text = os.environ.get("REDIS_BLACKLIST_POLICY", "").strip().lower()
            try:
                return BlacklistPolicy(text) if text else BlacklistPolicy.FAIL_CLOSED
            except ValueError:
                raise RedisConfigurationError(
                    "REDIS_BLACKLIST_POLICY is fail-closed, fail-open or raise"
                ) from None
        return self._policy

    def get_status(self) -> dict[str, Any]:
        """Return what is known about the server and the pool, without I/O and without secrets."""
        status: dict[str, Any] = {
            "connected": self.is_connected,
            "enabled": self.enabled,
            "client_available": False,
            "consecutive_failures": 0,
            "last_error": None,
            "server": None,
            "mode": None,
            "pool": None,
            "circuit_breaker": {"state": "closed", "failure_count": 0, "opened_at": None},
            "counters": {},
            # What the legacy manager ran in the background is now done when it is needed.
            "background_tasks": {
                "reconnect_task_active": False,
                "health_monitor_active": False,
            },
        }
        try:
            endpoint = self._resolve()
        except (RedisUnavailableError, RedisConfigurationError) as error:
            status["last_error"] = str(error)
            return status
        counters = dict(endpoint.counters)
        if self._auth_endpoint is not None and self._auth_endpoint is not endpoint:
            for name, number in self._auth_endpoint.counters.items():
                counters[name] = counters.get(name, 0) + number
        status.update(
            consecutive_failures=endpoint.consecutive_failures,
            last_error=endpoint.last_error,
            last_error_at=endpoint.last_error_at,
            server=endpoint.target.label,
            mode=endpoint.target.mode,
            counters=counters,
        )
        state = endpoint.existing_state()
        if state is None:
            return status
        status["client_available"] = state.breaker is None or not state.breaker.refuses
        if not isinstance(endpoint, _LentClient):
            connections = state.connections()
            status["pool"] = {
                "max_connections": endpoint.settings.max_connections,
                "open": sum(1 for connection in connections if connection.is_connected),
                "in_use": len(state.pool._in_use_connections) if state.pool is not None else None,
            }
        if state.breaker is not None:
            status["circuit_breaker"] = {
                "state": state.breaker.state,
                "failure_count": state.breaker.failures,
                "opened_at": state.breaker.opened_at,
            }
        return status

    def get_cache_stats(self) -> dict[str, Any]:
        """Return the three facts that dashboards of the cache show."""
        status = self.get_status()
        return {
            "connected": status["connected"],
            "consecutive_failures": status["consecutive_failures"],
            "circuit_breaker_state": status["circuit_breaker"],
        }

    # What the plan puts on the manager itself; the auth view has the rest.

    async def store_session(
        self, session_id: str, session_data: dict[str, Any], ttl_seconds: Seconds = 3600
    ) -> bool:
        """See `AuthRedisManager.store_session`."""
        return await self.auth.store_session(session_id, session_data, ttl_seconds)

    async def get_session(self, session_id: str) -> dict[str, Any] | None:
        """See `AuthRedisManager.get_session`."""
        return await self.auth.get_session(session_id)

    async def delete_session(self, session_id: str) -> bool:
        """See `AuthRedisManager.delete_session`."""
        return await self.auth.delete_session(session_id)

    async def extend_session(self, session_id: str, ttl_seconds: Seconds = 3600) -> bool:
        """See `AuthRedisManager.extend_session`."""
        return await self.auth.extend_session(session_id, ttl_seconds)

    async def blacklist_token(self, token: str, ttl_seconds: Seconds = 86400) -> bool:
        """See `AuthRedisManager.blacklist_token`."""
        return await self.auth.blacklist_token(token, ttl_seconds)

    async def is_token_blacklisted(self, token: str) -> bool:
        """See `AuthRedisManager.is_token_blacklisted`."""
        return await self.auth.is_token_blacklisted(token)


redis_manager = RedisManager()


def get_redis_manager() -> RedisManager:
    """Return the manager."""
    return redis_manager


async def get_redis() -> RedisManager:
    """Return the manager. A coroutine function, as callers await it."""
    return redis_manager


# --- Views ---------------------------------------------------------------------------------


def _store_of(source: Any) -> _Store:
    """Return the commands behind what a legacy constructor was given: a manager, view or client."""
    if source is None:
        return redis_manager
    return source if isinstance(source, _Store) else _BorrowedStore(source)


@dataclass(slots=True)
class CacheStats:
    """What a cache view counted since it was made."""

    hits: int = 0
    misses: int = 0
    sets: int = 0
    deletes: int = 0
    errors: int = 0
    total_operations: int = 0
    start_time: datetime | None = None

    @property
    def hit_rate(self) -> float:
        """Hits in percent of the reads; 0 before the first read."""
        reads = self.hits + self.misses
        return self.hits / reads * 100.0 if reads else 0.0


@dataclass(slots=True)
class CacheEntry:
    """What is known about one cached value."""

    key: str
    size_bytes: int
    created_at: datetime
    accessed_at: datetime
    expires_at: datetime | None = None
    access_count: int = 0

    @property
    def is_expired(self) -> bool:
        """Is the end of its life over?"""
        return self.expires_at is not None and datetime.now(UTC) > self.expires_at


class RedisCacheManager:
    """JSON values under ``<namespace>:cache:<key>``, with statistics.

    Replaces ``netra_backend.app.cache.redis_cache_manager.RedisCacheManager``: same keys, same
    JSON. Values that only pickle can read are never loaded, since that would run code from the
    cache: they are a miss, and deleted. Text that is not JSON is returned as it is. A failure is
    a miss or False, and counted in ``stats.errors``; with a strict manager it raises.

    `redis_client` is a `RedisManager`, a view, or redis-py's asyncio client; None means the
    shared manager.
    """

    __slots__ = ("_store", "namespace", "redis_client", "stats")

    def __init__(self, redis_client: Any = None, namespace: str = "netra") -> None:
        """Make the view; no I/O."""
        self._store = _store_of(redis_client)
        self.redis_client = redis_manager if redis_client is None else redis_client
        self.namespace = namespace
        self.stats = CacheStats(start_time=datetime.now(UTC))

    @property
    def pool(self) -> BlockingConnectionPool:
        """The connection pool, which is the manager's."""
        return self._store.pool

    def _build_key(self, key: str) -> str:
        return f"{self.namespace}:cache:{key}"

    async def _try(self, operations: int, default: T, work: Callable[[], Awaitable[T]]) -> T:
        """Do `work` and count it; `default` if it fails and the manager is not strict."""
        self.stats.total_operations += operations
        try:
            return await work()
        except (RedisUnavailableError, *_REJECTED) as error:
            self.stats.errors += operations
            if self._store.strict:
                raise
            if isinstance(error, _REJECTED):
                self._store._resolve().report("rejected", "cache", error)
            return default

    async def _decode(self, name: str, raw: str | bytes) -> Any:
        """Parse a value; raise `LookupError` for one that only pickle could read."""
        try:
            return _loads(raw)
        except ValueError:
            if isinstance(raw, str):
                return raw
        try:
            return raw.decode()
        except UnicodeDecodeError:
            await self._discard(name)
            raise LookupError(name) from None

    async def _discard(self, name: str) -> None:
        self._store._resolve().count("undecodable")
        await self._store._attempt("delete", functools.partial(_unlink, names=[name]))

    async def get(self, key: str, default: Any = None) -> Any:
        """Return the value, or `default` if there is none. Failure: `default`."""
        name = self._build_key(key)

        async def work() -> Any:
            try:
                raw = await self._store._attempt("get", functools.partial(_get, name=name))
                if raw is not None:
                    value = await self._decode(name, raw)
                    self.stats.hits += 1
                    return value
            except UnicodeDecodeError:
                await self._discard(name)
            except LookupError:
                pass
            self.stats.misses += 1
            return default

        return await self._try(1, default, work)

    async def set(self, key: str, value: Any, ttl: Seconds | None = None, nx: bool = False) -> bool:
        """Store a value as JSON for `ttl` seconds or for ever; True if it was stored.

        With `nx` only if the key is new. Failure: False, as for a `ttl` that is not positive.
        Raises `TypeError` for a value that contains itself, and `ValueTooLargeError`.
        """
        text = _dumps(value)
        self._store._checked_size(text)
        try:
            seconds = None if ttl is None else _checked_ttl(ttl)
        except ValueError as error:
            self.stats.errors += 1
            self.stats.total_operations += 1
            return self._store._refused("set", error)
        name = self._build_key(key)

        async def work() -> bool:
            return bool(
                await self._store._attempt(
                    "set", lambda client: client.set(name, text, ex=seconds, nx=nx)
                )
            )

        done = await self._try(1, False, work)
        self.stats.sets += done
        return done

    async def delete(self, key: str) -> bool:
        """Delete a value; False if there was none. Failure: False."""
        return await self._delete([key]) > 0

    async def _delete(self, keys: Sequence[str]) -> int:
        names = [self._build_key(key) for key in keys]

        async def work() -> int:
            deleted = 0
            for start in range(0, len(names), _DELETE_BATCH):
                batch = names[start : start + _DELETE_BATCH]
                deleted += await self._store._attempt(
                    "delete", functools.partial(_unlink, names=batch)
                )
            return deleted

        deleted = await self._try(len(names), 0, work)
        self.stats.deletes += deleted
        return deleted

    async def exists(self, key: str) -> bool:
        """Is there a value? Failure: False."""
        name = self._build_key(key)

        async def work() -> bool:
            return bool(await self._store._attempt("exists", lambda client: client.exists(name)))

        return await self._try(1, False, work)

    async def expire(self, key: str, ttl: Seconds) -> bool:
        """Set the time to live; False if there is no such value. Failure: False."""
        seconds = _checked_ttl(ttl)
        name = self._build_key(key)

        async def work() -> bool:
            return bool(
                await self._store._attempt("expire", lambda client: client.expire(name, seconds))
            )

        return await self._try(1, False, work)

    async def get_ttl(self, key: str) -> int | None:
        """Return the seconds to live; None without a value or an end. Failure: None."""
        name = self._build_key(key)

        async def work() -> int | None:
            seconds = int(await self._store._attempt("ttl", lambda client: client.ttl(name)))
            return seconds if seconds >= 0 else None

        return await self._try(1, None, work)

    async def get_many(self, keys: Sequence[str]) -> dict[str, Any]:
        """Return the values that exist, by key. Failure: {}."""
        if not keys:
            return {}
        names = [self._build_key(key) for key in keys]

        async def work() -> dict[str, Any]:
            try:
                raws: list[Any] = await self._store._attempt(
                    "mget", functools.partial(_mget, names=names)
                )
            except UnicodeDecodeError:
                raws = [await self._read_or_discard(name) for name in names]
            found = {}
            for key, name, raw in zip(keys, names, raws, strict=True):
                if raw is not None:
                    try:
                        found[key] = await self._decode(name, raw)
                    except LookupError:
                        continue
            self.stats.hits += len(found)
            self.stats.misses += len(keys) - len(found)
            return found

        return await self._try(len(keys), {}, work)

    async def _read_or_discard(self, name: str) -> str | None:
        try:
            return await self._store._attempt("get", functools.partial(_get, name=name))
        except UnicodeDecodeError:
            await self._discard(name)
            return None

    async def set_many(self, mapping: Mapping[str, Any], ttl: Seconds | None = None) -> int:
        """Store values and return how many were stored. Failure: 0."""
        if not mapping:
            return 0
        seconds = None if ttl is None else _checked_ttl(ttl)
        texts = {self._build_key(key): _dumps(value) for key, value in mapping.items()}
        for text in texts.values():
            self._store._checked_size(text)

        async def work() -> int:
            stored = await self._store._attempt(
                "mset", functools.partial(_mset, mapping=dict(texts), ttl=seconds)
            )
            return len(texts) if stored else 0

        done = await self._try(len(texts), 0, work)
        self.stats.sets += done
        return done

    async def delete_many(self, keys: Sequence[str]) -> int:
        """Delete values and return how many there were. Failure: 0."""
        return await self._delete(keys) if keys else 0

    async def _names(self) -> list[str]:
        pattern = _escape_glob(f"{self.namespace}:cache:") + "*"
        found = [name async for name in self._store.scan_iter(pattern)]
        return list(dict.fromkeys(found))

    async def clear_namespace(self) -> int:
        """Delete every value of the namespace and return how many there were. Failure: 0."""

        async def work() -> int:
            names = await self._names()
            deleted = 0
            for start in range(0, len(names), _DELETE_BATCH):
                batch = names[start : start + _DELETE_BATCH]
                deleted += await self._store._attempt(
                    "delete", functools.partial(_unlink, names=batch)
                )
            return deleted

        deleted = await self._try(1, 0, work)
        self.stats.deletes += deleted
        return deleted

    async def get_stats(self) -> CacheStats:
        """Return the statistics, which go on counting."""
        return self.stats

    async def get_size_estimate(self) -> dict[str, Any]:
        """Return how many values there are, and their memory guessed from ten of them."""
        estimate: dict[str, Any] = {
            "namespace": self.namespace,
            "hit_rate_percent": round(self.stats.hit_rate, 2),
            "total_operations": self.stats.total_operations,
        }
        try:
            names = await self._names()
            sizes = [
                await self._store._attempt(
                    "memory_usage", functools.partial(_memory_usage, name=name)
                )
                for name in names[:10]
            ]
        except (RedisUnavailableError, redis_errors.ResponseError) as error:
            if self._store.strict:
                raise
            return estimate | {"error": str(error)}
        known = [size for size in sizes if size]
        total = sum(known) / len(known) * len(names) if known else 0.0
        return estimate | {
            "total_keys": len(names),
            "estimated_memory_bytes": int(total),
            "estimated_memory_mb": round(total / (1024 * 1024), 2),
        }

    async def health_check(self) -> dict[str, Any]:
        """Write, read and delete a value, and return whether that worked and how long it took."""
        health: dict[str, Any] = {
            "healthy": False,
            "namespace": self.namespace,
            "error": None,
            "response_time_ms": None,
        }
        started = time.perf_counter()
        key = f"health_check_{os.urandom(8).hex()}"
        value = {"timestamp": datetime.now(UTC).isoformat()}
        try:
            if not await self.set(key, value, ttl=60):
                health["error"] = "Failed to set test key"
            elif await self.get(key) != value:
                health["error"] = "Retrieved value doesn't match set value"
            elif not await self.delete(key):
                health["error"] = "Failed to delete test key"
            else:
                health["healthy"] = True
                health["response_time_ms"] = round((time.perf_counter() - started) * 1000, 2)
        except (RedisUnavailableError, redis_errors.ResponseError) as error:  # strict
            health["error"] = str(error)
        stats = self.stats
        health["stats"] = {name: getattr(stats, name) for name in CacheStats.__dataclass_fields__}
        return health

    async def close(self) -> None:
        """Do nothing: the pool is shared."""


async def _memory_usage(client: Client, name: str) -> int | None:
    size: int | None = await client.memory_usage(name)
    return size


class AuthRedisManager(_Store):
    """Sessions, user data, permissions and the token blacklist, in a database of their own.

    Replaces ``auth_service.auth_core.redis_manager.AuthRedisManager``: same database (1), same
    keys ``auth:session:<id>``, ``auth:user:<id>``, ``auth:perm:<id>``, same JSON, and a
    `get_client` that is not a coroutine. It has a second pool, because a connection belongs to
    one database. The commands of the manager work here too, on this database.

    Sessions and the blacklist are decisions: in an outage they raise `RedisUnavailableError`
    (but see `is_token_blacklisted`). User data and permissions are a cache: in an outage they
    are missing. Ids stand at the end of a key, where they cannot reach another's, so they are
    not quoted.
    """

    session_prefix: ClassVar[str] = "auth:session:"
    token_blacklist_prefix: ClassVar[str] = "auth:blacklist:"  # noqa: S105
    user_cache_prefix: ClassVar[str] = "auth:user:"
    permission_prefix: ClassVar[str] = "auth:perm:"
    blacklist_prefix: ClassVar[str] = "auth:blacklist:v2:"
    legacy_blacklist_life: ClassVar[timedelta] = timedelta(days=30)
    """The lifetime of a clear blacklist entry that has none: longer than any refresh token."""

    def __init__(self, *, manager: RedisManager | None = None) -> None:
        """Make the view; no I/O. Without `manager` it shares the module's."""
        self._manager = redis_manager if manager is None else manager
        self._is_asked_for = False

    @property
    def strict(self) -> bool:  # type: ignore[override]  # read from the manager, not stored
        """Does every call raise in an outage?"""
        return self._manager.strict

    def _resolve(self) -> _Endpoint:
        if not self.enabled:
            raise RedisUnavailableError(SWITCHED_OFF)
        return self._manager._resolve_auth()

    # Life and state

    @property
    def enabled(self) -> bool:
        """Is Redis switched on? Not whether it answers: that is `connected`."""
        off = os.environ.get("TEST_DISABLE_REDIS", "").strip().lower() == "true"
        return self._manager.enabled and not off

    @property
    def connected(self) -> bool:
        """Did the last call get an answer? No I/O."""
        return self.is_connected

    @property
    def redis_client(self) -> Client | None:
        """The running event loop's client, without asking the server; None outside of a loop."""
        try:
            if self._is_asked_for and self._manager.enabled:
                return self._manager._resolve_auth().state().client
            return self._resolve().state().client
        except (RuntimeError, RedisUnavailableError):
            return None

    def get_client(self) -> Client | None:
        """Return redis-py's client for this database; None if Redis is off or no loop runs.

        Not a coroutine: redis-py connects by itself when the client is used. After `connect`
        there is one even under ``TEST_DISABLE_REDIS``, as the legacy manager had it.
        """
        return self.redis_client

    @property
    def host(self) -> str:
        """The first host of the configuration."""
        return self._manager._auth_target().hosts[0][0]

    @property
    def port(self) -> int:
        """The first port of the configuration."""
        return self._manager._auth_target().hosts[0][1]

    @property
    def db(self) -> int:
        """The database."""
        return self._manager._auth_target().db

    @property
    def password(self) -> str | None:
        """The password of the configuration."""
        password: str | None = self._manager._auth_target().options.get("password")
        return password

    @property
    def ssl(self) -> bool:
        """Is the connection encrypted?"""
        return self._manager._auth_target().is_encrypted

    async def connect(self) -> bool:
        """Ask the server; True if it answers. False under ``TEST_DISABLE_REDIS``."""
        self._is_asked_for = True
        try:
            return await self.ping()
        except RedisUnavailableError:
            return False

    async def initialize(self) -> bool:
        """Do the same as `connect`."""
        return await self.connect()

    async def ensure_connected(self) -> bool:
        """Return True at once if the last call got an answer, else ask the server."""
        return self.enabled and (self.is_connected or await self.connect())

    async def disconnect(self) -> None:
        """Do nothing: the pool is shared. `RedisManager.shutdown` closes it."""

    async def close(self) -> None:
        """Do nothing: the pool is shared. `RedisManager.shutdown` closes it."""

    cleanup = close

    # Sessions

    async def store_session(
        self, session_id: str, session_data: dict[str, Any], ttl_seconds: Seconds = 3600
    ) -> bool:
        """Store a session as JSON for `ttl_seconds`. Raises `RedisUnavailableError`."""
        return await self._store(self.session_prefix + session_id, session_data, ttl_seconds)

    async def _store(self, name: str, value: Any, ttl: Seconds) -> bool:
        text = _dumps(value)
        self._checked_size(text)
        seconds = _checked_ttl(ttl)
        return bool(await self._attempt("store", lambda client: client.set(name, text, ex=seconds)))

    async def get_session(self, session_id: str) -> dict[str, Any] | None:
        """Return a session; None if there is none. Raises `RedisUnavailableError`.

        What is stored but is not JSON counts as no session, and in ``get_status()``.
        """
        name = self.session_prefix + session_id
        try:
            text = await self._attempt("get_session", functools.partial(_get, name=name))
            session = None if text is None else _loads(text)
        except ValueError as error:  # UnicodeDecodeError is one
            self._resolve().report("undecodable", "get_session", error)
            return None
        return session if isinstance(session, dict) else None

    async def delete_session(self, session_id: str) -> bool:
        """Delete a session; False if there was none. Raises `RedisUnavailableError`."""
        names = [self.session_prefix + session_id]
        deleted = await self._attempt("delete_session", functools.partial(_unlink, names=names))
        return deleted > 0

    async def extend_session(self, session_id: str, ttl_seconds: Seconds = 3600) -> bool:
        """Set a session's time to live anew; False if there is none.

        Raises `RedisUnavailableError`.
        """
        seconds = _checked_ttl(ttl_seconds)
        name = self.session_prefix + session_id
        return bool(
            await self._attempt("extend_session", lambda client: client.expire(name, seconds))
        )

    async def cleanup_expired_sessions(self) -> int:
        """Return how many sessions there are: Redis itself removes the expired. Failure: 0."""
        return len(await self.keys(_escape_glob(self.session_prefix) + "*"))

    # Token blacklist

    def _blacklist_name(self, digest: str) -> str:
        return self.blacklist_prefix + digest

    @property
    def _reads_legacy_blacklist(self) -> bool:
        return os.environ.get("REDIS_LEGACY_BLACKLIST", "").strip().lower() != "false"

    async def blacklist_token(self, token: str, ttl_seconds: Seconds = 86400) -> bool:
        """Revoke a token (or its jti) for `ttl_seconds`, which should be its remaining life.

        Stored under its SHA-256, so that nobody who can read the keys can use the token. Raises
        `RedisUnavailableError`; this process honours the revocation even then.
        """
        seconds = _checked_ttl(ttl_seconds)
        digest = _digest(token)
        name = self._blacklist_name(digest)
        life = seconds.total_seconds() if isinstance(seconds, timedelta) else float(seconds)
        self._manager._revoked.add(digest, life)
        return bool(
            await self._attempt(
                "blacklist_token", lambda client: client.set(name, BLACKLISTED, ex=seconds)
            )
        )

    async def is_token_blacklisted(self, token: str) -> bool:
        """Is a token (or its jti) revoked?

        In an outage the manager's `BlacklistPolicy` decides, True unless it was changed; each
        such answer is counted as ``blacklist_<policy>`` in ``get_status()``.

        An entry with the token in clear, as the legacy manager wrote it, is honoured for one
        lifetime: its own, or `legacy_blacklist_life` from the first time that it is asked for
        if it has none, and then Redis removes it. It is never written; when it is found, the
        hash is written beside it for the same time. It stays until then, because processes that
        still run the legacy manager know no other. ``REDIS_LEGACY_BLACKLIST=false``, once the
        longest life of a token has passed since the migration, spares the question, which is
        the last command that shows a token to the server.
        """
        digest = _digest(token)
        revoked = self._manager._revoked
        if digest in revoked:
            return True
        names = [self._blacklist_name(digest)]
        if self._reads_legacy_blacklist:
            names.append(self.token_blacklist_prefix + token)
        try:
            lives = await self._attempt(
                "is_token_blacklisted", functools.partial(_lives, names=names)
            )
        except (RedisUnavailableError, redis_errors.ResponseError) as error:
            return self._without_answer(error)
        life = max(lives)
        if life == _NO_KEY:
            return False
        revoked.add(digest, life / 1000 if life >= 0 else 60.0)
        if len(lives) == 2 and lives[1] != _NO_KEY:
            # The answer is known: where this fails, the next question tries again.
            with suppress(RedisUnavailableError, redis_errors.ResponseError):
                await self._attempt(
                    "is_token_blacklisted",
                    functools.partial(
                        _take_over, names=names, lives=lives, life=self.legacy_blacklist_life
                    ),
                )
        return True

    def _without_answer(self, error: Exception) -> bool:
        policy = BlacklistPolicy.RAISE if self.strict else self._manager.blacklist_policy
        with suppress(RedisUnavailableError):  # switched off: nothing to count in
            self._resolve().count(f"blacklist_{policy.name.lower()}")
        if policy is BlacklistPolicy.RAISE:
            raise error
        return policy is BlacklistPolicy.FAIL_CLOSED

    # Cached user data

    async def cache_user_data(
        self, user_id: str, user_data: dict[str, Any], ttl_seconds: Seconds = 1800
    ) -> bool:
        """Cache a user's data as JSON; True if stored. Failure: False."""
        return await self.set_json(self.user_cache_prefix + user_id, user_data, ttl_seconds)

    async def get_cached_user_data(self, user_id: str) -> dict[str, Any] | None:
        """Return a user's cached data, or None. Failure: None."""
        data = await self.get_json(self.user_cache_prefix + user_id)
        return data if isinstance(data, dict) else None

    async def invalidate_user_cache(self, user_id: str) -> bool:
        """Delete a user's cached data; False if there was none. Failure: False."""
        return await self.delete(self.user_cache_prefix + user_id) > 0

    async def cache_user_permissions(
        self, user_id: str, permissions: list[str], ttl_seconds: Seconds = 1800
    ) -> bool:
        """Cache a user's permissions as JSON; True if stored. Failure: False."""
        return await self.set_json(self.permission_prefix + user_id, permissions, ttl_seconds)

    async def get_cached_permissions(self, user_id: str) -> list[str] | None:
        """Return a user's cached permissions, or None. Failure: None."""
        permissions = await self.get_json(self.permission_prefix + user_id)
        return permissions if isinstance(permissions, list) else None

    async def health_check(self) -> dict[str, Any]:
        """Ask the server and return status, connection and server information."""
        health = await super().health_check()
        if not health["healthy"]:
            return health
        target = self._resolve().target
        health["connection"] = {"host": self.host, "port": self.port, "db": target.db}
        if target.mode != "cluster":
            empty: dict[str, Any] = {}
            info = await self._run("info", empty, lambda client: client.info())
            health["server_info"] = {
                "version": info.get("redis_version"),
                "uptime_seconds": info.get("uptime_in_seconds"),
                "connected_clients": info.get("connected_clients"),
                "used_memory_human": info.get("used_memory_human"),
            }
        return health


_NO_KEY: Final = -2
_NO_END: Final = -1


async def _take_over(client: Client, names: list[str], lives: list[int], life: timedelta) -> None:
    """Write the hash of a token that is revoked in clear, and give that entry an end."""
    (name, legacy), (known, rest) = names, lives
    if rest == _NO_END:
        rest = int(life.total_seconds() * 1000)
        await client.pexpire(legacy, rest)
    # A second of slack, so that an entry that was taken over is not written again and again.
    if known != _NO_END and known + 1000 < rest:
        await client.set(name, BLACKLISTED, px=rest)


async def _lives(client: Client, names: list[str]) -> list[int]:
    """Return the milliseconds to live of each key; -1 without end, -2 for no key."""
    if len(names) == 1:
        return [int(await client.pttl(names[0]))]
    pipeline = client.pipeline(transaction=False)
    for name in names:
        pipeline.pttl(name)
    return [int(life) for life in await pipeline.execute()]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class AuthKeyValueService(_Store):
    """Keys as they are, in the auth view's database.

    Replaces ``auth_service.services.redis_service.RedisService``, under another name because
    the backend has a `RedisService` too. `auth_config` is kept for callers. The legacy `get`
    always returned None, because it decoded what was text already; this one works.
    """

    def __init__(self, auth_config: Any = None, *, manager: RedisManager | None = None) -> None:
        """Make the view; no I/O. Without `manager` it shares the module's."""
        self.auth_config = auth_config
        self._redis_manager = (redis_manager if manager is None else manager).auth

    @property
    def strict(self) -> bool:  # type: ignore[override]  # read from the manager, not stored
        """Does every call raise in an outage?"""
        return self._redis_manager.strict

    def _resolve(self) -> _Endpoint:
        return self._redis_manager._resolve()

    async def connect(self) -> bool:
        """Ask the server; True if it answers."""
        return await self._redis_manager.connect()

    async def close(self) -> None:
        """Do nothing: the pool is shared. `RedisManager.shutdown` closes it."""

    async def info(self, section: str | None = None) -> dict[str, Any]:
        """Return the server's INFO. Failure: {}."""
        empty: dict[str, Any] = {}
        arguments = () if section is None else (section,)
        return await self._run("info", empty, lambda client: client.info(*arguments))


class RedisService(_Store):
    """Keys ``user:<id>:<key>``, or ``user:system:<key>`` without a ``user_id``.

    Replaces ``netra_backend.app.services.redis_service.RedisService``. There, `delete` and
    `keys` without a ``user_id`` saw bare keys while `get` and `set` had the prefix; here all
    have it. `test_mode` is kept for callers and changes nothing.
    """

    def __init__(self, test_mode: bool = False, *, manager: RedisManager | None = None) -> None:
        """Make the view; no I/O. Without `manager` it shares the module's."""
        self.test_mode = test_mode
        self._manager = redis_manager if manager is None else manager

    @property
    def strict(self) -> bool:  # type: ignore[override]  # read from the manager, not stored
        """Does every call raise in an outage?"""
        return self._manager.strict

    def _resolve(self) -> _Endpoint:
        return self._manager._resolve()

    def _key(self, key: str, user_id: str | None) -> str:
        return f"user:system:{key}" if user_id is None else _user_key(user_id, key)

    def _namespace_key(self, user_id: str | None, key: str) -> str:
        return self._key(key, user_id)

    @property
    def client(self) -> Client | None:
        """The running event loop's client, which takes full keys; None outside of a loop."""
        return self._manager.redis_client

    async def connect(self) -> bool:
        """Ask the server; True if it answers."""
        return await self._manager.initialize()

    async def initialize(self) -> bool:
        """Do the same as `connect`."""
        return await self.connect()

    async def disconnect(self) -> None:
        """Do nothing: the pool is shared. `RedisManager.shutdown` closes it."""

    async def shutdown(self) -> None:
        """Do nothing: the pool is shared. `RedisManager.shutdown` closes it."""

    async def close(self) -> None:
        """Do nothing: the pool is shared. `RedisManager.shutdown` closes it."""

    async def acquire_leader_lock(self, instance_id: str, ttl: Seconds = 30) -> bool:
        """See `RedisManager.acquire_leader_lock`: there is one leader, so no prefix."""
        return await self._manager.acquire_leader_lock(instance_id, ttl)

    async def release_leader_lock(self, instance_id: str) -> bool:
        """See `RedisManager.release_leader_lock`."""
        return await self._manager.release_leader_lock(instance_id)


class UserRedisClient(_Store):
    """One user's keys, ``user:<quoted id>:<key>``.

    Replaces ``netra_backend.app.factories.redis_factory.UserRedisClient``, which opened a
    connection pool for each user and request; this is a few bytes on the shared pool.
    """

    __slots__ = (
        "_last_activity",
        "_manager",
        "_operation_count",
        "created_at",
        "request_id",
        "thread_id",
        "user_id",
    )

    def __init__(
        self,
        user_id: str,
        request_id: str = "",
        thread_id: str = "",
        *,
        manager: RedisManager | None = None,
    ) -> None:
        """Make the view; no I/O. Raises `ValueError` for an empty user id."""
        _quote_id(user_id)
        self.user_id = user_id
        self.request_id = request_id
        self.thread_id = thread_id
        self.created_at = datetime.now(UTC)
        self._manager = redis_manager if manager is None else manager
        self._operation_count = 0
        self._last_activity = self.created_at

    @property
    def strict(self) -> bool:  # type: ignore[override]  # read from the manager, not stored
        """Does every call raise in an outage?"""
        return self._manager.strict

    def _resolve(self) -> _Endpoint:
        return self._manager._resolve()

    def _key(self, key: str, user_id: str | None) -> str:
        if user_id is not None and str(user_id) != str(self.user_id):
            raise ValueError("this client belongs to another user")
        return _user_key(self.user_id, key)

    async def _attempt(self, operation: str, call: Callable[[Client], Awaitable[T]]) -> T:
        self._operation_count += 1
        self._last_activity = datetime.now(UTC)
        return await super()._attempt(operation, call)

    async def initialize(self) -> None:
        """Ask the server. Raises `RedisUnavailableError` if it does not answer."""
        await self._attempt("ping", lambda client: client.ping())

    async def cleanup(self) -> None:
        """Do nothing: the pool is shared."""

    async def close(self) -> None:
        """Do nothing: the pool is shared."""

    def get_client_stats(self) -> dict[str, Any]:
        """Return whose client this is, its age and how much it was used."""
        now = datetime.now(UTC)
        return {
            "user_id": f"{str(self.user_id)[:8]}...",
            "request_id": self.request_id,
            "thread_id": self.thread_id,
            "initialized": self.is_connected,
            "age_seconds": (now - self.created_at).total_seconds(),
            "operation_count": self._operation_count,
            "last_activity_seconds_ago": (now - self._last_activity).total_seconds(),
        }


class _UserContext(Protocol):
    """What `RedisFactory` reads of the backend's ``UserExecutionContext``."""

    user_id: str
    request_id: str
    thread_id: str


class RedisFactory:
    """Makes `UserRedisClient` views and remembers the recent ones for its statistics.

    Replaces ``netra_backend.app.factories.redis_factory.RedisFactory``. Its clients hold no
    connection, so the limit per user only bounds what is remembered (the oldest is forgotten),
    and there is no background task: what is older than `client_ttl_seconds` is forgotten when
    the next client is made.
    """

    def __init__(
        self,
        max_clients_per_user: int = 5,
        client_ttl_seconds: int = 1800,
        cleanup_interval_seconds: int = 300,
        *,
        manager: RedisManager | None = None,
    ) -> None:
        """Keep the limits; no I/O."""
        self.factory_name = "RedisFactory"
        self.max_clients_per_user = max_clients_per_user
        self.client_ttl = client_ttl_seconds
        self.cleanup_interval = cleanup_interval_seconds
        self.created_at = datetime.now(UTC)
        self._manager = redis_manager if manager is None else manager
        self._clients: OrderedDict[str, deque[UserRedisClient]] = OrderedDict()
        self._created_count = 0
        self._cleanup_count = 0

    async def create_user_client(self, user_context: _UserContext) -> UserRedisClient:
        """Return a client for the context's user, after asking the server.

        Raises `ValueError` for what is no user context, and `RedisUnavailableError`, which is a
        `ConnectionError`.
        """
        try:
            client = UserRedisClient(
                user_context.user_id,
                user_context.request_id,
                user_context.thread_id,
                manager=self._manager,
            )
        except AttributeError:
            kind = type(user_context).__name__
            raise ValueError(f"expected a UserExecutionContext, got {kind}") from None
        await client.initialize()
        self._forget_expired()
        clients = self._clients.setdefault(str(client.user_id), deque())
        while len(clients) >= max(1, self.max_clients_per_user):
            clients.popleft()
            self._cleanup_count += 1
        clients.append(client)
        self._created_count += 1
        return client

    @asynccontextmanager
    async def get_user_client(self, user_context: _UserContext) -> AsyncIterator[UserRedisClient]:
        """Lend a client: ``async with factory.get_user_client(context) as client``."""
        yield await self.create_user_client(user_context)

    async def cleanup_user_clients(self, user_id: str) -> int:
        """Forget a user's clients and return how many there were. Clients in use keep working."""
        forgotten = len(self._clients.pop(str(user_id), ()))
        self._cleanup_count += forgotten
        return forgotten

    def _forget_expired(self) -> None:
        oldest = datetime.now(UTC) - timedelta(seconds=self.client_ttl)
        for user_id, clients in list(self._clients.items()):
            while clients and clients[0].created_at < oldest:
                clients.popleft()
                self._cleanup_count += 1
            if not clients:
                del self._clients[user_id]

    async def get_factory_stats(self) -> dict[str, Any]:
        """Return counts, ages and details of the clients that are remembered."""
        self._forget_expired()
        clients = [client for group in self._clients.values() for client in group]
        now = datetime.now(UTC)
        ages = {"0-5min": 0, "5-30min": 0, "30min+": 0}
        for client in clients:
            minutes = (now - client.created_at).total_seconds() / 60
            ages["0-5min" if minutes < 5 else "5-30min" if minutes < 30 else "30min+"] += 1
        healthy = bool(clients) and await self._manager.initialize()
        return {
            "factory_name": self.factory_name,
            "factory_age_seconds": (now - self.created_at).total_seconds(),
            "total_clients": len(clients),
            "healthy_clients": len(clients) if healthy else 0,
            "users_with_clients": len(self._clients),
            "max_clients_per_user": self.max_clients_per_user,
            "client_ttl_seconds": self.client_ttl,
            "created_count": self._created_count,
            "cleanup_count": self._cleanup_count,
            "age_distribution": ages,
            "user_client_counts": {user: len(group) for user, group in self._clients.items()},
            "cleanup_task_running": False,
            "client_details": [client.get_client_stats() for client in clients],
        }

    async def shutdown(self) -> None:
        """Forget all clients. The shared pool stays open."""
        self._cleanup_count += sum(len(group) for group in self._clients.values())
        self._clients.clear()


RedisConnectionFactory = RedisFactory

_redis_factory: RedisFactory | None = None


def get_redis_factory() -> RedisFactory:
    """Return the process-wide factory."""
    global _redis_factory
    if _redis_factory is None:
        _redis_factory = RedisFactory()
    return _redis_factory


@asynccontextmanager
async def get_user_redis_client(user_context: _UserContext) -> AsyncIterator[UserRedisClient]:
    """Lend a user's client, for ``async with``."""
    async with get_redis_factory().get_user_client(user_context) as client:
        yield client


async def cleanup_redis_factory() -> None:
    """Forget the process-wide factory and its clients."""
    global _redis_factory
    if _redis_factory is not None:
        await _redis_factory.shutdown()
        _redis_factory = None


class UserCacheManager:
    """Text values under ``user:<quoted id>:<key>``.

    Replaces ``netra_backend.app.redis_manager.UserCacheManager``, whose constructor failed
    without an argument.
    """

    __slots__ = ("redis_manager",)

    def __init__(self, redis_manager: RedisManager | None = None) -> None:
        """Make the view; no I/O."""
        self.redis_manager = get_redis_manager() if redis_manager is None else redis_manager

    async def get_user_cache(self, user_id: str, key: str) -> str | None:
        """Return a user's value, or None. Failure: None."""
        return await self.redis_manager.get(key, user_id=user_id)

    async def set_user_cache(
        self, user_id: str, key: str, value: Value, ttl: Seconds = 3600
    ) -> bool:
        """Store a user's value for `ttl` seconds; True if stored. Failure: False."""
        return await self.redis_manager.set(key, value, ttl, user_id=user_id)

    async def clear_user_cache(self, user_id: str, key: str | None = None) -> bool:
        """Delete one value, or all of the user's. False if that one did not exist."""
        if key is not None:
            return await self.redis_manager.delete(key, user_id=user_id) > 0
        keys = await self.redis_manager.keys(user_id=user_id)
        await self.redis_manager.delete(*keys, user_id=user_id)
        return True


class RedisConnectionHandler:
    """A synchronous client, for the code that is not asynchronous, on one pool per server.

    Replaces ``netra_backend.app.core.redis_connection_handler.RedisConnectionHandler``. It reads
    the same configuration as `RedisManager`; the legacy handler replaced ``localhost`` and
    forced TLS in staging and production, which ``REDIS_URL`` now says.
    """

    _pools: ClassVar[dict[str, redis.ConnectionPool]] = {}
    _pools_lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, redis_url: str | None = None) -> None:
        """Read the configuration; no I/O. Raises `RedisConfigurationError`."""
        self.env = os.environ.get("ENVIRONMENT", "development").lower()
        self._settings = RedisSettings.from_env()
        url = _url_from_env(os.environ) if redis_url is None else redis_url
        self._target = _parse_target(url, None)
        if self._target.mode != "standalone":
            raise RedisConfigurationError("the synchronous handler needs a redis:// URL")

    def get_connection_info(self) -> dict[str, Any]:
        """Return host, port, database and times, without secrets."""
        host, port = self._target.hosts[0]
        return {
            "host": host,
            "port": port,
            "db": self._target.db,
            "environment": self.env,
            "ssl": self._target.is_encrypted,
            "socket_timeout": self._settings.socket_timeout,
            "socket_connect_timeout": self._settings.socket_connect_timeout,
        }

    def create_connection_pool(self) -> redis.ConnectionPool:
        """Return the process-wide pool for this server. It opens connections when used."""
        with self._pools_lock:
            pool = self._pools.get(self._target.identity)
            if pool is None:
                pool = self._pools[self._target.identity] = self._make_pool()
            return pool

    def _make_pool(self) -> redis.ConnectionPool:
        settings = self._settings
        options = dict(self._target.options)
        options.pop("connection_class", None)
        host, port = self._target.hosts[0]
        if "path" in options:
            options["connection_class"] = redis.UnixDomainSocketConnection
        else:
            options.update(host=host, port=port, socket_keepalive=True)
            options["connection_class"] = (
                redis.SSLConnection if self._target.is_encrypted else redis.Connection
            )
        backoff = ExponentialWithJitterBackoff(base=settings.backoff_base, cap=settings.backoff_cap)
        return redis.BlockingConnectionPool(  # type: ignore[no-untyped-call]
            db=self._target.db,
            max_connections=settings.max_connections,
            timeout=settings.pool_timeout,
            decode_responses=True,
            socket_timeout=settings.socket_timeout,
            socket_connect_timeout=settings.socket_connect_timeout,
            retry=redis.retry.Retry(backoff, settings.retries),
            **options,
        )

    def get_redis_client(self) -> redis.Redis:
        """Return a client after asking the server. Raises `RedisConnectionError`."""
        if _is_switched_off(os.environ):
            raise RedisConnectionError(SWITCHED_OFF)
        client = redis.Redis(connection_pool=self.create_connection_pool())
        try:
            client.ping()
        except redis_errors.RedisError as error:
            raise RedisConnectionError(
                f"cannot connect to {self._target.label}: {error}"
            ) from error
        return client

    def validate_connection(self) -> dict[str, Any]:
        """Ask the server and return whether it answered, and how fast."""
        host, port = self._target.hosts[0]
        status: dict[str, Any] = {
            "environment": self.env,
            "host": host,
            "port": port,
            "connected": False,
            "response_time_ms": None,
            "error": None,
        }
        started = time.perf_counter()
        try:
            self.get_redis_client()
        except RedisConnectionError as error:
            status["error"] = str(error)
        else:
            status["connected"] = True
            status["response_time_ms"] = round((time.perf_counter() - started) * 1000, 2)
        return status

    def get_environment_config_status(self) -> dict[str, Any]:
        """Return what is configured, with a warning for ``localhost`` in staging or production."""
        host = self._target.hosts[0][0]
        is_local = host in ("localhost", "127.0.0.1")
        status: dict[str, Any] = {
            "environment": self.env,
            "host_configured": bool(host),
            "localhost_warning": is_local,
            "ssl_enabled": self._target.is_encrypted,
            "connection_info": self.get_connection_info(),
        }
        if is_local and self.env in ("staging", "production"):
            status["warning"] = f"Redis is on localhost in the {self.env} environment"
        return status

    @classmethod
    def get_recommended_config(cls, environment: str) -> dict[str, str]:
        """Return the variables to set in an environment; development's for an unknown one."""
        if environment.lower() in ("staging", "production"):
            name = environment.lower()
            return {
                "REDIS_HOST": f"redis-{name}.internal",
                "REDIS_PORT": "6380",
                "REDIS_DB": "1" if name == "staging" else "2",
                f"REDIS_{name.upper()}_HOST": f"redis-{name}.internal",
            }
        return {"REDIS_HOST": "localhost", "REDIS_PORT": "6379", "REDIS_DB": "0"}


class CacheType(Enum):
    """The kinds of value in the analytics cache."""

    USER_SESSION = "user_session"
    REAL_TIME_METRICS = "real_time_metrics"
    HOT_PROMPTS = "hot_prompts"


class CacheKeyPrefix:
    """The key prefix of each kind."""

    USER_SESSION: ClassVar[str] = "analytics:session"
    REAL_TIME_METRICS: ClassVar[str] = "analytics:metrics"
    HOT_PROMPTS: ClassVar[str] = "analytics:prompts"


class RedisCacheService:
    """The analytics cache: JSON under ``analytics:<kind>:<key>`` or ``...:user:<id>:<key>``.

    Replaces ``analytics_service.analytics_core.services.redis_cache_service``, whose import
    failed because the manager it needed did not exist. `redis_manager` is a manager, a view or
    redis-py's asyncio client; None means the shared manager.
    """

    __slots__ = ("_store", "redis_manager")

    TTL_VALUES: ClassVar[dict[CacheType, int]] = {
        CacheType.USER_SESSION: 3600,
        CacheType.REAL_TIME_METRICS: 86400,
        CacheType.HOT_PROMPTS: 1800,
    }

    def __init__(self, redis_manager: Any = None) -> None:
        """Make the view; no I/O."""
        self.redis_manager = get_redis_manager() if redis_manager is None else redis_manager
        self._store = _store_of(redis_manager)

    def _get_prefix(self, cache_type: CacheType) -> str:
        prefix: str = getattr(CacheKeyPrefix, cache_type.name)
        return prefix

    def _build_key(self, cache_type: CacheType, key: str, user_id: str | None = None) -> str:
        prefix = self._get_prefix(cache_type)
        if user_id:
            return f"{prefix}:user:{_quote_id(user_id)}:{key}"
        if key.startswith("user:"):
            raise ValueError("a key that starts with 'user:' would be some user's; give user_id")
        return f"{prefix}:{key}"

    async def set(
        self,
        cache_type: CacheType,
        key: str,
        value: Any,
        ttl: Seconds | None = None,
        user_id: str | None = None,
    ) -> bool:
        """Store a value for `ttl` seconds, or as long as its kind says. Failure: False."""
        seconds = self.TTL_VALUES[cache_type] if ttl is None else ttl
        return await self._store.set_json(self._build_key(cache_type, key, user_id), value, seconds)

    async def get(
        self, cache_type: CacheType, key: str, user_id: str | None = None, default: Any = None
    ) -> Any:
        """Return a value, or `default`. Failure: `default`."""
        text = await self._store.get(self._build_key(cache_type, key, user_id))
        if text is None:
            return default
        try:
            return _loads(text)
        except ValueError:
            return default

    async def exists(self, cache_type: CacheType, key: str, user_id: str | None = None) -> bool:
        """Is there a value? Failure: False."""
        return await self._store.exists(self._build_key(cache_type, key, user_id)) > 0

    async def delete(self, cache_type: CacheType, key: str, user_id: str | None = None) -> bool:
        """Delete a value; False if there was none. Failure: False."""
        return await self._store.delete(self._build_key(cache_type, key, user_id)) > 0

    async def get_ttl(
        self, cache_type: CacheType, key: str, user_id: str | None = None
    ) -> int | None:
        """Return the seconds to live, -1 without an end, None without a value. Failure: None."""
        seconds = await self._store.ttl(self._build_key(cache_type, key, user_id))
        return None if seconds == _NO_KEY else seconds

    async def invalidate_pattern(
        self, cache_type: CacheType, pattern: str, user_id: str | None = None
    ) -> int:
        """Delete what matches a glob pattern and return how many there were. Failure: 0."""
        keys = await self._store.keys(self._build_key(cache_type, pattern, user_id))
        return await self._store.delete(*keys)

    async def invalidate_user_cache(self, user_id: str) -> dict[str, int]:
        """Delete all of a user's values; return how many there were of each kind."""
        if not user_id:
            raise ValueError("the user id is empty")
        return {
            kind.value: await self.invalidate_pattern(kind, "*", user_id=user_id)
            for kind in CacheType
        }

    async def get_cache_stats(self) -> dict[str, Any]:
        """Return how many keys there are of each kind, and the server's memory and hits."""
        stats: dict[str, Any] = {}
        for kind in CacheType:
            stats[f"{kind.value}_keys"] = len(await self._store.keys(f"{self._get_prefix(kind)}:*"))
        try:
            info = await self._store._attempt("info", lambda client: client.info())
        except RedisUnavailableError as error:
            return {"error": str(error)}
        return stats | {
            "redis_memory_used": info.get("used_memory_human"),
            "redis_connected_clients": info.get("connected_clients"),
            "redis_keyspace_hits": info.get("keyspace_hits"),
            "redis_keyspace_misses": info.get("keyspace_misses"),
            "timestamp": datetime.now(UTC).isoformat(),
        }


async def cache_user_session(
    user_id: str, session_data: dict[str, Any], ttl: Seconds | None = None
) -> bool:
    """Cache a user's session data."""
    service = RedisCacheService()
    return await service.set(CacheType.USER_SESSION, "session_data", session_data, ttl, user_id)


async def get_user_session(user_id: str) -> dict[str, Any] | None:
    """Return a user's cached session data, or None."""
    data: dict[str, Any] | None = await RedisCacheService().get(
        CacheType.USER_SESSION, "session_data", user_id
    )
    return data


async def cache_real_time_metrics(
    metric_key: str, metrics_data: dict[str, Any], ttl: Seconds | None = None
) -> bool:
    """Cache metrics."""
    return await RedisCacheService().set(CacheType.REAL_TIME_METRICS, metric_key, metrics_data, ttl)


async def get_real_time_metrics(metric_key: str) -> dict[str, Any] | None:
    """Return cached metrics, or None."""
    data: dict[str, Any] | None = await RedisCacheService().get(
        CacheType.REAL_TIME_METRICS, metric_key
    )
    return data


async def cache_hot_prompt(
    prompt_id: str, prompt_data: dict[str, Any], ttl: Seconds | None = None
) -> bool:
    """Cache a prompt."""
    return await RedisCacheService().set(CacheType.HOT_PROMPTS, prompt_id, prompt_data, ttl)


async def get_hot_prompt(prompt_id: str) -> dict[str, Any] | None:
    """Return a cached prompt, or None."""
    data: dict[str, Any] | None = await RedisCacheService().get(CacheType.HOT_PROMPTS, prompt_id)
    return data


class SSOTRedisOperationsManager:
    """Operations that take the manager as their first argument.

    Offers what ``shared.redis.ssot_redis_operations`` offers, which stays where it is: it holds
    no connection. Every method raises `RedisOperationError` in an outage; `is_token_blacklisted`
    here fails closed, where the original let every token in.
    """

    __slots__ = ()

    async def _do(
        self,
        source: Any,
        operation: str,
        key: str,
        call: Callable[[Client], Awaitable[T]],
    ) -> T:
        try:
            return await _store_of(source)._attempt(operation, call)
        except (RedisUnavailableError, *_REJECTED) as error:
            raise RedisOperationError(f"{operation} failed: {error}", operation, key) from error

    async def set_with_expiry(
        self, redis_manager: Any, key: str, value: Value, expire_seconds: Seconds | None = None
    ) -> bool:
        """Store a value, perhaps for `expire_seconds`; True if stored."""
        seconds = _checked_ttl(expire_seconds) if expire_seconds else None
        return bool(
            await self._do(
                redis_manager, "set", key, lambda client: client.set(key, value, ex=seconds)
            )
        )

    async def get_value(self, redis_manager: Any, key: str) -> str | None:
        """Return a value, or None if there is none."""
        return await self._do(redis_manager, "get", key, functools.partial(_get, name=key))

    async def delete_key(self, redis_manager: Any, key: str) -> bool:
        """Delete a key; False if there was none."""
        deleted = await self._do(
            redis_manager, "delete", key, functools.partial(_unlink, names=[key])
        )
        return deleted > 0

    async def set_session_data(
        self,
        redis_manager: Any,
        session_key: str,
        session_data: dict[str, Any],
        expire_seconds: Seconds = 3600,
    ) -> bool:
        """Store session data as JSON; True if stored."""
        text = _dumps(session_data)
        return await self.set_with_expiry(redis_manager, session_key, text, expire_seconds)

    async def get_session_data(self, redis_manager: Any, session_key: str) -> dict[str, Any] | None:
        """Return session data, or None. Raises `RedisOperationError` if it is not JSON."""
        text = await self.get_value(redis_manager, session_key)
        if text is None:
            return None
        try:
            data: dict[str, Any] = _loads(text)
        except ValueError as error:
            raise RedisOperationError(str(error), "get_session", session_key) from error
        return data

    async def blacklist_token(
        self, redis_manager: Any, token_jti: str, expire_seconds: Seconds = 3600
    ) -> bool:
        """Revoke a token by its jti, under ``blacklist:<jti>``."""
        return await self.set_with_expiry(
            redis_manager, f"blacklist:{token_jti}", BLACKLISTED, expire_seconds
        )

    async def is_token_blacklisted(self, redis_manager: Any, token_jti: str) -> bool:
        """Is a token revoked? In an outage the shared manager's policy decides."""
        try:
            return await self.get_value(redis_manager, f"blacklist:{token_jti}") is not None
        except RedisOperationError as error:
            policy = get_redis_manager().blacklist_policy
            if policy is BlacklistPolicy.RAISE:
                raise
            logger.warning("token blacklist not readable, %s: %s", policy.value, error)
            return policy is BlacklistPolicy.FAIL_CLOSED

    async def execute_health_check(self, redis_manager: Any, timeout_seconds: float = 5.0) -> bool:
        """Write, read and delete a value within `timeout_seconds`; True if that worked."""
        key = f"health_check_{os.urandom(8).hex()}"
        try:
            async with asyncio.timeout(timeout_seconds):
                await self.set_with_expiry(redis_manager, key, key, 60)
                found = await self.get_value(redis_manager, key) == key
                await self.delete_key(redis_manager, key)
                return found
        except (RedisOperationError, TimeoutError):
            return False


# --- Instances -----------------------------------------------------------------------------

auth_redis_manager = redis_manager.auth
default_redis_cache_manager = redis_manager.cache()
redis_service = redis_manager.namespaced()
ssot_redis_ops = SSOTRedisOperationsManager()
