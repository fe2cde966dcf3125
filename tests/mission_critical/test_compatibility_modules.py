"""The old module paths still work, say once that they are old, and say it at the caller's line."""

from __future__ import annotations

import hashlib
import json
import shutil
import tomllib
from pathlib import Path

import pytest

from harness.python import ROOT, SSOT, run, said
from harness.server import Server

RULES = tomllib.loads((ROOT / "rules" / "redis-ssot.toml").read_text("utf-8"))
RECORDING = Path(__file__).parent / "recordings" / "legacy.json"
INTERFACES = json.loads(RECORDING.read_text("utf-8"))["interfaces"]


def old_names() -> dict[str, dict[str, str]]:
    """Return for each old module the names that it had and that have moved, with their kinds."""
    return {
        move["from"]: {
            name: INTERFACES[move["from"]][name]["kind"]
            for name, target in move["names"].items()
            if name in INTERFACES[move["from"]] and ":" not in target
        }
        for move in RULES["move"]
    }


LEGACY = old_names()
NAMES = [(module, name) for module, names in LEGACY.items() for name in names]
# Services of their own: their modules may bring their own classes.
INDEPENDENT = ("auth_service.", "analytics_service.")


def targets(module: str) -> dict[str, str]:
    return next(move["names"] for move in RULES["move"] if move["from"] == module)


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_an_old_name_is_there_warns_once_and_points_at_the_caller(
    module: str, name: str, tmp_path: Path
) -> None:
    caller = tmp_path / "caller.py"
    caller.write_text(
        "import sys\n"
        "import importlib\n"
        f"import {module}\n"
        "print('imported', file=sys.stderr)\n"
        f"from {module} import {name}\n"
        f"from {module} import {name} as again\n"
        f"assert {name} is again\n"
        f"assert getattr(importlib.import_module('{module}'), '{name}') is again\n"
    )
    done = run("import runpy, sys; runpy.run_path(sys.argv[1])", str(caller), warnings="always")
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    assert lines[0] == "imported", "importing the module alone says nothing"
    warned = [line for line in lines if "DeprecationWarning" in line]
    assert len(warned) == 1, done.stderr
    assert warned[0].startswith(f"{caller}:5: DeprecationWarning: "), warned[0]
    assert name in warned[0]
    assert "netra_backend.app.redis_manager" in warned[0]


@pytest.mark.parametrize("module", LEGACY)
def test_the_old_names_are_the_new_objects_of_the_same_kinds(module: str) -> None:
    output = said(
        f"""
        import json, sys
        import {module} as old
        import netra_backend.app.redis_manager as new
        from recordings.player import kind
        found = {{}}
        for name, target in json.loads(sys.argv[1]).items():
            value = getattr(old, name)
            found[name] = [kind(value), value is getattr(new, target)]
        print(json.dumps(found))
        """,
        json.dumps({name: targets(module)[name] for name in LEGACY[module]}),
        path=(SSOT, Path(__file__).parent),
        warnings="ignore",
    )
    for name, (found, same) in json.loads(output).items():
        assert found == LEGACY[module][name], name
        assert same or module.startswith(INDEPENDENT), name


@pytest.mark.parametrize("module", LEGACY)
def test_a_name_that_never_was_is_an_attribute_error(module: str) -> None:
    done = run(f"from {module} import no_such_name")
    assert done.returncode == 1
    assert "ImportError: cannot import name 'no_such_name'" in done.stderr


@pytest.mark.parametrize("module", LEGACY)
def test_an_old_module_lists_its_names(module: str) -> None:
    listed = said(f"import {module} as old; print(*sorted(set(dir(old)) & set(old.__all__)))")
    assert set(LEGACY[module]) <= set(listed.split())


def test_a_warning_that_is_an_error_stops_only_the_old_name() -> None:
    done = run("from netra_backend.app.cache.redis_cache_manager import RedisCacheManager")
    assert done.returncode == 1
    assert "DeprecationWarning" in done.stderr
    assert said("from netra_backend.app.redis_manager import RedisCacheManager") == ""


AUTH_ALONE = """
import asyncio, sys
try:
    import netra_backend
except ImportError:
    print("alone")
from auth_service.auth_core.redis_manager import AuthRedisManager, auth_redis_manager as auth

async def work():
    print(auth.enabled, await auth.connect(), auth.connected, auth.db)
    print(await auth.store_session("s", {"user_id": "u"}, 60), await auth.get_session("s"))
    print(await auth.blacklist_token("token", 60), await auth.is_token_blacklisted("token"))
    print(await auth.is_token_blacklisted("another"), await auth.is_token_blacklisted("old"))
    print(await auth.cache_user_permissions("u", ["read"]), await auth.get_cached_permissions("u"))
    print(await auth.delete_session("s"), (await auth.health_check())["status"])
    await auth.disconnect()

asyncio.run(work())
"""


