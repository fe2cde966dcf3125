"""TLS, a cluster and Sentinel, by URL alone: real servers, a real failover."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
import redis.asyncio.cluster
from redis.crc import key_slot
from redis.exceptions import RedisClusterException, ResponseError

from harness.cluster import Sentinels, replica_of, sentinels, three_masters
from harness.managers import manager_for
from harness.server import HOST, Server
from netra_backend.app.redis_manager import RedisConfigurationError, RedisManager

KEYS = [f"key:{n}" for n in range(60)]


@pytest.fixture(scope="module")
def cluster() -> Iterator[list[Server]]:
    with three_masters() as nodes:
        yield nodes


@pytest.fixture
def cluster_url(cluster: list[Server]) -> str:
    for node in cluster:
        node.admin.flushall()
        node.admin.config_resetstat()
    return "redis+cluster://" + ",".join(f"{HOST}:{node.port}" for node in cluster)


class TestCluster:
    """Three masters, each with a third of the slots."""

    async def test_the_keys_are_spread_and_found_again(
        self, cluster: list[Server], cluster_url: str
    ) -> None:
        manager = manager_for(cluster_url)
        assert await manager.initialize() is True
        results = await asyncio.gather(*(manager.set(key, key, ex=60) for key in KEYS))
        assert results == [True] * len(KEYS)
        assert await asyncio.gather(*(manager.get(key) for key in KEYS)) == KEYS
        assert all(node.admin.dbsize() > 0 for node in cluster)
        assert sum(node.admin.dbsize() for node in cluster) == len(KEYS)
        await manager.shutdown()

    async def test_commands_on_keys_of_several_slots(
        self, cluster: list[Server], cluster_url: str
    ) -> None:
        """MGET, MSET, DEL and SCAN stop at the slot by themselves."""
        assert len({key_slot(key.encode()) for key in KEYS}) > 3
        manager = manager_for(cluster_url)
        assert await manager.mset({key: key for key in KEYS}) is True
        assert await manager.mget([*KEYS, "missing"]) == [*KEYS, None]
        assert sorted(await manager.keys("key:*")) == sorted(KEYS)
        assert await manager.exists(*KEYS) == len(KEYS)
        assert await manager.delete(*KEYS, "missing") == len(KEYS)
        assert await manager.mset({key: key for key in KEYS}, ttl=60) is True
        assert 50 <= await manager.ttl(KEYS[0]) <= 60
        assert sum(node.calls("keys") for node in cluster) == 0
        await manager.shutdown()

    async def test_the_cache_view_on_a_cluster(
        self, cluster: list[Server], cluster_url: str
    ) -> None:
        manager = manager_for(cluster_url)
        cache = manager.cache("netra")
        values = {key: {"n": key} for key in KEYS}
        assert await cache.set_many(values, ttl=60) == len(KEYS)
        assert await cache.get_many(KEYS) == values
        assert await cache.delete_many(KEYS[:10]) == 10
        assert await cache.clear_namespace() == len(KEYS) - 10
        assert sum(node.admin.dbsize() for node in cluster) == 0
        await manager.shutdown()

    async def test_plain_commands_refuse_keys_of_several_slots(self, cluster_url: str) -> None:
        host, port = cluster_url.rpartition("//")[2].split(",")[0].split(":")
        async with redis.asyncio.cluster.RedisCluster(host=host, port=int(port)) as client:
            with pytest.raises((RedisClusterException, ResponseError)):
                await client.mset({key: key for key in KEYS})

    async def test_sessions_need_a_decision_about_their_database(self, cluster_url: str) -> None:
        """A cluster has database 0 only; the auth view does not move there by itself."""
        manager = manager_for(cluster_url)
        with pytest.raises(RedisConfigurationError, match="REDIS_AUTH_DB"):
            await manager.store_session("s", {})
        decided = RedisManager(redis_url=cluster_url, auth_db=0)
        assert await decided.store_session("s", {"n": 1}) is True
        assert await decided.get_session("s") == {"n": 1}
        await decided.shutdown()
        await manager.shutdown()


async def test_a_failover_in_a_cluster() -> None:
    """A master is killed; its slots are served again once its replica has taken over."""
    with three_masters() as nodes, replica_of(nodes, 1) as replica:
        url = "redis+cluster://" + ",".join(f"{HOST}:{node.port}" for node in nodes)
        manager = manager_for(url, breaker_recovery=0.3, operation_timeout=3.0, pool_timeout=2.0)
        assert await manager.mset({key: key for key in KEYS}) is True
        there = nodes[1].admin.keys()
        assert 0 < len(there) < len(KEYS)
        assert nodes[1].admin.wait(1, 5000) == 1  # the replica has them

        nodes[1].kill()
        async with asyncio.timeout(60):
            while not await manager.set(there[0], "after"):
                await asyncio.sleep(0.2)
        assert replica.admin.info("replication")["role"] == "master"
        assert replica.admin.get(there[0]) == "after"
        assert await manager.mget(KEYS) == ["after" if key == there[0] else key for key in KEYS]
        assert manager.get_status()["mode"] == "cluster"
        await manager.shutdown()


@pytest.fixture(scope="module")
def watched() -> Iterator[Sentinels]:
    with sentinels() as setup:
        yield setup


async def test_a_failover_by_sentinel(watched: Sentinels) -> None:
    """The master is killed during a load; the manager goes on at the one that took over."""
    url = f"redis+sentinel://{watched.hosts}/{watched.service}/0"
    manager = manager_for(url, breaker_recovery=0.3, operation_timeout=3.0, pool_timeout=2.0)
    assert await manager.initialize() is True
    assert await manager.set("before", "1") is True
    assert watched.master.admin.get("before") == "1"

    watched.master.kill()
    async with asyncio.timeout(30):
        while not await manager.set("after", "2"):
            await asyncio.sleep(0.1)
    assert watched.promoted()
    assert watched.replica.admin.get("after") == "2"
    assert await manager.get("after") == "2"
    assert manager.get_status()["connected"] is True
    assert manager.get_status()["mode"] == "sentinel"
    await manager.shutdown()


@pytest.mark.tls
class TestTls:
    """A server that speaks nothing but TLS, with an authority of its own."""

    async def test_a_verified_server(self, tls_server: Server) -> None:
        query = f"?ssl_ca_certs={tls_server.tls['ca-cert-file']}"
        # Handshakes are work: with time for them on a busy machine.
        patient = {"socket_timeout": 20, "socket_connect_timeout": 20, "operation_timeout": 60}
        manager = manager_for(tls_server.url(query=query), **patient)
        assert await manager.initialize() is True
        results = await asyncio.gather(*(manager.set(f"k{n}", "v") for n in range(10)))
        assert results == [True] * 10
        assert await manager.get("k7") == "v"
        await manager.store_session("s", {"n": 1})
        assert await manager.get_session("s") == {"n": 1}
        await manager.shutdown()
        tls_server.wait_for_clients(0)

    async def test_an_unknown_authority_is_refused(self, tls_server: Server) -> None:
        manager = manager_for(tls_server.url(), retries=0)
        assert await manager.initialize() is False
        assert "certificate" in manager.get_status()["last_error"].lower()
        await manager.shutdown()

    async def test_no_word_goes_over_the_wire_in_clear(self, tls_server: Server) -> None:
        manager = manager_for(tls_server.url().replace("rediss://", "redis://"), retries=0)
        assert await manager.initialize() is False
        await manager.shutdown()
