"""No user reaches another's keys, whatever is in an id; and a pattern means what it says."""

from __future__ import annotations

import itertools
import pickle
from pathlib import Path

import pytest

from harness.server import Server
from netra_backend.app.redis_manager import (
    RedisCacheManager,
    RedisService,
    UserCacheManager,
    UserRedisClient,
    redis_manager,
)

# Each tries to look like another's key, or to match it.
IDS = ["a", "a:b", "b", "*", "?", "a*", "[a]", "a%3Ab", "%", "\\*", "user:a", "\n", " ", "ü"]


async def test_no_two_users_share_a_key(server: Server) -> None:
    """`for_user("a")` with `b:c` and `for_user("a:b")` with `c` were one key."""
    names = ["c", "b:c", "%3Ac", "*"]
    for number, (user, name) in enumerate(itertools.product(IDS, names)):
        await redis_manager.for_user(user).set(name, str(number))
    assert server.admin.dbsize() == len(IDS) * len(names)
    for number, (user, name) in enumerate(itertools.product(IDS, names)):
        assert await redis_manager.for_user(user).get(name) == str(number), (user, name)


async def test_a_plain_id_keeps_the_key_it_always_had(server: Server) -> None:
    """Data that is there already stays where it is."""
    for user in ("u1", "123", "a-b_c.d", "9f1c0c9e-0b3e-4c3e-9d8a-2f6f0a8f7b11"):
        server.admin.set(f"user:{user}:k", user)
        assert await redis_manager.for_user(user).get("k") == user
        assert await RedisService().get("k", user_id=user) == user
        assert await redis_manager.get("k", user_id=user) == user


@pytest.mark.parametrize("user", ["*", "?", "[u]*", "u1*", "u?"])
async def test_an_id_is_never_a_pattern(server: Server, user: str) -> None:
    await redis_manager.for_user("u1").set("k", "secret")
    await redis_manager.for_user("u2").set("k", "secret")
    view = redis_manager.for_user(user)
    assert await view.keys("*") == []
    assert await RedisService().keys("*", user_id=user) == []
    await UserCacheManager(redis_manager).clear_user_cache(user)
    assert server.admin.dbsize() == 2
    await view.set("k", "mine")
    assert await view.keys("*") == ["k"]


async def test_naive_keys_are_injectable(server: Server) -> None:
    """What joining with a colon does; the tests above fail on it."""

    def naive(user: str, key: str) -> str:
        return f"user:{user}:{key}"

    assert naive("a", "b:c") == naive("a:b", "c")
    server.admin.set(naive("u1", "k"), "secret")
    assert server.admin.keys(naive("*", "*")) == ["user:u1:k"]


async def test_user_cache_clears_one_user(server: Server) -> None:
    cache = UserCacheManager(redis_manager)
    for user in ("u1", "u2", "u1:x"):
        await cache.set_user_cache(user, "k", "v")
    await cache.clear_user_cache("u1")
    assert await cache.get_user_cache("u1", "k") is None
    assert await cache.get_user_cache("u2", "k") == "v"
    assert await cache.get_user_cache("u1:x", "k") == "v"


async def test_a_user_client_sees_its_own_user_only(server: Server) -> None:
    one, two = (UserRedisClient(user, "request", "thread") for user in ("u1", "u2"))
    await one.set("k", "1")
    await two.set("k", "2")
    assert (await one.get("k"), await two.get("k")) == ("1", "2")
    assert await one.keys() == ["k"]
    assert await one.delete("k") == 1
    assert await two.get("k") == "2"


async def test_clearing_a_namespace_spares_its_neighbours(server: Server) -> None:
    """`net*` as a namespace is a name, not a pattern."""
    for namespace in ("netra", "netra2", "net*", "other"):
        await RedisCacheManager(namespace=namespace).set("k", namespace)
    await RedisCacheManager(namespace="net*").clear_namespace()
    for namespace in ("netra", "netra2", "other"):
        assert await RedisCacheManager(namespace=namespace).get("k") == namespace
    assert await RedisCacheManager(namespace="net*").get("k") is None


class TestManyKeys:
    """`keys()` is a scan: it finds all, and it does not hold the server up."""

    async def test_all_are_found_once(self, server: Server) -> None:
        wanted = {f"many:{n}" for n in range(3000)}
        server.admin.mset(dict.fromkeys(wanted, "v"))
        server.admin.set("another", "v")
        found = await redis_manager.keys("many:*")
        assert sorted(found) == sorted(wanted)
        assert sorted(await redis_manager.scan_keys("many:*")) == sorted(wanted)

    async def test_the_command_keys_is_never_used(self, server: Server) -> None:
        await redis_manager.set("k", "v")
        await redis_manager.for_user("u").set("k", "v")
        cache = RedisCacheManager()
        await cache.set("k", "v")
        server.admin.config_resetstat()
        await redis_manager.keys("*")
        await redis_manager.scan_keys("*")
        await redis_manager.for_user("u").keys("*")
        await RedisService().keys("*", user_id="u")
        await UserCacheManager(redis_manager).clear_user_cache("u")
        await cache.get_size_estimate()
        await cache.clear_namespace()
        await redis_manager.auth.cleanup_expired_sessions()
        assert server.calls("keys") == 0
        assert server.calls("scan") >= 6

    async def test_a_large_namespace_is_cleared_in_batches(self, server: Server) -> None:
        server.admin.mset({f"netra:cache:{n}": "1" for n in range(5000)})
        assert await RedisCacheManager().clear_namespace() == 5000
        assert server.admin.dbsize() == 0
        assert server.calls("unlink") + server.calls("del") < 5000


class Trap:
    """Says so in a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


async def test_a_pickled_value_is_a_miss_and_is_never_run(server: Server, tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    trap = pickle.dumps(Trap(sprung))
    assert pickle.loads(trap) is None
    assert sprung.exists(), "the trap works, where it is unpickled"
    sprung.unlink()
    key = "netra:cache:old"
    cache = RedisCacheManager()
    server.admin.set(key, trap)
    assert await cache.get("old", "default") == "default"
    server.admin.set(key, trap)
    assert await cache.get_many(["old"]) == {}
    server.admin.set(key, trap)
    assert await redis_manager.get_json(key) is None
    assert not sprung.exists()


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00", b"\x80\x04K\x01."])
async def test_bytes_that_are_no_text_do_no_harm(server: Server, raw: bytes) -> None:
    server.admin.set("raw", raw)
    server.admin.set("netra:cache:raw", raw)
    assert await RedisCacheManager().get("raw", "default") == "default"
    value = await redis_manager.get("raw")
    assert value is None or isinstance(value, str)
    assert await redis_manager.set("next", "works")
    assert redis_manager.get_status()["connected"] is True
