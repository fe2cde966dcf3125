"""Records what the legacy managers do, on a real server.

    python -m recordings.record CHECKOUT     (from this folder's parent)

CHECKOUT is a clone of the legacy repository at the last commit that has the
original managers (79707875e). Run it in a virtual environment of its own with
redis 6.4.0, as that commit asks for, and what its imports need: pydantic,
pydantic-settings, email-validator, loguru, bcrypt, argon2-cffi, sqlalchemy,
greenlet, python-dotenv, PyJWT, httpx, requests, fastapi, langchain-core. A
redis-server must be on PATH. The result, `legacy.json`, is committed; nothing
of the legacy code is.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import logging
import os
import sys
import types
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import redis
import redis.asyncio

from harness.server import HOST, Server

from .calls import SCENES
from .player import kind, parameters, perform

OUTPUT = Path(__file__).with_name("legacy.json")
COMMIT = "79707875e"
# In a container the legacy configuration turns 127.0.0.1 into "redis"; not this spelling.
LOOPBACK = "127.1"


def _settings(server: Server) -> dict[str, str]:
    return {
        "ENVIRONMENT": "development",
        "REDIS_HOST": LOOPBACK,
        "REDIS_PORT": str(server.port),
        "REDIS_URL": server.url().replace(HOST, LOOPBACK),
        "REDIS_DB": "0",
        "TEST_DISABLE_REDIS": "false",
    }


def _analytics(url: str) -> types.ModuleType:
    """Stand in for the module that this commit imports but does not contain."""
    module = types.ModuleType("analytics_core.database.redis_manager")

    class Manager:
        @asynccontextmanager
        async def get_connection(self) -> Any:
            async with redis.asyncio.from_url(url, decode_responses=True) as client:
                yield client

    module.get_redis_manager = Manager  # type: ignore[attr-defined]
    module.RedisConnectionError = ConnectionError  # type: ignore[attr-defined]
    return module


def _views(url: str) -> tuple[dict[str, Callable[..., Any]], dict[str, Any]]:
    """Import the legacy classes; return how each is made, and the names that calls mention."""
    from shared.redis import SSOTRedisOperationsManager

    from auth_service.auth_core.redis_manager import AuthRedisManager
    from auth_service.services.redis_service import RedisService as AuthKeyValueService
    from netra_backend.app import redis_manager as ssot
    from netra_backend.app.cache.redis_cache_manager import RedisCacheManager
    from netra_backend.app.core.redis_connection_handler import RedisConnectionHandler
    from netra_backend.app.factories.redis_factory import UserRedisClient
    from netra_backend.app.services.redis_service import RedisService

    sys.modules["analytics_core.database.redis_manager"] = _analytics(url)
    from analytics_core.services.redis_cache_service import CacheType, RedisCacheService

    def cache(**arguments: Any) -> RedisCacheManager:
        # On a plain client: with its own default, the legacy RedisManager, it
        # cannot write at all (`set() got an unexpected keyword argument 'nx'`).
        return RedisCacheManager(redis.asyncio.from_url(url, decode_responses=True), **arguments)

    manager = ssot.redis_manager
    views = {
        "RedisManager": lambda: manager,
        "RedisCacheManager": cache,
        "AuthRedisManager": AuthRedisManager,
        "AuthKeyValueService": lambda: AuthKeyValueService(None),
        "RedisService": RedisService,
        "UserRedisClient": UserRedisClient,
        "UserCacheManager": lambda: ssot.UserCacheManager(manager),
        "RedisConnectionHandler": RedisConnectionHandler,
        "SSOTRedisOperationsManager": SSOTRedisOperationsManager,
        "RedisCacheService": RedisCacheService,
    }
    return views, {"manager": manager, **{each.name: each for each in CacheType}}


async def _auth_connects() -> bool:
    """Tell whether the legacy auth manager can connect as it is.

    It cannot, with any redis-py: it passes `ssl=False` on to a plain connection,
    which has no such parameter. Its blacklist thus never held a token.
    """
    from auth_service.auth_core.redis_manager import AuthRedisManager

    return await AuthRedisManager().connect()


def _repair_auth() -> None:
    """Let it connect, so that its keys and values can be seen: leave the `ssl=False` out."""
    from auth_service.auth_core import redis_manager as module

    class Pool(redis.asyncio.ConnectionPool):
        def __init__(self, *, ssl: bool, **options: Any) -> None:
            assert not ssl
            super().__init__(**options)

    module.redis = types.SimpleNamespace(Redis=redis.asyncio.Redis, ConnectionPool=Pool)


async def _record(server: Server) -> dict[str, Any]:
    views, names = _views(server.url())
    auth_connects = await _auth_connects()
    _repair_auth()
    await names["manager"].initialize()
    recorded = []
    for scene in SCENES:
        server.admin.flushall()
        view = views[scene.view](**scene.arguments)
        outcomes = await perform(view, scene, server.admin, names)
        recorded.append({"scene": scene.name, "view": scene.view, "outcomes": outcomes})
    await names["manager"].shutdown()
    return {"auth_connects": auth_connects, "interfaces": _interfaces(), "scenes": recorded}


MODULES = (
    "auth_service.auth_core.redis_manager",
    "auth_service.services.redis_service",
    "analytics_core.services.redis_cache_service",
    "netra_backend.app.cache.redis_cache_manager",
    "netra_backend.app.core.redis_connection_handler",
    "netra_backend.app.db.redis_manager",
    "netra_backend.app.factories.redis_factory",
    "netra_backend.app.managers.redis_manager",
    "netra_backend.app.redis_manager",
    "netra_backend.app.services.redis_service",
    "shared.redis.ssot_redis_operations",
)


def _interfaces() -> dict[str, dict[str, dict[str, Any]]]:
    """Return what each name is that a legacy module defines or re-exports from another."""
    found = {}
    for name in MODULES:
        module = importlib.import_module(name)
        # The analytics image has its package at the top; the repository has a folder above it.
        full = name if not name.startswith("analytics_core") else f"analytics_service.{name}"
        found[full] = {
            member: _interface(value)
            for member, value in sorted(vars(module).items())
            if not member.startswith("_") and _belongs(value)
        }
    return found


def _interface(value: Any) -> dict[str, Any]:
    """Return its kind, and what it can be called with; for a class, the same of its members."""
    described: dict[str, Any] = {"kind": kind(value)}
    # An exception that takes what every exception takes has no signature.
    if (
        not issubclass(value, Exception)
        if inspect.isclass(value)
        else described["kind"] != "instance"
    ):
        described["parameters"] = parameters(value)
    if described["kind"] == "class":
        described["members"] = {
            name: _interface(getattr(value, name))
            for name in sorted(vars(value))
            if not name.startswith("_") and callable(getattr(value, name))
        }
    return described


def _belongs(value: object) -> bool:
    """Tell whether `value` is, or is of, a class or function of one of the modules."""
    home = getattr(value, "__module__", None) or type(value).__module__
    return not isinstance(value, types.ModuleType) and home in MODULES


def _lines(recording: dict[str, Any]) -> str:
    """Return the recording as JSON with one outcome a line, so that a difference is a line."""

    def dump(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)

    scenes = ",\n".join(
        f' {{"scene": {dump(scene["scene"])}, "view": {dump(scene["view"])}, "outcomes": [\n  '
        + ",\n  ".join(map(dump, scene["outcomes"]))
        + "\n ]}"
        for scene in recording["scenes"]
    )
    interfaces = ",\n".join(
        f" {dump(name)}: {{\n  "
        + ",\n  ".join(f"{dump(each)}: {dump(value)}" for each, value in names.items())
        + "\n }"
        for name, names in recording["interfaces"].items()
    )
    head = "".join(
        f"{dump(key)}: {dump(recording[key])},\n"
        for key in recording
        if key not in ("interfaces", "scenes")
    )
    return f'{{{head}"interfaces": {{\n{interfaces}\n}},\n"scenes": [\n{scenes}\n]}}\n'


def main() -> None:
    checkout = Path(sys.argv[1]).resolve()
    sys.path[:0] = [str(checkout), str(checkout / "analytics_service")]
    logging.disable(logging.CRITICAL)
    with Server() as server:
        os.environ.update(_settings(server))
        recorded = asyncio.run(_record(server))
    recording = {"commit": COMMIT, "redis_py": redis.__version__, **recorded}
    OUTPUT.write_text(_lines(recording), encoding="utf-8")
    for scene in recorded["scenes"]:
        raised = sum("raised" in each for each in scene["outcomes"])
        print(f"{scene['scene']}: {len(scene['outcomes'])} calls, {raised} raised")


if __name__ == "__main__":
    main()
