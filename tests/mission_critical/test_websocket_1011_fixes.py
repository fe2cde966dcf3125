"""WebSocket closes with 1011: a real server, real clients, and the close codes they get."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import redis.asyncio

from harness.managers import manager_for
from harness.server import Server
from harness.websocket import INTERNAL_ERROR, Handshake, crowd, serving
from netra_backend.app.redis_manager import RedisManager, redis_manager

MANAGERS = 12
MOST_CLIENTS = 40
CROWD = 200
KILL_SECONDS = 0.15
LEAST_READS = 60


class SessionInvalidError(Exception):
    """The session is not there, or an outage looks like that."""


def handshake_on(managers: Sequence[Any]) -> Handshake:
    """Make a handshake that touches Redis once by each manager: two reads, a write, and so on."""

    async def handshake(user: str) -> None:
        for number, manager in enumerate(managers):
            if number % 3 == 2:
                if not await manager.set(f"websocket:{user}:{number}", "connected", ex=60):
                    raise SessionInvalidError(user)
            elif await manager.get("session:shared") is None:
                raise SessionInvalidError(user)

    return handshake


@asynccontextmanager
async def separate_clients(url: str) -> AsyncIterator[list[redis.asyncio.Redis]]:
    """The way it was: twelve managers, each with a client, and so a pool, of its own."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                redis.asyncio.from_url(url, decode_responses=True, protocol=2)
            )
            for _ in range(MANAGERS)
        ]


def one_manager(server: Server) -> RedisManager:
    """The way it is: its pool is smaller than what the server takes."""
    return manager_for(server.url(), max_connections=20, pool_timeout=60, operation_timeout=90)


@asynccontextmanager
async def connections_cut(server: Server) -> AsyncIterator[None]:
    """Cut every client's connection every now and then, as a failover does.

    Not before something was done since the last time: on a machine that stands still for longer
    than that, nothing and nobody could get through.
    """

    async def cut() -> None:
        while True:
            done = server.calls("get")
            await asyncio.sleep(KILL_SECONDS)
            while server.calls("get") < done + LEAST_READS:
                await asyncio.sleep(0.02)
            await asyncio.to_thread(server.kill_clients)

    task = asyncio.create_task(cut())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


class TestWebSocket1011Fixes:
    """The plan's cases, by their names."""

    async def test_websocket_redis_race_condition_fixed(self, server: Server) -> None:
        """Twenty users connect at once, with what the plan says a handshake does; all get in."""
        await redis_manager.initialize()
        assert redis_manager.is_connected

        async def handshake(user: str) -> None:
            connection = f"ws_{user}"
            await redis_manager.set(f"websocket:active:{connection}", user, ex=3600)
            await redis_manager.set(f"session:{user}", "valid_session", ex=1800)
            if await redis_manager.get(f"session:{user}") != "valid_session":
                raise SessionInvalidError(user)
            await redis_manager.lpush(f"user_connections:{user}", connection)
            await redis_manager.delete(f"websocket:active:{connection}")
            await redis_manager.delete(f"session:{user}")

        async with serving(handshake) as url:
            assert await crowd(url, 20) == {"ok": 20}
        for n in range(20):
            assert server.admin.lrange(f"user_connections:user_{n}", 0, -1) == [f"ws_user_{n}"]
        assert server.admin.dbsize() == 20

    async def test_redis_connection_pool_stability(self, server: Server) -> None:
        """A hundred operations at once: all give what they should, and the pool stays a pool."""
        await redis_manager.initialize()
        before = redis_manager.get_status()

        async def operate(n: int) -> tuple[object, ...]:
            key = f"load_test:{n}"
            return (
                await redis_manager.set(key, f"data_{n}", ex=60),
                await redis_manager.get(key),
                bool(await redis_manager.exists(key)),
                await redis_manager.delete(key),
                await redis_manager.get(key),
            )

        results = await asyncio.gather(*(operate(n) for n in range(100)))
        assert results == [(True, f"data_{n}", True, 1, None) for n in range(100)]
        after = redis_manager.get_status()
        assert after["connected"] is True
        assert after["consecutive_failures"] == before["consecutive_failures"] == 0
        assert len(server.clients()) <= redis_manager.pool.max_connections


class TestUnderAConnectionLimit:
    """`maxclients 40`, as on a small managed plan, and 200 users at once."""

    async def test_separate_managers_are_closed_with_1011(
        self, own_server: Callable[..., Server]
    ) -> None:
        """The cause: this is what the cure is measured against."""
        server = own_server(f"maxclients {MOST_CLIENTS}")
        server.admin.set("session:shared", "valid")
        async with (
            separate_clients(server.url()) as clients,
            serving(handshake_on(clients)) as url,
        ):
            ended = await crowd(url, CROWD)
        assert ended[INTERNAL_ERROR] >= 1
        assert server.stat("rejected_connections") >= 1

    async def test_the_one_manager_lets_everybody_in(
        self, own_server: Callable[..., Server]
    ) -> None:
        server = own_server(f"maxclients {MOST_CLIENTS}")
        server.admin.set("session:shared", "valid")
        managers = [one_manager(server) for _ in range(MANAGERS)]
        async with serving(handshake_on(managers)) as url:
            ended = await crowd(url, CROWD)
            pool = (await managers[0].get_client()).connection_pool
            assert len(server.clients()) <= pool.max_connections < MOST_CLIENTS
        assert ended == {"ok": CROWD}
        assert server.stat("rejected_connections") == 0


class TestWhenConnectionsAreCut:
    """Every client connection is killed every 150 ms during the load."""

    async def test_separate_managers_are_closed_with_1011(
        self, own_server: Callable[..., Server]
    ) -> None:
        server = own_server()
        server.admin.set("session:shared", "valid")
        ended: Counter[str | int] = Counter()
        async with (
            separate_clients(server.url()) as clients,
            serving(handshake_on(clients)) as url,
            connections_cut(server),
        ):
            for _ in range(10):
                ended += await crowd(url, 40)
        assert ended[INTERNAL_ERROR] >= 1

    async def test_the_one_manager_lets_everybody_in(
        self, own_server: Callable[..., Server]
    ) -> None:
        server = own_server(f"maxclients {MOST_CLIENTS}")
        server.admin.set("session:shared", "valid")
        managers = [one_manager(server) for _ in range(MANAGERS)]
        cuts = server.stat("total_connections_received")
        async with serving(handshake_on(managers)) as url, connections_cut(server):
            ended: Counter[str | int] = Counter()
            for _ in range(3):
                ended += await crowd(url, CROWD)
        assert ended == {"ok": 3 * CROWD}
        assert server.stat("rejected_connections") == 0
        pool = (await managers[0].get_client()).connection_pool
        # It had to connect again, so the load did meet the cuts.
        assert server.stat("total_connections_received") - cuts > pool.max_connections
