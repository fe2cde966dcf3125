"""What the manager costs that can be counted; `benches/redis_overhead` measures the rest."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from harness.python import SSOT
from harness.server import Server
from netra_backend.app.redis_manager import (
    AuthKeyValueService,
    RedisCacheManager,
    RedisManager,
    RedisService,
)

MOST_IMPORT_SECONDS = 0.050
PROBE = """
import time
import redis
started = time.process_time()
import netra_backend.app.redis_manager
print(time.process_time() - started)
"""


def test_the_import_is_cheap(tmp_path: Path) -> None:
    """Processor time, since it is the same on a busy machine; with bytecode, as deployed."""
    env = {**os.environ, "PYTHONPATH": str(SSOT), "PYTHONPYCACHEPREFIX": str(tmp_path)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    seconds = [
        float(subprocess.run([sys.executable, "-c", PROBE], env=env, **RUN).stdout)
        for _ in range(6)
    ]
    assert min(seconds[1:]) < MOST_IMPORT_SECONDS  # the first compiles


RUN: dict[str, bool] = {"check": True, "capture_output": True}


async def test_no_ping_before_an_operation(server: Server) -> None:
    """The legacy manager sent one with each: as much again as the operation itself."""
    manager = RedisManager()
    for number in range(20):
        key = f"k{number}"
        await manager.set(key, "v")
        await manager.get(key)
        await RedisCacheManager(manager).set(key, 1)
        await RedisService().get(key, user_id="u")
        await AuthKeyValueService(None).get(key)
        client = await manager.get_client()
        await client.get(key)
    assert server.calls("ping") == 0
    assert server.calls("get") == 80
    assert server.calls("set") == 40
    await manager.shutdown()


async def test_one_round_trip_for_each_operation(server: Server) -> None:
    """Nothing else is sent on a connection that is open, whatever its name."""
    manager = RedisManager()
    await manager.set("k", "v")
    server.admin.config_resetstat()
    for _ in range(10):
        await manager.get("k")
    assert server.stat("total_commands_processed") == 10 + 1  # and the reset
    await manager.shutdown()
