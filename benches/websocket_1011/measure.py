"""One measurement: a Redis, the application, and many clients at once."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "mission_critical"))

from harness.server import Server  # noqa: E402

INTERNAL_ERROR = 1011
SAMPLE_SECONDS = 0.02


@dataclass(frozen=True)
class Scenario:
    """What is done to the application."""

    name: str
    title: str
    clients: int
    rounds: int
    maxclients: int
    kill_every: float | None = None


@dataclass(frozen=True)
class Result:
    """What came of it."""

    scenario: str
    mode: str
    handshakes: int
    ok: int
    closed_1011: int
    other: int
    peak_connections: int
    client_memory_kb: int
    rejected_connections: int
    p50_ms: float
    p99_ms: float
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Observer(threading.Thread):
    """Watches the server's clients, and cuts their connections if it is told to."""

    def __init__(self, server: Server, kill_every: float | None) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self.memory = 0
        self._server = server
        self._kill_every = kill_every
        self._ended = threading.Event()

    def run(self) -> None:
        killed = time.monotonic()
        while not self._ended.wait(SAMPLE_SECONDS):
            clients = self._server.clients()
            self.peak = max(self.peak, len(clients))
            self.memory = max(self.memory, sum(int(each["tot-mem"]) for each in clients))
            if self._kill_every and time.monotonic() - killed > self._kill_every:
                self._server.kill_clients()
                killed = time.monotonic()

    def __enter__(self) -> Observer:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self.join()


async def _one(port: int, user: str) -> tuple[str, float]:
    """Open a connection, wait for the application's word, and tell how it ended."""
    started = time.perf_counter()
    try:
        async with connect(f"ws://127.0.0.1:{port}/{user}", open_timeout=60) as socket:
            await socket.recv()
            await socket.send("hello")
            await socket.recv()
        outcome = "ok"
    except ConnectionClosed as error:
        outcome = str(error.rcvd.code) if error.rcvd else "cut"
    except (OSError, TimeoutError) as error:
        outcome = type(error).__name__
    return outcome, (time.perf_counter() - started) * 1000


async def _load(port: int, scenario: Scenario) -> list[tuple[str, float]]:
    outcomes = []
    for number in range(scenario.rounds):
        users = [f"user{number}x{each}" for each in range(scenario.clients)]
        outcomes += await asyncio.gather(*(_one(port, user) for user in users))
    return outcomes


def measure(scenario: Scenario, mode: str, python: str = sys.executable) -> Result:
    """Run `scenario` once against the application in `mode`."""
    with Server(f"maxclients {scenario.maxclients}") as server:
        server.admin.set("session:shared", "valid")
        command = [python, str(HERE / "app.py"), mode, server.url()]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as app:
            assert app.stdout
            port = int(app.stdout.readline())
            started = time.perf_counter()
            with Observer(server, scenario.kill_every) as observer:
                outcomes = asyncio.run(_load(port, scenario))
            seconds = time.perf_counter() - started
            app.communicate("")
        rejected = server.stat("rejected_connections")
    counts = Counter(outcome for outcome, _ in outcomes)
    times = sorted(taken for _, taken in outcomes)
    internal = counts[str(INTERNAL_ERROR)]
    return Result(
        scenario=scenario.name,
        mode=mode,
        handshakes=len(outcomes),
        ok=counts["ok"],
        closed_1011=internal,
        other=len(outcomes) - counts["ok"] - internal,
        peak_connections=observer.peak,
        client_memory_kb=observer.memory // 1024,
        rejected_connections=rejected,
        p50_ms=round(statistics.median(times), 1),
        p99_ms=round(times[int(len(times) * 0.99) - 1], 1),
        seconds=round(seconds, 2),
    )
