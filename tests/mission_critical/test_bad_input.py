"""What a caller gets wrong is told to the caller, and harms nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.server import Server
from netra_backend.app.redis_manager import (
    AuthKeyValueService,
    RedisCacheManager,
    RedisConfigurationError,
    RedisConnectionError,
    RedisConnectionHandler,
    RedisManager,
    RedisSettings,
    RedisUnavailableError,
    ValueTooLargeError,
    redis_manager,
)


@pytest.mark.parametrize(
    "url",
    [
        "localhost:6379",
        "http://localhost:6379",
        "redis://",
        "redis://host:port/0",
        "redis://host:99999/0",
        "redis://host:6379/one",
        "redis://host:6379/-1",
        "redis://one,two/0",
        "redis+sentinel://host:26379",
        "redis+cluster://host:6379/1",
        "redis+magic://host:6379",
        "redis://host:6379/0?socket_timeout=soon",
    ],
)
def test_a_wrong_url_is_refused_at_once(url: str) -> None:
    with pytest.raises(RedisConfigurationError):
        RedisManager(redis_url=url)


def test_a_refused_url_does_not_show_its_password() -> None:
    with pytest.raises(RedisConfigurationError) as caught:
        RedisManager(redis_url="redis://:hunter2@host:6379/one")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["nonsense", "redis://host:port"])
async def test_a_wrong_url_in_the_environment_is_told_at_the_first_use(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", url)
    manager = RedisManager()
    with pytest.raises(RedisConfigurationError):
        await manager.get("k")


@pytest.mark.parametrize(
    "settings",
    [
        {"max_connections": 0},
        {"socket_timeout": 0},
        {"operation_timeout": -1},
        {"retries": -1},
        {"breaker_threshold": 0},
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(RedisConfigurationError):
        RedisSettings(**settings)


@pytest.mark.parametrize("name", ["REDIS_POOL_MAX_CONNECTIONS", "REDIS_OPERATION_TIMEOUT"])
async def test_a_setting_that_is_no_number(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "many")
    with pytest.raises(RedisConfigurationError, match=name):
        await RedisManager().get("k")


@pytest.mark.parametrize("seconds", [0, -1, -3600])
async def test_a_time_to_live_that_is_none(server: Server, seconds: int) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: redis_manager.expire("k", seconds),
        lambda: redis_manager.mset({"k": "v"}, ttl=seconds),
        lambda: redis_manager.store_session("s", {}, seconds),
        lambda: redis_manager.blacklist_token("t", seconds),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="positive"):
            await call()
    assert server.admin.dbsize() == 0
    assert server.stat("total_error_replies") == 0


@pytest.mark.parametrize("seconds", [0, -1, timedelta(0)])
async def test_a_value_whose_time_is_over_is_not_stored(server: Server, seconds: Any) -> None:
    """Callers compute it: the auth service, for one, by a whole number of hours, which may be 0.

    It used to be sent, refused, and False; that it still is, and seen in the status.
    """
    strict = RedisManager(redis_url=server.url(), strict=True)
    cache = RedisCacheManager()
    for store in (
        lambda: redis_manager.set("k", "v", ex=seconds),
        lambda: redis_manager.set("k", "v", px=seconds),
        lambda: redis_manager.setex("k", seconds, "v"),
        lambda: redis_manager.set_json("k", {}, expire=seconds),
        lambda: AuthKeyValueService(None).set("k", "v", ex=seconds),
        lambda: cache.set("k", "v", ttl=seconds),
    ):
        assert await store() is False
    assert redis_manager.get_status()["counters"]["rejected"] >= 4
    assert cache.stats.errors == 1
    with pytest.raises(ValueError, match="positive"):
        await strict.set("k", "v", ex=seconds)
    assert server.stat("total_error_replies") == 0
    with server.database(1) as db:
        assert db.dbsize() == server.admin.dbsize() == 0


@pytest.mark.parametrize("seconds", ["60", 1.5, True])
async def test_a_time_to_live_of_a_wrong_type(server: Server, seconds: Any) -> None:
    with pytest.raises(TypeError):
        await redis_manager.set("k", "v", ex=seconds)
    assert server.admin.dbsize() == 0


async def test_an_unknown_keyword_is_a_type_error(server: Server) -> None:
    with pytest.raises(TypeError, match="no_such"):
        await redis_manager.set("k", "v", no_such=1)
    with pytest.raises(TypeError, match="no_such"):
        RedisManager(no_such=1)
    assert server.admin.dbsize() == 0


async def test_two_names_for_one_thing_are_a_type_error(server: Server) -> None:
    with pytest.raises(TypeError):
        await redis_manager.set("k", "v", ex=5, ttl=6)
    with pytest.raises(TypeError):
        await redis_manager.expire("k", 5, ttl=6)
    with pytest.raises(TypeError):
        await redis_manager.setex("k", 5, "v", ttl=6)
    with pytest.raises(TypeError):
        await redis_manager.expire("k")


@pytest.mark.parametrize("keyword", ["ex", "ttl", "expire"])
async def test_every_name_of_the_time_to_live_works(server: Server, keyword: str) -> None:
    assert await redis_manager.set("k", "v", **{keyword: 60}) is True
    assert 55 <= server.admin.ttl("k") <= 60


@pytest.mark.parametrize("value", [None, [1], {"a": 1}, object()])
async def test_a_value_that_redis_cannot_hold(server: Server, value: Any) -> None:
    """It is refused before it is sent: False as ever, or an error that says what is wrong."""
    try:
        stored = await redis_manager.set("k", value)
    except TypeError:
        stored = False
    assert stored is False
    assert server.admin.dbsize() == 0
    assert redis_manager.get_status()["consecutive_failures"] == 0
    assert await redis_manager.set("k", "v") is True


MEGABYTE = 1024 * 1024
LARGE = "x" * (MEGABYTE + 1)

TOO_LARGE: dict[str, Callable[[RedisManager], Any]] = {
    "set": lambda manager: manager.set("k", LARGE),
    "set bytes": lambda manager: manager.set("k", LARGE.encode()),
    "set text of few characters": lambda manager: manager.set("k", "\u20ac" * (MEGABYTE // 2)),
    "setex": lambda manager: manager.setex("k", 60, LARGE),
    "mset": lambda manager: manager.mset({"j": "v", "k": LARGE}),
    "set_json": lambda manager: manager.set_json("k", {"v": LARGE}),
    "lpush": lambda manager: manager.lpush("k", "v", LARGE),
    "rpush": lambda manager: manager.rpush("k", LARGE),
    "add_to_list": lambda manager: manager.add_to_list("k", LARGE),
    "hset": lambda manager: manager.hset("k", "f", LARGE),
    "hset of a mapping": lambda manager: manager.hset("k", {"f": "v", "g": LARGE}),
    "hset of a field": lambda manager: manager.hset("k", {LARGE: "v"}),
    "sadd": lambda manager: manager.sadd("k", LARGE),
    "zadd": lambda manager: manager.zadd("k", {LARGE: 1}),
    "publish": lambda manager: manager.publish("c", LARGE),
    "session": lambda manager: manager.store_session("s", {"v": LARGE}),
    "service": lambda manager: manager.namespaced().set("k", LARGE),
    "user": lambda manager: manager.for_user("u").set("k", LARGE),
}


@pytest.fixture
def strict_about_size(own_server: Callable[..., Server]) -> Server:
    """A server that cuts the connection of whoever sends more than a megabyte."""
    return own_server("proto-max-bulk-len 1mb")


@pytest.mark.parametrize("name", TOO_LARGE)
async def test_a_value_that_is_too_large_is_refused_here(
    strict_about_size: Server, name: str
) -> None:
    settings = RedisSettings(max_value_bytes=MEGABYTE)
    manager = RedisManager(redis_url=strict_about_size.url(), settings=settings)
    with pytest.raises(ValueTooLargeError, match="the limit is 1048576"):
        await TOO_LARGE[name](manager)
    assert strict_about_size.admin.info("keyspace") == {}
    assert manager.get_status()["counters"] == {}
    await manager.shutdown()


async def test_a_value_that_is_too_large_for_a_cache_or_a_pipeline(
    strict_about_size: Server,
) -> None:
    settings = RedisSettings(max_value_bytes=MEGABYTE)
    manager = RedisManager(redis_url=strict_about_size.url(), settings=settings)
    for call in (manager.cache().set("k", LARGE), manager.cache().set_many({"k": LARGE})):
        with pytest.raises(ValueTooLargeError):
            await call
    async with manager.pipeline() as pipeline:
        pipeline.set("j", "v")
        with pytest.raises(ValueTooLargeError):
            pipeline.set("k", LARGE)
    assert await manager.set("k", LARGE[1:]) is True
    await manager.shutdown()


@pytest.mark.parametrize("size", [MEGABYTE + 1, 8 * MEGABYTE])
async def test_a_value_that_only_the_server_finds_too_large(
    strict_about_size: Server, size: int
) -> None:
    """It cuts the connection; the value is not stored, and the next call is well.

    The longer one is cut while it is being sent.
    """
    manager = RedisManager(redis_url=strict_about_size.url(), settings=RedisSettings(retries=1))
    assert await manager.set("k", "x" * size) is False
    assert await manager.set("j", "v") is True
    assert strict_about_size.admin.keys() == ["j"]
    await manager.shutdown()


class Shape:
    """Nothing that JSON knows."""

    def __str__(self) -> str:
        return "a shape"


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (Shape(), "a shape"),
        ({"at": datetime(2026, 1, 2, tzinfo=UTC)}, {"at": "2026-01-02 00:00:00+00:00"}),
        ({1: "a"}, {"1": "a"}),
        ((1, 2), [1, 2]),
        (2**70, 2**70),
        ("\ud800", "\ud800"),
    ],
)
async def test_a_value_that_json_has_no_form_for(server: Server, value: Any, read: Any) -> None:
    """It is written as text; it used to be pickled."""
    cache = RedisCacheManager()
    assert await cache.set("k", value) is True
    assert await cache.get("k") == read


async def test_a_value_that_contains_itself(server: Server) -> None:
    value: list[Any] = []
    value.append(value)
    cache = RedisCacheManager()
    try:
        stored = await cache.set("k", value)
    except TypeError:
        stored = False
    assert stored is False
    with pytest.raises(TypeError):
        await redis_manager.set_json("k", value)
    assert server.admin.dbsize() == 0


async def test_the_members_of_another_type_are_left_alone(server: Server) -> None:
    """Each command on a key of a wrong type gives its failure value, and the key stays."""
    server.admin.lpush("list", "a")
    assert await redis_manager.get("list") is None
    assert await redis_manager.incr("list") == 0
    assert await redis_manager.hget("list", "f") is None
    assert await redis_manager.sadd("list", "x") == 0
    assert server.admin.lrange("list", 0, -1) == ["a"]
    assert redis_manager.get_status()["circuit_breaker"]["state"] == "closed"


async def test_is_connected_is_no_method_and_not_called(server: Server) -> None:
    """A real cause of 1011: readiness called the property, and so was never ready."""
    await redis_manager.initialize()
    assert redis_manager.is_connected is True
    assert isinstance(type(redis_manager).is_connected, property)


async def test_switched_off_is_an_outage_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISABLE_REDIS", "true")
    manager = RedisManager()
    assert manager.enabled is False
    assert await manager.initialize() is False
    assert await manager.get("k") is None
    assert await manager.is_token_blacklisted("t") is True


@pytest.mark.parametrize("switch", ["DISABLE_REDIS=true", "REDIS_MODE=disabled"])
async def test_switched_off_sends_nothing_and_still_tells_what_is_configured(
    server: Server, monkeypatch: pytest.MonkeyPatch, switch: str
) -> None:
    monkeypatch.setenv(*switch.split("="))
    manager = RedisManager()
    auth = manager.auth
    assert f"{auth.host}:{auth.port}/" in server.url()
    assert auth.db == 1
    assert auth.password is None
    assert auth.ssl is False
    assert auth.get_client() is None
    assert await manager.get_client() is None
    assert await auth.connect() is False
    for view in (manager, auth, manager.namespaced(), manager.for_user("u")):
        health = await view.health_check()
        assert health["status"] == "unhealthy"
        assert "switched off" in health["error"]
    assert (await manager.cache().health_check())["healthy"] is False
    assert manager.get_status()["last_error"] == "Redis is switched off by the configuration"
    with pytest.raises(RedisUnavailableError):
        await auth.get_session("s")
    for make in (manager.pipeline, lambda: manager.lock("l"), manager.pubsub):
        with pytest.raises(RedisUnavailableError):
            make()
    with pytest.raises(RedisConnectionError, match="switched off"):
        RedisConnectionHandler().get_redis_client()
    assert "switched off" in RedisConnectionHandler().validate_connection()["error"]
    assert server.clients() == []
    assert server.stat("total_connections_received") == 0
