"""Measures what the manager costs beside plain redis-py, and what importing it costs.

    python benches/redis_overhead/run.py [--rounds N] [--operations N] [--check]

Both sides talk to one server, in turn, with as many connections and callers. A round is short,
so that what else the machine does falls on both sides of it alike.
`--check` ends with 1 if the manager is over its limits.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "ssot"), str(ROOT / "tests" / "mission_critical")]

import redis.asyncio  # noqa: E402
from redis.asyncio.retry import Retry  # noqa: E402
from redis.backoff import ExponentialWithJitterBackoff  # noqa: E402

from harness.server import Server  # noqa: E402

CALLERS = 50
IMPORT_RUNS = 25
MOST_OVERHEAD = 0.15
MOST_IMPORT_SECONDS = 0.050

NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"
IMPORT_PROBE = """
import sys, time
import redis.asyncio
sys.path.insert(0, sys.argv[1])
started = time.process_time()
import netra_backend.app.redis_manager
print(time.process_time() - started)
"""

Operation = Callable[[str], Awaitable[object]]


def plain(url: str, connections: int) -> redis.asyncio.Redis:
    """Return a client as careful as the manager's: bounded, waiting, retrying."""
    pool = redis.asyncio.BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=10,
        decode_responses=True,
        retry=Retry(ExponentialWithJitterBackoff(), 3),
    )
    return redis.asyncio.Redis.from_pool(pool)


class Taken(NamedTuple):
    """Seconds by the clock, and seconds of this process's processor time."""

    clock: float
    processor: float


async def taken(operation: Operation, operations: int) -> Taken:
    """Return what `CALLERS` callers take for `operations` operations in all."""

    async def caller(number: int) -> None:
        for _ in range(operations // CALLERS):
            await operation(f"bench:{number}")

    gc.collect()
    clock, processor = time.perf_counter(), time.process_time()
    await asyncio.gather(*(caller(number) for number in range(CALLERS)))
    return Taken(time.perf_counter() - clock, time.process_time() - processor)


class Comparison(NamedTuple):
    """One command: operations a second of both, and the medians of the ratios."""

    plain_rate: float
    manager_rate: float
    clock_ratio: float
    processor_ratio: float


def compared(rounds: list[tuple[Taken, Taken]], operations: int) -> Comparison:
    median = statistics.median
    return Comparison(
        operations / median(theirs.clock for theirs, _ in rounds),
        operations / median(ours.clock for _, ours in rounds),
        median(ours.clock / theirs.clock for theirs, ours in rounds),
        median(ours.processor / theirs.processor for theirs, ours in rounds),
    )


async def compare(url: str, rounds: int, operations: int) -> dict[str, Comparison]:
    """Let both do each command, in turn."""
    from netra_backend.app.redis_manager import RedisManager

    manager = RedisManager(redis_url=url)
    await manager.initialize()
    connections = manager.pool.max_connections
    value = "x" * 100
    found = {}
    async with plain(url, connections) as other:
        pairs: dict[str, tuple[Operation, Operation]] = {
            "SET": (lambda key: other.set(key, value), lambda key: manager.set(key, value)),
            "GET": (other.get, manager.get),
        }
        for command, (theirs, ours) in pairs.items():
            times: list[tuple[Taken, Taken]] = []
            for number in range(rounds + 1):
                if number % 2:  # the first in turn, too
                    first = await taken(theirs, operations)
                    times.append((first, await taken(ours, operations)))
                else:
                    second = await taken(ours, operations)
                    times.append((await taken(theirs, operations), second))
            found[command] = compared(times[1:], operations)  # the first round warms up
    await manager.shutdown()
    return found


def import_seconds() -> float:
    """Return what importing the module takes where redis-py is imported already.

    Bytecode is kept, as in every deployment: without it, this would time the compiler.
    """
    command = [sys.executable, "-c", IMPORT_PROBE, str(ROOT / "ssot")]
    with tempfile.TemporaryDirectory() as cache:
        env = {name: text for name, text in os.environ.items() if name != NO_BYTECODE}
        env["PYTHONPYCACHEPREFIX"] = cache
        runs = [
            float(subprocess.run(command, env=env, capture_output=True, check=True).stdout)
            for _ in range(IMPORT_RUNS + 1)
        ]
    return statistics.median(runs[1:])  # the first compiles


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--operations", type=int, default=1000)
    parser.add_argument("--check", action="store_true", help="end with 1 if over the limits")
    options = parser.parse_args()
    with Server() as server:
        found = asyncio.run(compare(server.url(), options.rounds, options.operations))
    imported = import_seconds()
    print("| command | redis-py, ops/s | manager, ops/s | more time | more processor time |")
    print("| --- | --: | --: | --: | --: |")
    for command, each in found.items():
        print(
            f"| {command} | {each.plain_rate:,.0f} | {each.manager_rate:,.0f} "
            f"| {each.clock_ratio - 1:+.1%} | {each.processor_ratio - 1:+.1%} |"
        )
    print(f"\nimport, beyond redis-py: {imported * 1000:.1f} ms of processor time")
    worst = max(max(each.clock_ratio, each.processor_ratio) - 1 for each in found.values())
    return int(options.check and (worst > MOST_OVERHEAD or imported > MOST_IMPORT_SECONDS))


if __name__ == "__main__":
    sys.exit(main())
