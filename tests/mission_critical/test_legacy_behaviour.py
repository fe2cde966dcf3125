"""The views do what the legacy managers did: same keys, same bytes, same lifetimes, same results.

`recordings/legacy.json` was recorded from the legacy managers on a real server
by `recordings/record.py`. Where a view is meant to differ, `DIFFERENT` or
`BROKEN` below says how, and why; nothing else may differ.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from harness.server import Server
from netra_backend.app import redis_manager as module
from recordings.calls import SCENES, Scene
from recordings.player import perform

RECORDING = json.loads(Path(__file__).parent.joinpath("recordings/legacy.json").read_text("utf-8"))
RECORDED = {scene["scene"]: scene["outcomes"] for scene in RECORDING["scenes"]}
SLACK_SECONDS = 10  # on a busy machine a scene takes a while

Outcome = dict[str, Any]


def _as_int(outcome: Outcome) -> Outcome:
    return {**outcome, "type": "int", "value": int(outcome["value"])}


def _gave(value: object) -> Callable[[Outcome], Outcome]:
    return lambda outcome: {**outcome, "type": type(value).__name__, "value": value}


class Difference(NamedTuple):
    """What is to be seen instead of what was recorded."""

    scenes: tuple[str, ...]
    members: tuple[str, ...]
    instead: Callable[[Outcome], Outcome]
    why: str


DIFFERENT = [
    Difference(
        ("manager: strings", "user service"),
        ("delete", "exists"),
        _as_int,
        "both take several keys on the manager and its user views, so they return how many; "
        "0 and 1 are as true as False and True",
    ),
    Difference(
        ("auth key-value service",),
        ("connect",),
        _gave(True),
        "tells whether Redis answered; it gave nothing",
    ),
    Difference(
        ("auth key-value service",),
        ("get",),
        _gave("v"),
        "the legacy service called `decode` on a text, swallowed the error, and so returned "
        "None for every key",
    ),
    Difference(
        ("auth: users",),
        (".connected",),
        _gave(True),
        "disconnecting a view leaves the shared pool as it is",
    ),
    Difference(
        ("synchronous handler",),
        ("@client",),
        lambda outcome: {
            **outcome,
            "value": [
                {**each, "type": "str"} if each["type"] == "bytes" else each
                for each in outcome["value"]
            ],
        },
        "the legacy handler asked for text by `decode_responses=True`, and got bytes, because "
        "redis-py takes no such option beside a pool",
    ),
]

# Calls that never worked on the legacy classes, and what they give now. The
# legacy RedisService and UserRedisClient called methods and keywords that the
# legacy RedisManager did not have.
BROKEN: dict[str, list[object]] = {
    "user service: what was broken": [
        True,
        1,  # and the key with the prefix, as `set` wrote it; it was the bare key
        0,
        2,
        "a",
        1,
        2,
        "v",
        {"f": "v", "g": "w", "i": "z"},
        True,
        True,
        90,
        -2,
        True,
    ],
    "user client: what was broken": [
        True,
        "v",
        True,
        {"a": 1},
        True,
        True,
        30,
        1,
        "v",
        {"f": "v"},
        2,
        2,
        "a",
        ["h", "j", "k", "l"],
        2,
        True,
        "u1",
    ],
}


def make_views() -> tuple[dict[str, Callable[..., Any]], dict[str, Any]]:
    """Return how each view is made, and the names that calls mention."""
    manager = module.redis_manager
    views: dict[str, Callable[..., Any]] = {
        "RedisManager": lambda: manager,
        "RedisCacheManager": module.RedisCacheManager,
        "AuthRedisManager": module.AuthRedisManager,
        "AuthKeyValueService": lambda: module.AuthKeyValueService(None),
        "RedisService": module.RedisService,
        "UserRedisClient": module.UserRedisClient,
        "UserCacheManager": lambda: module.UserCacheManager(manager),
        "RedisConnectionHandler": module.RedisConnectionHandler,
        "SSOTRedisOperationsManager": module.SSOTRedisOperationsManager,
        "RedisCacheService": module.RedisCacheService,
    }
    return views, {"manager": manager, **{each.name: each for each in module.CacheType}}


async def replay(scene: Scene, server: Server) -> list[Outcome]:
    views, names = make_views()
    await module.redis_manager.initialize()
    view = views[scene.view](**scene.arguments)
    outcomes = await perform(view, scene, server.admin, names)
    if isinstance(view, module.RedisConnectionHandler):
        view.create_connection_pool().disconnect()
    # As JSON holds it, so that a tuple or a subclass of int compares as it should.
    return json.loads(json.dumps(outcomes))


def _token_key(key: str) -> str:
    """Return where the key of a revoked token is now: by its hash, never by itself."""
    prefix = "1/auth:blacklist:"
    if not key.startswith(prefix) or key.endswith(":old"):  # `old` was there before
        return key
    token = key.removeprefix(prefix)
    return f"{prefix}v2:{hashlib.sha256(token.encode()).hexdigest()}"


HASH_OF_OLD = f"1/auth:blacklist:v2:{hashlib.sha256(b'old').hexdigest()}"


def _content(stored: Any) -> Any:
    """Return what a reader gets out of `stored`.

    JSON is written without blanks and without escapes now, which no reader of JSON notices.
    """
    try:
        return json.loads(stored)
    except (TypeError, ValueError):
        return stored


def about_as_long(found: int, wanted: int) -> bool:
    """Compare times to live; -1 and -2 are not times."""
    return found == wanted or (min(found, wanted) >= 0 and abs(found - wanted) <= SLACK_SECONDS)


def assert_same_keys(found: dict[str, Any], recorded: dict[str, Any], call: object) -> None:
    expected = {_token_key(key): value for key, value in recorded.items()}
    if HASH_OF_OLD in found:  # a token that was found in clear: its hash, for the same time
        expected[HASH_OF_OLD] = recorded["1/auth:blacklist:old"]
    assert found.keys() == expected.keys(), call
    for key, value in expected.items():
        assert found[key]["type"] == value["type"], (call, key)
        assert _content(found[key]["value"]) == _content(value["value"]), (call, key)
        assert about_as_long(found[key]["ttl"], value["ttl"]), (call, key)


@pytest.mark.parametrize(
    "scene", [each for each in SCENES if each.name not in BROKEN], ids=lambda each: each.name
)
async def test_a_view_does_what_the_legacy_manager_did(scene: Scene, server: Server) -> None:
    outcomes = await replay(scene, server)
    assert len(outcomes) == len(RECORDED[scene.name])
    for call, found, recorded in zip(scene.calls, outcomes, RECORDED[scene.name], strict=True):
        wanted = recorded
        for difference in DIFFERENT:
            if scene.name in difference.scenes and call[0] in difference.members:
                wanted = difference.instead(recorded)
        assert found.get("raised") == wanted.get("raised"), call
        assert found["awaited"] == wanted["awaited"], call
        assert found["type"] == wanted["type"], call
        if isinstance(found.get("value"), int) and "ttl" in call[0]:
            assert about_as_long(found["value"], wanted["value"]), call
        else:
            assert found.get("value") == wanted.get("value"), call
        assert_same_keys(found["server"], wanted["server"], call)


@pytest.mark.parametrize(
    "scene", [each for each in SCENES if each.name in BROKEN], ids=lambda each: each.name
)
async def test_what_was_broken_works(scene: Scene, server: Server) -> None:
    outcomes = await replay(scene, server)
    for call, found, wanted in zip(scene.calls, outcomes, BROKEN[scene.name], strict=True):
        assert "raised" not in found, (call, found)
        if call[0] == "ttl":
            assert about_as_long(found["value"], wanted), call
        else:
            assert found["value"] == wanted, call
        assert all(key.startswith("0/user:") for key in found["server"]), call


def test_every_intended_difference_is_one() -> None:
    """An entry of the tables that no longer differs from the recording has to go."""
    calls = {scene.name: scene.calls for scene in SCENES}
    for difference in DIFFERENT:
        for name in difference.scenes:
            for member in difference.members:
                index = [call[0] for call in calls[name]].index(member)
                recorded = RECORDED[name][index]
                assert difference.instead(recorded) != recorded, (name, member)
    for name in BROKEN:
        assert any("raised" in outcome for outcome in RECORDED[name])


def test_the_legacy_auth_manager_could_not_connect_at_all() -> None:
    """Why its revoked tokens cannot be relied on: see `recordings/record.py`."""
    assert RECORDING["auth_connects"] is False
