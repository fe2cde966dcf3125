"""One Redis manager, one pool: the cases of the consolidation plan, and what they stand for."""

from __future__ import annotations

import asyncio
import json

import pytest
import redis.asyncio

from harness.server import Server
from netra_backend.app.redis_manager import (
    RedisCacheManager,
    RedisManager,
    RedisService,
    UserCacheManager,
    auth_redis_manager,
    default_redis_cache_manager,
    get_redis,
    get_redis_manager,
    redis_manager,
    redis_service,
)

CONCURRENT = 200


class TestRedisSSOTConsolidation:
    """The plan's cases, by their names."""

    async def test_single_redis_connection_pool(self, server: Server) -> None:
        """However many managers and views are busy at once, the server sees one pool."""
        assert await redis_manager.initialize()
        assert redis_manager.is_connected
        managers = [redis_manager, *(RedisManager() for _ in range(11))]
        clients = [await manager.get_client() for manager in managers]
        pool = clients[0].connection_pool
        assert all(client.connection_pool is pool for client in clients)

        assert await redis_manager.set("test:consolidation", "success") is True
        assert await redis_manager.get("test:consolidation") == "success"
        await asyncio.gather(
            *(managers[n % 12].get("test:consolidation") for n in range(CONCURRENT))
        )
        busy = len(server.clients())
        assert 1 <= busy <= pool.max_connections
        assert {each["db"] for each in server.clients()} == {"0"}
        assert await redis_manager.delete("test:consolidation") == 1

    async def test_cache_manager_compatibility(self, server: Server) -> None:
        """The cache keeps its key, its JSON and its time to live, on the shared pool."""
        with pytest.warns(DeprecationWarning, match=r"netra_backend\.app\.redis_manager"):
            from netra_backend.app.cache.redis_cache_manager import default_redis_cache_manager

        value = {"data": "test", "list": [1, None, "ü"]}
        assert await default_redis_cache_manager.set("test:cache", value, ttl=60) is True
        assert await default_redis_cache_manager.get("test:cache") == value
        assert json.loads(server.admin.get("netra:cache:test:cache")) == value
        assert 55 <= server.admin.ttl("netra:cache:test:cache") <= 60
        assert await default_redis_cache_manager.delete("test:cache")
        assert server.admin.dbsize() == 0

    async def test_auth_service_compatibility(self, server: Server) -> None:
        """Sessions and the blacklist work by the manager and by the auth view alike."""
        session = {"user_id": "test_user", "role": "user"}
        assert await redis_manager.store_session("test_session", session, 3600)
        assert await redis_manager.get_session("test_session") == session
        assert await auth_redis_manager.get_session("test_session") == session

        assert await redis_manager.blacklist_token("test_token", 3600)
        assert await redis_manager.is_token_blacklisted("test_token")
        assert await auth_redis_manager.is_token_blacklisted("test_token")
        assert not await redis_manager.is_token_blacklisted("another_token")

        assert await redis_manager.delete_session("test_session")
        assert await redis_manager.get_session("test_session") is None
        # The plan's clean-up, by the key that the plan knew.
        await redis_manager.delete("auth:blacklist:test_token")

    async def test_websocket_redis_integration(self, server: Server) -> None:
        """What a WebSocket connection writes is there; concurrent writes all succeed."""
        data = {"connection_id": "ws_test_123", "user_id": "test_user"}
        await redis_manager.set("websocket:connection:ws_test_123", str(data))
        assert await redis_manager.get("websocket:connection:ws_test_123") == str(data)

        writes = (redis_manager.set(f"websocket:test:{n}", f"data_{n}") for n in range(10))
        assert await asyncio.gather(*writes) == [True] * 10
        keys = [f"websocket:test:{n}" for n in range(10)]
        assert server.admin.mget(keys) == [f"data_{n}" for n in range(10)]
        assert await redis_manager.delete("websocket:connection:ws_test_123", *keys) == 11

    async def test_no_connection_leaks(self, server: Server) -> None:
        """One caller needs one connection, however often it calls."""
        await redis_manager.initialize()
        before = redis_manager.get_status()
        opened = server.stat("total_connections_received")
        for n in range(50):
            await redis_manager.set(f"leak_test:{n}", f"value_{n}")
            assert await redis_manager.get(f"leak_test:{n}") == f"value_{n}"
            await redis_manager.delete(f"leak_test:{n}")
        after = redis_manager.get_status()

        assert after["connected"] == before["connected"] is True
        assert after["consecutive_failures"] <= before["consecutive_failures"]
        assert server.stat("total_connections_received") - opened <= 1
        assert len(server.clients()) <= 2


class TestEveryViewSharesThePool:
    """A view is a way to name keys, not another connection."""

    async def test_views_of_database_0_share_the_pool(self, server: Server) -> None:
        views = [
            redis_manager.cache("netra"),
            default_redis_cache_manager,
            RedisCacheManager(namespace="other"),
            redis_manager.namespaced(),
            RedisService(),
            redis_service,
            redis_manager.for_user("u1"),
            UserCacheManager(redis_manager),
            get_redis_manager(),
            await get_redis(),
        ]
        await redis_manager.initialize()
        pool = redis_manager.pool
        for view in views:
            manager = getattr(view, "redis_manager", view)
            assert manager.pool is pool, type(view).__name__

    async def test_the_auth_view_adds_its_own_database_and_nothing_else(
        self, server: Server
    ) -> None:
        """SELECT is by connection, so a second database is a second pool; there is no third."""
        for _ in range(3):
            await redis_manager.set("k", "v")
            await auth_redis_manager.store_session("s", {})
            await redis_manager.store_session("t", {})
        by_database = {each["db"] for each in server.clients()}
        assert by_database == {"0", "1"}
        assert len(server.clients()) == 2

    async def test_twelve_separate_clients_are_what_the_manager_replaces(
        self, server: Server
    ) -> None:
        """The way it was: the count of connections grows with the count of managers."""
        separate = [redis.asyncio.from_url(server.url()) for _ in range(12)]
        try:
            await asyncio.gather(*(client.get("k") for client in separate))
            assert len(server.clients()) == 12
        finally:
            for client in separate:
                await client.aclose()
        server.wait_for_clients(0)
        await asyncio.gather(*(RedisManager().get("k") for _ in range(12)))
        shared = len(server.clients())
        await RedisManager().get("k")
        assert len(server.clients()) == shared <= redis_manager.pool.max_connections

    @pytest.mark.parametrize("name", ["close", "disconnect"])
    async def test_closing_a_view_leaves_the_pool_open(self, server: Server, name: str) -> None:
        await redis_manager.set("k", "v")
        ids = {each["id"] for each in server.clients() if each["db"] == "0"}
        for view in (redis_service, redis_manager.for_user("u"), auth_redis_manager):
            closer = getattr(view, name, None)
            if closer is not None:
                await closer()
        assert {each["id"] for each in server.clients() if each["db"] == "0"} == ids
        assert await redis_manager.get("k") == "v"

    async def test_shutdown_closes_every_connection_and_work_can_go_on(
        self, server: Server
    ) -> None:
        await redis_manager.set("k", "v")
        await auth_redis_manager.store_session("s", {})
        await redis_manager.shutdown()
        server.wait_for_clients(0)
        assert await redis_manager.get("k") == "v"

    async def test_importing_and_constructing_does_not_connect(self, server: Server) -> None:
        opened = server.stat("total_connections_received")
        for _ in range(20):
            RedisManager()
            RedisCacheManager()
            RedisService()
            redis_manager.for_user("u")
        assert server.stat("total_connections_received") == opened
