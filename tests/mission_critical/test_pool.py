"""The pool under load: it waits, it mends itself, and cancelled callers cost nothing."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable

import pytest
import redis.asyncio
from redis.exceptions import ConnectionError as RedisConnectionError

from harness.managers import manager_for
from harness.server import Server
from netra_backend.app.redis_manager import RedisManager, redis_manager

CALLERS = 300


async def test_callers_wait_for_a_connection(server: Server) -> None:
    """Many more callers than connections: every one is served, and no limit is passed."""
    results = await asyncio.gather(*(redis_manager.incr("n") for _ in range(CALLERS)))
    assert sorted(results) == list(range(1, CALLERS + 1))
    assert len(server.clients()) <= redis_manager.pool.max_connections < CALLERS


async def test_a_plain_bounded_pool_turns_callers_away(server: Server) -> None:
    """What a pool does that does not wait."""
    pool = redis.asyncio.ConnectionPool.from_url(server.url(), max_connections=5)
    async with redis.asyncio.Redis.from_pool(pool) as client:
        results = await asyncio.gather(
            *(client.incr("n") for _ in range(50)), return_exceptions=True
        )
    assert sum(isinstance(each, RedisConnectionError) for each in results) >= 20


async def test_who_waits_is_served_before_who_comes_back(own_server: Callable[..., Server]) -> None:
    """As many busy callers as connections, and one more: it gets its turn."""
    manager = manager_for(own_server().url(), strict=True, max_connections=2)
    await manager.set("k", "v")
    done = asyncio.Event()

    async def busy() -> None:
        while not done.is_set():
            await manager.get("k")

    callers = [asyncio.create_task(busy()) for _ in range(2)]
    await asyncio.sleep(0)  # they have the connections
    try:
        for _ in range(50):
            assert await manager.get("k") == "v"
    finally:
        done.set()
        await asyncio.gather(*callers)
    assert manager.get_status()["counters"] == {}
    await manager.shutdown()


async def test_redis_pys_waiting_pool_lets_one_caller_wait_for_ever(server: Server) -> None:
    """Who gives a connection back and goes on takes it again before the other one wakes."""
    pool = redis.asyncio.BlockingConnectionPool.from_url(server.url(), max_connections=2, timeout=1)
    async with redis.asyncio.Redis.from_pool(pool) as client:
        done = asyncio.Event()

        async def busy() -> None:
            while not done.is_set():
                await client.get("k")

        callers = [asyncio.create_task(busy()) for _ in range(2)]
        await asyncio.sleep(0)
        try:
            with pytest.raises(RedisConnectionError, match="No connection available"):
                await client.get("k")
        finally:
            done.set()
            await asyncio.gather(*callers)


async def test_a_cancelled_waiter_leaves_its_turn_to_the_next(
    own_server: Callable[..., Server],
) -> None:
    manager = manager_for(own_server().url(), strict=True, max_connections=1)
    await manager.initialize()
    held = await manager.pool.get_connection()
    waiters = [asyncio.create_task(manager.incr("n")) for _ in range(3)]
    await asyncio.sleep(0.01)
    waiters[0].cancel()  # before it is its turn
    await manager.pool.release(held)
    waiters[1].cancel()  # when it is, but before it knows
    assert await waiters[2] == 1
    assert [waiter.cancelled() for waiter in waiters] == [True, True, False]
    assert await manager.incr("n") == 2
    await manager.shutdown()


async def test_an_answer_that_nobody_read_is_not_the_next_callers(
    own_server: Callable[..., Server],
) -> None:
    """A connection that was given back with an answer in it is opened anew."""
    manager = manager_for(own_server().url(), max_connections=1)
    await manager.set("k", "v")
    connection = await manager.pool.get_connection()
    await connection.send_command("ECHO", "not yours")
    while not await connection.can_read():
        await asyncio.sleep(0)
    await manager.pool.release(connection)
    assert await manager.get("k") == "v"
    await manager.shutdown()


async def test_commands_survive_killed_connections(server: Server) -> None:
    for n in range(20):
        await redis_manager.set("k", str(n))
        server.kill_clients()
        assert await redis_manager.get("k") == str(n)
    assert redis_manager.get_status()["circuit_breaker"]["state"] == "closed"


async def test_a_plain_client_loses_commands_to_killed_connections(server: Server) -> None:
    """`from_url` makes a pool without retries."""
    lost = 0
    async with redis.asyncio.from_url(server.url()) as client:
        for _ in range(20):
            with contextlib.suppress(RedisConnectionError):
                await client.ping()
            server.kill_clients()
            try:
                await client.ping()
            except RedisConnectionError:
                lost += 1
    assert lost >= 1


async def test_commands_survive_a_restart(own_server: Callable[..., Server]) -> None:
    server = own_server()
    manager = RedisManager(redis_url=server.url())
    for n in range(3):
        assert await manager.set("k", str(n)) is True
        server.restart()
        assert await manager.set("after", str(n)) is True
        assert await manager.get("after") == str(n)


async def test_a_load_survives_connections_that_are_killed_all_the_time(server: Server) -> None:
    wrong = 0

    async def caller(number: int) -> None:
        nonlocal wrong
        for n in range(40):
            value = f"{number}:{n}"
            stored = await redis_manager.set(f"k{number}", value)
            wrong += not stored or await redis_manager.get(f"k{number}") != value

    load = asyncio.gather(*(caller(number) for number in range(40)))
    kills = 0
    reads = 0
    while not load.done():
        await asyncio.sleep(0.1)
        # Not before some got through: a machine that stands still for so long lets nobody.
        if server.calls("get") >= reads + 50:
            reads = server.calls("get")
            kills += await asyncio.to_thread(server.kill_clients)
    await load
    assert kills >= 20
    assert wrong == 0


async def test_a_storm_of_cancellations_mixes_no_replies_up(server: Server) -> None:
    """A reply that nobody waited for must never answer another's question."""
    rng = random.Random(1)
    keys = [f"storm:{n}" for n in range(200)]
    await redis_manager.mset({key: key for key in keys})
    cancelled = mixed = 0

    async def ask(key: str) -> bool:
        return await redis_manager.get(key) in (key, None)

    for _ in range(10):
        tasks = [asyncio.create_task(ask(key)) for key in keys]
        await asyncio.sleep(rng.random() * 0.005)
        for task in rng.sample(tasks, 80):
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            cancelled += isinstance(result, asyncio.CancelledError)
            mixed += result is False
    assert cancelled >= 100
    assert mixed == 0
    values = await asyncio.gather(*(redis_manager.get(key) for key in keys))
    assert values == keys
    assert len(server.clients()) <= redis_manager.pool.max_connections


