"""What code that knew the legacy manager from inside reads and sets: `_client` and `_connected`.

Readiness checks of the real repository ping `_client`, and its tests put another client there.
Here the other client is a real one, of another server.
"""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator, Callable
from unittest.mock import patch

import pytest
import redis.asyncio

from harness.server import Server
from netra_backend.app.redis_manager import (
    RedisCacheManager,
    RedisManager,
    UserCacheManager,
    redis_manager,
)


@pytest.fixture
def other_server(own_server: Callable[..., Server]) -> Server:
    return own_server()


@pytest.fixture
async def other(other_server: Server) -> AsyncIterator[redis.asyncio.Redis]:
    """A client of another server, made as the tests of the real repository make theirs."""
    client = redis.asyncio.Redis.from_url(other_server.url(), decode_responses=True)
    yield client
    await client.aclose()


async def test_they_tell_the_real_state(own_server: Callable[..., Server]) -> None:
    server = own_server()
    manager = RedisManager(redis_url=server.url())
    assert manager._client is None
    assert manager._connected is False
    await manager.initialize()
    assert manager._connected is True
    assert manager._client is await manager.get_client()
    assert await manager._client.ping() is True
    server.kill()
    await manager.get("k")
    assert manager._connected is False
    assert manager._client is None
    await manager.shutdown()


def test_they_can_be_asked_for_where_redis_is_off_or_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Callers ask by `hasattr`, which lets any other error through."""
    for name, value in (("REDIS_URL", "nonsense"), ("REDIS_MODE", "disabled")):
        monkeypatch.setenv(name, value)
        manager = RedisManager()
        assert hasattr(manager, "_client")
        assert manager._client is None
        assert manager._connected is False
        manager._connected = True
        assert manager._connected is False


async def test_closing_it_leaves_the_pool(server: Server) -> None:
    await redis_manager.set("k", "v")
    await redis_manager._client.aclose()
    redis_manager._client = None
    assert await redis_manager.get("k") == "v"
    await redis_manager.shutdown()


async def test_a_client_that_is_put_there_is_used(
    server: Server, other_server: Server, other: redis.asyncio.Redis
) -> None:
    """For every command, and for pipelines, locks and subscribers."""
    manager = RedisManager()
    manager._client = other
    assert manager._client is other
    assert await manager.get_client() is other
    assert await manager.set("k", "v", ex=60)
    assert await manager.exists("k") == 1
    await UserCacheManager(manager).set_user_cache("u", "k", "v")
    await RedisCacheManager(manager).set("k", 1)
    async with manager.pipeline() as pipeline:
        pipeline.set("p", "1")
        assert await pipeline.execute() == [True]
    async with manager.lock("l", timeout=5):
        assert other_server.admin.exists("l")
    async with manager.pubsub() as subscriber:
        await subscriber.subscribe("c")
        await subscriber.get_message(timeout=5)
        assert await manager.publish("c", "m") == 1
    assert set(other_server.admin.keys()) == {"k", "user:u:k", "netra:cache:k", "p"}
    assert server.admin.dbsize() == 0
    assert server.clients() == []
    assert manager._connected
    assert manager.get_status()["pool"] is None


async def test_no_other_manager_and_no_session_goes_there(
    server: Server, other_server: Server, other: redis.asyncio.Redis
) -> None:
    manager = RedisManager()
    manager._client = other
    await manager.auth.store_session("s", {"user": 1})
    await redis_manager.set("k", "v")
    assert other_server.admin.info("keyspace") == {}
    assert server.admin.get("k") == "v"
    await manager.shutdown()
    await redis_manager.shutdown()


async def test_whoever_put_it_there_closes_it(server: Server, other: redis.asyncio.Redis) -> None:
    manager = RedisManager()
    manager._client = other
    await manager.set("k", "v")
    assert await manager.force_reconnect()
    manager.reinitialize_configuration()
    manager._client = other
    await manager.set("k", "v")
    await manager.shutdown()
    assert await other.get("k") == "v"
    assert await manager.set("k", "ours")
    assert server.admin.get("k") == "ours"
    await manager.shutdown()


@pytest.mark.parametrize("back", ["None", "the client it had", "del"])
async def test_it_can_be_taken_away_again(
    server: Server, other: redis.asyncio.Redis, back: str
) -> None:
    manager = RedisManager()
    await manager.initialize()
    own, pool = manager._client, manager.pool
    manager._client = other
    await manager.set("k", "theirs")
    if back == "del":
        del manager._client
    else:
        manager._client = own if back == "the client it had" else None
    assert await manager.set("k", "ours")
    assert server.admin.get("k") == "ours"
    assert manager._client is own
    assert manager.pool is pool
    await manager.shutdown()


async def test_overlapping_patches_end_where_they_began(
    server: Server, other_server: Server, other: redis.asyncio.Redis
) -> None:
    """As `test_redis_connection_pool_race_conditions` of the real repository does it."""
    manager = RedisManager()

    async def operate(number: int) -> None:
        with patch.object(manager, "_client", other):
            manager._connected = True
            assert await manager.set(f"k{number}", str(number))
            await manager.exists(f"k{number}")

    await asyncio.gather(*(operate(number) for number in range(30)))
    assert other_server.admin.dbsize() > 0
    assert await manager.set("k", "v")
    assert server.admin.get("k") == "v"
    assert server.admin.dbsize() + other_server.admin.dbsize() == 31
    await manager.shutdown()


async def test_connected_is_believed_only_of_a_client_that_was_put_there(
    other_server: Server, other: redis.asyncio.Redis
) -> None:
    manager = RedisManager()
    manager._connected = True
    assert not manager._connected  # Redis was not asked yet
    with patch.object(manager, "_connected", True):
        assert not manager.is_connected
    await manager.initialize()
    manager._connected = False
    assert not manager.is_connected
    assert await manager.ensure_connected()
    manager._client = other
    manager._connected = True
    assert manager.is_connected
    other_server.kill()
    assert await manager.get("k") is None
    assert not manager._connected
    manager._client = None
    await manager.shutdown()


async def test_an_event_loop_keeps_no_client_that_was_lent(server: Server) -> None:
    """A cache made for each request would otherwise stay until the end."""
    client = redis.asyncio.Redis.from_url(server.url(), decode_responses=True)
    cache = RedisCacheManager(client)
    await cache.set("k", 1)
    await client.aclose()
    gone = weakref.ref(client)
    del client, cache
    gc.collect()
    assert gone() is None
