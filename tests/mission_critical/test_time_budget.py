"""The time budget of a call ends that call, and nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator

import pytest

from harness.managers import manager_for
from harness.server import Server
from netra_backend.app.redis_manager import RedisManager, RedisUnavailableError

BUDGET = 0.8
MARGIN = 2.0


@pytest.fixture
def hanging(own_server: Callable[..., Server]) -> Iterator[Server]:
    """A server of its own, which some of the tests stop."""
    server = own_server()
    server.admin.set("k", "v")
    yield server
    server.resume()


@pytest.fixture
def manager(hanging: Server) -> RedisManager:
    return manager_for(
        hanging.url(),
        strict=True,
        operation_timeout=BUDGET,
        pool_timeout=BUDGET / 2,
        # So that the budget, and no other limit, is what ends a call.
        socket_timeout=60,
        breaker_threshold=1000,
    )


def cancellations() -> int:
    task = asyncio.current_task()
    assert task is not None
    return task.cancelling()


async def test_a_call_that_is_over_leaves_its_task_as_it_was(
    hanging: Server, manager: RedisManager
) -> None:
    """A task that counts a cancellation too many breaks task groups and timeouts around it."""
    assert await manager.get("k") == "v"
    hanging.pause()
    for _ in range(2):
        with pytest.raises(RedisUnavailableError):
            await manager.get("k")
        assert cancellations() == 0
    hanging.resume()
    assert await manager.get("k") == "v"
    async with asyncio.TaskGroup() as group:
        found = [group.create_task(manager.get("k")) for _ in range(10)]
    assert [each.result() for each in found] == ["v"] * 10


async def test_each_call_has_its_own_budget(hanging: Server, manager: RedisManager) -> None:
    """A call that began later ends later."""
    await manager.get("k")
    hanging.pause()

    async def taken() -> float:
        started = time.monotonic()
        with pytest.raises(RedisUnavailableError):
            await manager.get("k")
        return time.monotonic() - started

    calls = []
    for _ in range(4):
        calls.append(asyncio.create_task(taken()))
        await asyncio.sleep(BUDGET / 4)
    for seconds in await asyncio.gather(*calls):
        assert BUDGET * 0.9 <= seconds <= BUDGET + MARGIN


async def test_a_callers_own_timeout_is_its_own(hanging: Server, manager: RedisManager) -> None:
    """A shorter time limit around the call ends it as that limit says, not as an outage."""
    await manager.get("k")
    hanging.pause()
    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(BUDGET / 4):
            await manager.get("k")
    assert not isinstance(caught.value, RedisUnavailableError)
    assert cancellations() == 0
    assert manager.get_status()["consecutive_failures"] == 0


async def test_a_callers_longer_timeout_goes_on(hanging: Server, manager: RedisManager) -> None:
    await manager.get("k")
    hanging.pause()
    async with asyncio.timeout(BUDGET * 3 + MARGIN):
        with pytest.raises(RedisUnavailableError):
            await manager.get("k")
        hanging.resume()
        assert await manager.get("k") == "v"
    assert cancellations() == 0


async def test_a_cancellation_is_not_taken_for_the_budget(
    hanging: Server, manager: RedisManager
) -> None:
    await manager.get("k")
    hanging.pause()
    task = asyncio.create_task(manager.get("k"))
    await asyncio.sleep(BUDGET / 4)
    task.cancel("by the caller")
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()


async def test_a_cancellation_at_the_very_end_is_not_lost(
    hanging: Server, manager: RedisManager
) -> None:
    """Around the moment at which the budget ends: over, or cancelled, and never hanging."""
    await manager.get("k")
    hanging.pause()
    for early in (0.01, 0.002, 0.0, -0.002):
        tasks = [asyncio.create_task(manager.get("k")) for _ in range(10)]
        await asyncio.sleep(BUDGET - early)
        cancelled = [task.cancel() for task in tasks]
        done, late = await asyncio.wait(tasks, timeout=MARGIN)
        assert not late
        for task, asked in zip(tasks, cancelled, strict=True):
            over = task in done and not task.cancelled()
            assert task.cancelled() or isinstance(task.exception(), RedisUnavailableError)
            assert asked or over
    hanging.resume()
    assert await manager.get("k") == "v"


async def test_many_calls_end_together(hanging: Server, manager: RedisManager) -> None:
    await manager.get("k")
    hanging.pause()
    started = time.monotonic()
    results = await asyncio.gather(*(manager.get("k") for _ in range(500)), return_exceptions=True)
    assert all(isinstance(each, RedisUnavailableError) for each in results)
    assert time.monotonic() - started <= BUDGET + MARGIN


async def test_calls_in_several_loops_each_end(hanging: Server) -> None:
    """A timer of one loop must not be the timer of another."""

    def work() -> str:
        async def inner() -> str:
            manager = manager_for(
                hanging.url(), strict=True, operation_timeout=BUDGET, pool_timeout=BUDGET / 2
            )
            try:
                await manager.get("k")
            except RedisUnavailableError:
                return "over"
            return "answered"

        return asyncio.run(inner())

    assert await asyncio.to_thread(work) == "answered"
    hanging.pause()
    results = await asyncio.gather(*(asyncio.to_thread(work) for _ in range(3)))
    assert results == ["over"] * 3
