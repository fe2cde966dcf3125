"""What the manager costs that can be counted; `benches/redis_overhead` measures the rest."""

from __future__ import annotations

import os
import subprocess
import sys

from harness.python import SSOT
from harness.server import Server
from netra_backend.app.redis_manager import (
    AuthKeyValueService,
    RedisCacheManager,
    RedisManager,
    RedisService,
)

PROBE = """
import sys
import redis
before = set(sys.modules)
import netra_backend.app.redis_manager
roots = {name.split(".")[0] for name in set(sys.modules) - before}
print(*sorted(roots - sys.stdlib_module_names))
"""


def test_the_import_brings_only_what_it_names() -> None:
    """How long it takes, the benchmark measures; what it loads beyond redis-py is counted here."""
    env = {**os.environ, "PYTHONPATH": str(SSOT)}
    loaded = subprocess.run([sys.executable, "-c", PROBE], env=env, text=True, **RUN).stdout
    assert loaded.split() == ["netra_backend", "orjson", "purgatory"]


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
