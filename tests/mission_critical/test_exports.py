"""What the module offers: every name that a rule moves to it, of the same kind, called the same."""

from __future__ import annotations

import inspect
import json
import tomllib
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from netra_backend.app import redis_manager as module
from recordings.player import kind, parameters

HERE = Path(__file__).parent
RULES = tomllib.loads((HERE.parents[1] / "rules" / "redis-ssot.toml").read_text("utf-8"))
LEGACY = json.loads((HERE / "recordings" / "legacy.json").read_text("utf-8"))["interfaces"]
TARGET = "netra_backend.app.redis_manager"

ALL = [
    "AuthKeyValueService",
    "AuthRedisManager",
    "BlacklistPolicy",
    "CacheEntry",
    "CacheKeyPrefix",
    "CacheStats",
    "CacheType",
    "CircuitOpenError",
    "PoolExhaustedError",
    "RedisCacheManager",
    "RedisCacheService",
    "RedisConfigurationError",
    "RedisConnectionError",
    "RedisConnectionFactory",
    "RedisConnectionHandler",
    "RedisFactory",
    "RedisManager",
    "RedisOperationError",
    "RedisService",
    "RedisSettings",
    "RedisUnavailableError",
    "SSOTRedisOperationsManager",
    "UserCacheManager",
    "UserRedisClient",
    "ValueTooLargeError",
    "auth_redis_manager",
    "cache_hot_prompt",
    "cache_real_time_metrics",
    "cache_user_session",
    "cleanup_redis_factory",
    "default_redis_cache_manager",
    "get_hot_prompt",
    "get_real_time_metrics",
    "get_redis",
    "get_redis_factory",
    "get_redis_manager",
    "get_user_redis_client",
    "get_user_session",
    "redis_manager",
    "redis_service",
    "ssot_redis_ops",
]

# Names that a rule moves although the legacy module never had them: something asks for them.
NEVER_THERE = {
    ("auth_service.auth_core.redis_manager", "RedisManager"),
    ("netra_backend.app.db.redis_manager", "RedisManager"),
    ("netra_backend.app.managers.redis_manager", "get_redis_manager"),
}
# Legacy members that are not offered, each for a reason.
DROPPED: dict[tuple[str, str], str] = {}


def moves() -> Iterator[tuple[str, str, str]]:
    """Yield (legacy module, its name, the name here) for each name that comes here."""
    for move in RULES["move"]:
        for old, new in move["names"].items():
            if move["to"] == TARGET and ":" not in new:
                yield move["from"], old, new


MOVES = sorted(moves())
CLASSES = [each for each in MOVES if LEGACY[each[0]].get(each[1], {}).get("kind") == "class"]
# The manager itself stays where it is, and keeps what it offered.
CLASSES += [(TARGET, name, name) for name in ("RedisManager", "UserCacheManager")]
CLASSES += [("shared.redis.ssot_redis_operations", *["SSOTRedisOperationsManager"] * 2)]


def test_the_exported_names_are_these() -> None:
    assert module.__all__ == ALL
    for name in ALL:
        assert hasattr(module, name), name


@pytest.mark.parametrize(("legacy", "old", "new"), MOVES)
def test_a_moved_name_is_here_and_of_the_same_kind(legacy: str, old: str, new: str) -> None:
    assert new in module.__all__
    if (legacy, old) in NEVER_THERE:
        assert old not in LEGACY[legacy]
    else:
        assert kind(getattr(module, new)) == LEGACY[legacy][old]["kind"]


def accepts(new: list[dict[str, Any]], old: list[dict[str, Any]]) -> bool:
    """Tell whether every call that fitted `old` fits `new`."""
    names = {each["name"] for each in new}
    takes = {each["kind"] for each in new}
    by_place = [each["name"] for each in new if each["kind"] == "POSITIONAL_OR_KEYWORD"]

    def taken(place: int, each: dict[str, Any]) -> bool:
        if each["kind"] == "VAR_POSITIONAL":
            return "VAR_POSITIONAL" in takes
        if each["kind"] == "VAR_KEYWORD":  # it was read for `user_id`, and nothing else
            return "VAR_KEYWORD" in takes or "user_id" in names
        if each["name"] not in names:  # `key` became one of `*keys`
            return "VAR_POSITIONAL" in takes and not each["optional"]
        # By name and by place; what was optional, and is now by name only, is known to be
        # given by name at every call site.
        return each["optional"] or place < len(by_place)

    given = {each["name"] for each in old}
    return all(taken(*pair) for pair in enumerate(old)) and all(
        each["optional"] or each["name"] in given for each in new
    )


@pytest.mark.parametrize(("legacy", "old", "new"), CLASSES)
def test_a_class_takes_every_call_that_it_took(legacy: str, old: str, new: str) -> None:
    recorded = LEGACY[legacy][old]
    target = getattr(module, new)
    if "parameters" in recorded and not issubclass(target, Enum):
        assert accepts(parameters(target), recorded["parameters"]), inspect.signature(target)
    for name, member in recorded["members"].items():
        if (old, name) in DROPPED:
            continue
        found = inspect.getattr_static(target, name, None)
        assert found is not None, f"{new}.{name} is gone"
        value = getattr(target, name)
        assert kind(value) == member["kind"], f"{new}.{name}"
        if "parameters" in member:
            fits = accepts(parameters(value), member["parameters"])
            assert fits, f"{new}.{name}{inspect.signature(value)}: {member['parameters']}"


def test_what_counts_as_not_fitting() -> None:
    """The check itself."""

    def one(key: str, value: str, ex: int | None = None) -> None: ...
    def other(key: str, value: str, ttl: int | None = None) -> None: ...
    def more(key: str, value: str, ex: int | None = None, *, nx: bool = False) -> None: ...
    def asks(key: str, value: str, ex: int | None = None, *, db: int) -> None: ...

    assert accepts(parameters(more), parameters(one))
    assert not accepts(parameters(one), parameters(more))
    assert not accepts(parameters(other), parameters(one))
    assert not accepts(parameters(asks), parameters(one))