@pytest.mark.parametrize("steps", range(8))
async def test_a_cancellation_is_never_lost(own_server: Callable[..., Server], steps: int) -> None:
    """Whatever a caller is at when it is cancelled, it ends at once.

    Python 3.11's `wait_for`, by which redis-py sends, forgets a cancellation that
    comes just as the sending is done; the caller then waits for the answer.
    """
    server = own_server()
    manager = manager_for(server.url(), max_connections=20)
    await asyncio.gather(*(manager.set(f"k{n}", "v") for n in range(100)))
    server.pause()
    try:
        tasks = [asyncio.create_task(manager.get("k1")) for _ in range(20)]
        for _ in range(steps):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        done, late = await asyncio.wait(tasks, timeout=1)
        assert not late
        assert all(task.cancelled() for task in done)
    finally:
        server.resume()
    assert await manager.get("k1") == "v"


async def test_cancelled_callers_give_their_connections_back(server: Server) -> None:
    """More cancelled callers than there are connections, then as many that want one."""
    await redis_manager.initialize()
    size = redis_manager.pool.max_connections
    client = await redis_manager.get_client()
    for _ in range(2):
        tasks = [asyncio.create_task(client.blpop("never", timeout=30)) for _ in range(size)]
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    results = await asyncio.gather(*(redis_manager.set(f"k{n}", "v") for n in range(3 * size)))
    assert results == [True] * 3 * size
    assert redis_manager.get_status()["consecutive_failures"] == 0


async def test_subscribers_leave_with_their_websocket(server: Server) -> None:
    """Handlers that listen and are cancelled leave no subscriber and no connection."""

    async def handler(number: int) -> None:
        async with redis_manager.pubsub() as listener:
            await listener.subscribe(f"user:{number}")
            async for _ in listener.listen():
                pass

    tasks = [asyncio.create_task(handler(n)) for n in range(20)]
    while len(server.admin.pubsub_channels()) < 20:
        await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    while server.admin.pubsub_channels():
        await asyncio.sleep(0.01)
    assert await redis_manager.set("k", "v")


async def test_a_message_arrives(server: Server) -> None:
    async with redis_manager.pubsub() as listener:
        await listener.subscribe("news")
        assert await redis_manager.publish("news", "hello") == 1
        async for message in listener.listen():
            if message["type"] == "message":
                break
        assert message["data"] == "hello"


async def test_the_results_of_a_pipeline_come_in_order(server: Server) -> None:
    async with redis_manager.pipeline() as pipe:
        pipe.set("a", "1")
        pipe.incr("a")
        pipe.get("a")
        assert await pipe.execute() == [True, 2, "2"]
    plain = redis_manager.pipeline()
    plain.set("b", "1")
    assert await plain.execute() == [True]


async def test_an_error_inside_a_pipeline_block_is_the_callers_own(server: Server) -> None:
    """The legacy pipeline answered an application's error with a RuntimeError of its own."""

    async def fail() -> None:
        async with redis_manager.pipeline() as pipe:
            pipe.set("a", "1")
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await fail()
    assert server.admin.get("a") is None


async def test_a_lock_is_held_by_one(server: Server) -> None:
    inside = most = 0

    async def worker() -> None:
        nonlocal inside, most
        async with redis_manager.lock("the lock", timeout=10, blocking_timeout=10):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.01)
            inside -= 1

    await asyncio.gather(*(worker() for _ in range(10)))
    assert most == 1


async def test_the_leader_lock_belongs_to_one_instance(server: Server) -> None:
    assert await redis_manager.acquire_leader_lock("one", 30) is True
    assert await redis_manager.acquire_leader_lock("two", ttl=30) is False
    assert 25 <= server.admin.ttl("leader_lock") <= 30
    assert await redis_manager.release_leader_lock("two") is False
    assert server.admin.get("leader_lock") == "one"
    assert await redis_manager.release_leader_lock("one") is True
    assert await redis_manager.acquire_leader_lock("two") is True