@pytest.fixture
def auth_image(tmp_path: Path) -> Path:
    """What the image of the auth service holds: its own package, and what is shared."""
    for name in ("auth_service", "shared"):
        if (SSOT / name).is_dir():
            shutil.copytree(SSOT / name, tmp_path / name)
    return tmp_path


def test_auth_works_where_netra_backend_is_not(server: Server, auth_image: Path) -> None:
    hashed = "auth:blacklist:v2:" + hashlib.sha256(b"old").hexdigest()
    with server.database(1) as db:
        db.set("auth:blacklist:old", "blacklisted")
    output = said(AUTH_ALONE, path=(auth_image,), warnings="ignore")
    with server.database(1) as db:  # honoured for one lifetime, and by its hash from now on
        assert 29 * 86400 < db.ttl("auth:blacklist:old") <= 30 * 86400
        assert 29 * 86400 < db.ttl(hashed) <= 30 * 86400
    assert output.splitlines() == [
        "alone",
        "True True True 1",
        "True {'user_id': 'u'}",
        "True True",
        "False True",
        "True ['read']",
        "True healthy",
    ]
    server.wait_for_clients(0)


def test_auth_alone_stores_nothing_whose_time_is_over(server: Server, auth_image: Path) -> None:
    done = run(
        """
        import asyncio
        from auth_service.auth_core.redis_manager import AuthRedisManager
        from auth_service.services.redis_service import RedisService

        async def work():
            print(await RedisService(None).set("k", "v", ex=0))
            auth = AuthRedisManager()
            print(auth.get_client(), await auth.connect(), await auth.get("k"))
            print(await (await auth.get_client()).set("asked", "for"))

        asyncio.run(work())
        """,
        path=(auth_image,),
        warnings="ignore",
        env={"TEST_DISABLE_REDIS": "true"},
    )
    assert done.stdout.splitlines() == ["False", "None False None", "True"], done.stderr
    with server.database(1) as db:
        assert db.keys("*") == ["asked"]


def test_auth_alone_says_so_when_redis_is_down(auth_image: Path) -> None:
    done = run(
        """
        import asyncio
        from auth_service.auth_core.redis_manager import auth_redis_manager as auth

        async def work():
            print(await auth.connect(), auth.connected)
            # Nobody knows whether it was revoked, so it was.
            print(await auth.is_token_blacklisted("token"))
            print((await auth.health_check())["status"])

        asyncio.run(work())
        """,
        path=(auth_image,),
        warnings="ignore",
        env={"REDIS_URL": "redis://127.0.0.1:1/0"},
    )
    assert done.stdout.splitlines() == ["False False", "True", "unhealthy"], done.stderr
    assert "Traceback" not in done.stderr


ANALYTICS_ALONE = """
import asyncio
try:
    import netra_backend
except ImportError:
    print("alone")
from analytics_service.analytics_core.services.redis_cache_service import (
    CacheType, RedisCacheService, cache_user_session, get_user_session,
)

async def work():
    cache = RedisCacheService()
    print(await cache.set(CacheType.HOT_PROMPTS, "p", {"n": 1}, ttl=60))
    print(await cache.get(CacheType.HOT_PROMPTS, "p"))
    print(await cache_user_session("a:b", {"n": 2}), await get_user_session("a:b"))
    print(await cache.get(CacheType.USER_SESSION, "b", user_id="a"))
    print(await cache.delete(CacheType.HOT_PROMPTS, "p"))

asyncio.run(work())
"""


def test_analytics_works_where_netra_backend_is_not(server: Server, tmp_path: Path) -> None:
    for name in ("analytics_service", "shared"):
        shutil.copytree(SSOT / name, tmp_path / name)
    alone = said(ANALYTICS_ALONE, path=(tmp_path,), warnings="ignore")
    keys = {key: server.admin.type(key) for key in server.admin.keys("*")}
    server.admin.flushall()
    beside = said(ANALYTICS_ALONE, path=(SSOT,), warnings="ignore")
    assert alone.splitlines() == ["alone", *beside.splitlines()]
    assert alone.splitlines()[1:] == ["True", "{'n': 1}", "True {'n': 2}", "None", "True"]
    assert keys == {key: server.admin.type(key) for key in server.admin.keys("*")}
    server.wait_for_clients(0)
