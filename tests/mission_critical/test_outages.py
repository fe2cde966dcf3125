"""Redis goes away and comes back, for real: what callers get, how soon, and what is said of it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
import redis
from purgatory import AsyncCircuitBreakerFactory

from harness.managers import manager_for
from harness.server import HOST, Server, free_port, wait_for
from netra_backend.app.redis_manager import RedisManager, RedisUnavailableError

MakeServer = Callable[..., Server]
LOGGER = "netra_backend.app.redis_manager"
THRESHOLD = 3
RECOVERY = 0.4
BUDGET = 1.0
# A budget is a promise about seconds, not about milliseconds on a busy machine.
MARGIN = 2.0


def quick(server: Server, **settings: object) -> RedisManager:
    """Make a manager that does not wait for long."""
    given = {
        "pool_timeout": 0.5,
        "socket_timeout": 0.3,
        "socket_connect_timeout": 0.3,
        "operation_timeout": BUDGET,
        "retries": 2,
        "breaker_threshold": THRESHOLD,
        "breaker_recovery": RECOVERY,
    }
    return manager_for(server.url(), **{**given, **settings})


def breaker(manager: RedisManager) -> str:
    state: str = manager.get_status()["circuit_breaker"]["state"]
    return state


@contextmanager
def within(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds + MARGIN


async def open_breaker(manager: RedisManager) -> None:
    """Fail often enough; the server is away."""
    for _ in range(THRESHOLD):
        assert await manager.get("k") is None
    assert breaker(manager) == "opened"


FAILURES = [
    ("get", ("k",), None),
    ("set", ("k", "v"), False),
    ("delete", ("k",), 0),
    ("exists", ("k",), False),
    ("expire", ("k", 5), False),
    ("ttl", ("k",), -2),
    ("keys", ("*",), []),
    ("scan_keys", ("*",), []),
    ("mget", (["a", "b"],), [None, None]),
    ("mset", ({"a": "1"},), False),
    ("incr", ("n",), 0),
    ("lpush", ("l", "v"), 0),
    ("rpop", ("l",), None),
    ("llen", ("l",), 0),
    ("lrange", ("l", 0, -1), []),
    ("hget", ("h", "f"), None),
    ("hgetall", ("h",), {}),
    ("smembers", ("s",), []),
    ("get_json", ("j",), None),
    ("set_json", ("j", {}), False),
    ("memory_usage", ("k",), None),
    ("ping", (), False),
]


async def test_a_killed_server_gives_failure_values_in_time(own_server: MakeServer) -> None:
    server = own_server()
    manager = quick(server, breaker_threshold=1000)
    assert await manager.set("k", "v")
    server.kill()
    for name, arguments, failure in FAILURES:
        with within(BUDGET):
            result = await getattr(manager, name)(*arguments)
        assert result == failure, name
    status = manager.get_status()
    assert status["connected"] is False
    assert status["consecutive_failures"] >= 1


async def test_strict_raises_instead(own_server: MakeServer) -> None:
    server = own_server()
    manager = quick(server, strict=True)
    assert await manager.get("missing") is None
    server.kill()
    for name, arguments, _ in FAILURES[:6]:
        with pytest.raises(RedisUnavailableError), within(BUDGET):
            await getattr(manager, name)(*arguments)


async def test_a_server_that_hangs_costs_no_more_than_the_budget(own_server: MakeServer) -> None:
    """Stopped, with its sockets open: only a time limit helps."""
    server = own_server()
    manager = quick(server, breaker_threshold=1000, retries=50)
    assert await manager.set("k", "v")
    server.pause()
    try:
        with within(BUDGET):
            results = await asyncio.gather(*(manager.get("k") for _ in range(100)))
        assert results == [None] * 100
    finally:
        server.resume()
    assert await manager.get("k") == "v"


async def test_a_late_answer_is_not_taken_for_another_ones(own_server: MakeServer) -> None:
    """Callers gave up; what the server then says on their connections answers nobody."""
    server = own_server()
    manager = quick(server, breaker_threshold=1000, retries=0, max_connections=5)
    for n in range(40):
        await manager.set(f"k{n}", f"v{n}")
    for _ in range(3):
        server.pause()
        try:
            results = await asyncio.gather(*(manager.get("k0") for _ in range(5)))
        finally:
            server.resume()
        assert results == [None] * 5
        assert manager.get_status()["connected"] is False
        values = await asyncio.gather(*(manager.get(f"k{n}") for n in range(1, 40)))
        assert values == [f"v{n}" for n in range(1, 40)]


async def test_plain_redis_py_waits_without_a_budget(own_server: MakeServer) -> None:
    """Its own timeout is for each attempt; retries multiply it."""
    server = own_server()
    server.pause()
    client = redis.asyncio.Redis(host=HOST, port=server.port)
    try:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.get("k"), BUDGET + MARGIN)
    finally:
        server.resume()
        await client.aclose()


async def test_the_breaker_opens_lets_one_probe_through_and_closes(
    own_server: MakeServer,
) -> None:
    server = own_server()
    manager = quick(server)
    await manager.set("k", "v")
    assert breaker(manager) == "closed"
    server.kill()
    await open_breaker(manager)

    started = time.monotonic()
    assert await asyncio.gather(*(manager.get("k") for _ in range(500))) == [None] * 500
    assert time.monotonic() - started < MARGIN, "an open breaker asks nobody"

    server.start()
    server.admin.set("k", "v")
    await asyncio.sleep(RECOVERY + 0.1)
    server.admin.config_resetstat()
    answers = await asyncio.gather(*(manager.get("k") for _ in range(20)))
    assert sorted(answers, key=str) == [None] * 19 + ["v"]
    assert server.calls("get") == 1
    assert breaker(manager) == "closed"
    assert await asyncio.gather(*(manager.get("k") for _ in range(20))) == ["v"] * 20


async def test_a_failed_probe_opens_the_breaker_again(own_server: MakeServer) -> None:
    server = own_server()
    manager = quick(server)
    await manager.set("k", "v")
    server.kill()
    await open_breaker(manager)
    await asyncio.sleep(RECOVERY + 0.1)
    assert await manager.get("k") is None
    assert breaker(manager) == "opened"


async def test_a_cancelled_probe_does_not_block_the_next(own_server: MakeServer) -> None:
    server = own_server()
    manager = quick(server)
    await manager.set("k", "v")
    server.pause()
    try:
        await open_breaker(manager)
        await asyncio.sleep(RECOVERY + 0.1)
        probe = asyncio.create_task(manager.get("k"))
        await asyncio.sleep(0.05)
        probe.cancel()
        await asyncio.gather(probe, return_exceptions=True)
    finally:
        server.resume()
    await asyncio.sleep(RECOVERY + 0.1)
    assert await manager.get("k") == "v"
    assert breaker(manager) == "closed"


async def test_purgatory_alone_lets_every_caller_probe() -> None:
    """Why the manager has a gate of its own."""
    factory = AsyncCircuitBreakerFactory(default_threshold=1, default_ttl=0.01)
    circuit = await factory.get_breaker("naive")
    with pytest.raises(ConnectionError):
        async with circuit:
            raise ConnectionError
    await asyncio.sleep(0.05)
    tried = 0

    async def probe() -> None:
        nonlocal tried
        async with circuit:
            tried += 1
            await asyncio.sleep(0.01)

    await asyncio.gather(*(probe() for _ in range(20)), return_exceptions=True)
    assert tried > 1


async def test_a_wrong_type_is_not_an_outage(own_server: MakeServer) -> None:
    server = own_server()
    manager = quick(server)
    server.admin.lpush("list", "v")
    await manager.set("k", "v")
    opened = server.stat("total_connections_received")
    for _ in range(THRESHOLD * 3):
        assert await manager.get("list") is None
        assert await manager.get("k") == "v"
    assert breaker(manager) == "closed"
    assert manager.get_status()["connected"] is True
    assert server.stat("total_connections_received") - opened <= 1


async def test_a_full_pool_is_not_an_outage(own_server: MakeServer) -> None:
    server = own_server()
    manager = quick(server, max_connections=2)
    client = await manager.get_client()
    busy = [asyncio.create_task(client.blpop("never", timeout=20)) for _ in range(2)]
    while sum("b" in each["flags"] for each in server.clients()) < 2:
        await asyncio.sleep(0.01)
    with within(BUDGET):
        assert await asyncio.gather(*(manager.get("k") for _ in range(10))) == [None] * 10
    assert breaker(manager) == "closed"
    status = manager.get_status()
    assert status["consecutive_failures"] == 0
    for task in busy:
        task.cancel()
    await asyncio.gather(*busy, return_exceptions=True)
    assert await manager.set("k", "v") is True


async def test_a_pool_that_was_full_a_moment_ago_is_no_outage_either(
    own_server: MakeServer,
) -> None:
    """The connection comes back when the time to wait for it is just over."""
    manager = manager_for(own_server().url(), max_connections=1, pool_timeout=0.1)
    pool = manager.pool
    connection = await pool.get_connection()
    waiting = asyncio.create_task(manager.get("k"))
    await asyncio.sleep(0.01)
    time.sleep(0.2)  # so that both happen in the loop's next round
    await asyncio.sleep(0)
    await pool.release(connection)
    assert await waiting is None
    assert manager.get_status()["counters"] == {"pool_exhausted": 1}
    assert manager.get_status()["consecutive_failures"] == 0
    await manager.shutdown()


async def test_an_outage_is_told_once_and_so_is_its_end(
    own_server: MakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    server = own_server()
    manager = quick(server)
    caplog.set_level(logging.INFO, LOGGER)
    for _ in range(10):
        await manager.set("k", "v")
    server.kill()
    caplog.clear()
    for _ in range(10):
        await asyncio.gather(*(manager.get("k") for _ in range(20)))
    told = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(told) == 1, [record.getMessage() for record in told]
    assert "unavailable" in told[0].getMessage()

    server.start()
    await asyncio.sleep(RECOVERY + 0.1)
    caplog.clear()
    for _ in range(10):
        await manager.set("k", "v")
    assert len(caplog.records) == 1, [record.getMessage() for record in caplog.records]


async def test_a_server_that_takes_no_more_clients(own_server: MakeServer) -> None:
    server = own_server("maxclients 5")
    manager = quick(server)
    with ExitStack() as stack:
        for _ in range(4):  # and the harness's own
            stack.enter_context(
                redis.Redis(host=HOST, port=server.port, single_connection_client=True)
            ).ping()
        with within(BUDGET):
            assert await manager.set("k", "v") is False
        assert manager.get_status()["connected"] is False
        assert server.stat("rejected_connections") >= 1
    await asyncio.sleep(RECOVERY + 0.1)
    assert await manager.set("k", "v") is True
    assert await manager.get("k") == "v"


async def test_a_wrong_password(own_server: MakeServer, caplog: pytest.LogCaptureFixture) -> None:
    server = own_server(password="correct-horse")
    secret = "battery-staple"
    manager = manager_for(server.url(password=secret))
    caplog.set_level(logging.DEBUG, LOGGER)
    with within(BUDGET):
        assert await manager.initialize() is False
        assert await manager.get("k") is None
        assert await manager.ping() is False
    assert manager.is_connected is False
    everything = caplog.text + repr(manager.get_status()) + repr(manager)
    assert secret not in everything
    assert await manager_for(server.url()).set("k", "v") is True


async def test_nobody_listens() -> None:
    manager = manager_for(f"redis://{HOST}:{free_port()}/0", operation_timeout=6.0)
    with within(6.0):
        assert await manager.initialize() is False
        assert await manager.get("k") is None
    assert manager.is_connected is False


async def test_a_name_that_does_not_resolve() -> None:
    manager = manager_for("redis://no-such-host.invalid:6379/0", operation_timeout=6.0)
    with within(6.0):
        assert await manager.initialize() is False
    assert manager.is_connected is False


async def test_a_status_during_an_outage_is_honest(own_server: MakeServer) -> None:
    server = own_server()
    manager = quick(server)
    assert await manager.initialize() is True
    before = manager.get_status()
    assert (before["connected"], before["consecutive_failures"]) == (True, 0)
    server.kill()
    await open_breaker(manager)
    during = manager.get_status()
    assert during["connected"] is manager.is_connected is False
    assert during["consecutive_failures"] >= THRESHOLD
    assert manager.get_cache_stats()["connected"] is False
    server.start()
    await manager.reset_circuit_breaker()
    assert await manager.force_reconnect() is True
    assert manager.get_status()["connected"] is True
    assert manager.get_status()["consecutive_failures"] == 0


async def test_the_port_is_free_again_when_a_server_is_killed(own_server: MakeServer) -> None:
    """The harness itself: killed is killed, and the same port serves again."""
    server = own_server()
    port = server.port
    server.restart()
    assert server.port == port
    wait_for("an answer", lambda: server.admin.ping())
