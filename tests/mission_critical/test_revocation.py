"""Sessions and revoked tokens: an outage is no answer, and no token is kept in clear."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from harness.managers import manager_for
from harness.server import Server
from netra_backend.app.redis_manager import (
    AuthKeyValueService,
    AuthRedisManager,
    BlacklistPolicy,
    RedisManager,
    RedisUnavailableError,
    auth_redis_manager,
    redis_manager,
)

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1MSJ9.c2lnbmF0dXJl"
DIGEST = hashlib.sha256(TOKEN.encode()).hexdigest()


@contextlib.contextmanager
def overheard(server: Server) -> Iterator[list[str]]:
    """Yield every command that the server gets meanwhile, as MONITOR tells it."""
    heard: list[str] = []
    with server.database(0) as client, client.monitor() as monitor:

        def listen() -> None:
            for each in monitor.listen():
                heard.append(each["command"])
                if "END-OF-LISTENING" in each["command"]:
                    return

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield heard
        server.admin.echo("END-OF-LISTENING")
        thread.join(10)


class TestTheToken:
    """What Redis gets to see of it."""

    async def test_it_is_never_kept_in_clear(self, server: Server) -> None:
        assert await redis_manager.blacklist_token(TOKEN, 600) is True
        with server.database(1) as db:
            keys = db.keys("*")
            assert keys == [f"auth:blacklist:v2:{DIGEST}"]
            assert 590 <= db.ttl(keys[0]) <= 600
            content = repr({key: db.get(key) for key in keys})
        assert TOKEN not in content
        assert TOKEN.split(".")[2] not in content

    async def test_it_is_not_sent_when_it_is_revoked(self, server: Server) -> None:
        """What is sent shows in MONITOR and in the slow log."""
        with overheard(server) as heard:
            await redis_manager.blacklist_token(TOKEN, 600)
        assert any(DIGEST in command for command in heard)
        assert not any(TOKEN in command for command in heard)

    async def test_it_is_not_sent_at_all_once_old_entries_are_gone(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REDIS_LEGACY_BLACKLIST", "false")
        manager = RedisManager(redis_url=server.url())
        with overheard(server) as heard:
            await manager.blacklist_token(TOKEN, 600)
            assert await manager.is_token_blacklisted(TOKEN) is True
            assert await manager.is_token_blacklisted(TOKEN + "x") is False
        assert not any(TOKEN in command for command in heard)
        with server.database(1) as db:
            db.set(f"auth:blacklist:{TOKEN}y", "blacklisted")
        assert await manager.is_token_blacklisted(TOKEN + "y") is False

    async def test_an_old_entry_in_clear_is_honoured(self, server: Server) -> None:
        with server.database(1) as db:
            db.set(f"auth:blacklist:{TOKEN}", "blacklisted", ex=600)
        assert await redis_manager.is_token_blacklisted(TOKEN) is True
        assert await auth_redis_manager.is_token_blacklisted(TOKEN) is True
        assert await redis_manager.is_token_blacklisted(TOKEN + "x") is False

    async def test_a_revocation_ends_with_its_time(self, server: Server) -> None:
        await redis_manager.blacklist_token(TOKEN, 1)
        assert await redis_manager.is_token_blacklisted(TOKEN) is True
        await asyncio.sleep(1.2)
        assert await redis_manager.is_token_blacklisted(TOKEN) is False
        assert await RedisManager(redis_url=server.url()).is_token_blacklisted(TOKEN) is False

    async def test_a_token_is_not_a_pattern_or_a_path(self, server: Server) -> None:
        for token in ("*", "a:b", "v2:x", "", "ü", "t" * 10_000):
            assert await redis_manager.is_token_blacklisted(token) is False
            await redis_manager.blacklist_token(token, 60)
            assert await redis_manager.is_token_blacklisted(token) is True
        assert await redis_manager.is_token_blacklisted("another") is False


class TestAnOldEntry:
    """The legacy manager wrote the token in clear; that is honoured for one lifetime.

    A manager remembers what it found to be revoked, so that each question is another's.
    """

    async def test_its_own_life_is_that_lifetime(self, server: Server) -> None:
        with server.database(1) as db:
            db.set(f"auth:blacklist:{TOKEN}", "blacklisted", px=1500)
            assert await RedisManager(redis_url=server.url()).is_token_blacklisted(TOKEN) is True
            # The hash is written beside it, for no longer; what old processes read stays.
            assert 0 < db.pttl(f"auth:blacklist:v2:{DIGEST}") <= 1500
            assert 0 < db.pttl(f"auth:blacklist:{TOKEN}") <= 1500
            other = RedisManager(redis_url=server.url())
            assert await other.is_token_blacklisted(TOKEN) is True
            await asyncio.sleep(1.7)
            assert db.keys("*") == []
        for manager in (other, RedisManager(redis_url=server.url())):
            assert await manager.is_token_blacklisted(TOKEN) is False

    async def test_one_without_an_end_gets_one(self, server: Server) -> None:
        month = 30 * 86400
        with server.database(1) as db:
            db.set(f"auth:blacklist:{TOKEN}", "blacklisted")
            assert await RedisManager(redis_url=server.url()).is_token_blacklisted(TOKEN) is True
            assert month - 10 <= db.ttl(f"auth:blacklist:{TOKEN}") <= month
            assert month - 10 <= db.ttl(f"auth:blacklist:v2:{DIGEST}") <= month
            # Asking again does not lengthen it.
            db.pexpire(f"auth:blacklist:{TOKEN}", 5000)
            other = RedisManager(redis_url=server.url())
            assert await other.is_token_blacklisted(TOKEN) is True
            assert db.pttl(f"auth:blacklist:{TOKEN}") <= 5000

    async def test_one_without_an_end_is_over_after_it(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(AuthRedisManager, "legacy_blacklist_life", timedelta(seconds=1))
        with server.database(1) as db:
            db.set(f"auth:blacklist:{TOKEN}", "blacklisted")
        first, second = (RedisManager(redis_url=server.url()) for _ in range(2))
        assert await first.is_token_blacklisted(TOKEN) is True
        await asyncio.sleep(1.2)
        assert await second.is_token_blacklisted(TOKEN) is False

    async def test_it_is_still_honoured_by_its_hash_once_clear_ones_are_not_read(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with server.database(1) as db:
            db.set(f"auth:blacklist:{TOKEN}", "blacklisted", ex=600)
        assert await RedisManager(redis_url=server.url()).is_token_blacklisted(TOKEN) is True
        monkeypatch.setenv("REDIS_LEGACY_BLACKLIST", "false")
        assert await RedisManager(redis_url=server.url()).is_token_blacklisted(TOKEN) is True

    async def test_a_longer_revocation_by_hash_is_not_shortened(self, server: Server) -> None:
        await RedisManager(redis_url=server.url()).blacklist_token(TOKEN, 6000)
        with server.database(1) as db:
            db.set(f"auth:blacklist:{TOKEN}", "blacklisted", ex=60)
            other = RedisManager(redis_url=server.url())
            assert await other.is_token_blacklisted(TOKEN) is True
            assert db.ttl(f"auth:blacklist:v2:{DIGEST}") > 5000
            db.persist(f"auth:blacklist:v2:{DIGEST}")
            other = RedisManager(redis_url=server.url())
            assert await other.is_token_blacklisted(TOKEN) is True
            assert db.ttl(f"auth:blacklist:v2:{DIGEST}") == -1

    async def test_the_answer_holds_where_it_cannot_be_taken_over(self, server: Server) -> None:
        """Here a server that refuses writes; the next question tries again."""
        with server.database(1) as db:
            db.set(f"auth:blacklist:{TOKEN}", "blacklisted")
            db.config_set("maxmemory", 1)
            try:
                assert (
                    await RedisManager(redis_url=server.url()).is_token_blacklisted(TOKEN) is True
                )
            finally:
                db.config_set("maxmemory", 0)
            other = RedisManager(redis_url=server.url())
            assert await other.is_token_blacklisted(TOKEN) is True
            assert db.ttl(f"auth:blacklist:v2:{DIGEST}") > 0


class TestAnOutage:
    """Nobody can tell whether a token was revoked, or whether there is a session."""

    @pytest.fixture
    def gone(self, own_server: Callable[..., Server]) -> Server:
        server = own_server()
        server.kill()
        return server

    @staticmethod
    def manager(server: Server, policy: BlacklistPolicy | str | None = None) -> RedisManager:
        manager = manager_for(server.url(), retries=0, operation_timeout=2.0, pool_timeout=1.0)
        return RedisManager(
            redis_url=server.url(), settings=manager._settings, blacklist_policy=policy
        )

    async def test_a_token_counts_as_revoked(self, gone: Server) -> None:
        manager = self.manager(gone)
        for _ in range(20):  # the breaker opens on the way, which changes nothing
            assert await manager.is_token_blacklisted(TOKEN) is True

    async def test_the_policy_can_be_set(
        self, gone: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert await self.manager(gone, "fail-open").is_token_blacklisted(TOKEN) is False
        with pytest.raises(RedisUnavailableError):
            await self.manager(gone, BlacklistPolicy.RAISE).is_token_blacklisted(TOKEN)
        monkeypatch.setenv("REDIS_BLACKLIST_POLICY", "fail-open")
        assert await self.manager(gone).is_token_blacklisted(TOKEN) is False
        with pytest.raises(ValueError, match="fail-ajar"):
            self.manager(gone, "fail-ajar")

    async def test_a_hang_counts_as_an_outage(self, own_server: Callable[..., Server]) -> None:
        server = own_server()
        manager = self.manager(server)
        assert await manager.is_token_blacklisted(TOKEN) is False
        server.pause()
        try:
            assert await manager.is_token_blacklisted(TOKEN) is True
        finally:
            server.resume()

    async def test_a_known_revocation_holds_even_where_the_policy_is_open(
        self, own_server: Callable[..., Server]
    ) -> None:
        server = own_server()
        manager = self.manager(server, "fail-open")
        await manager.blacklist_token(TOKEN, 600)
        server.kill()
        assert await manager.is_token_blacklisted(TOKEN) is True
        assert await manager.is_token_blacklisted("another") is False

    async def test_it_fails_closed_until_redis_has_answered(
        self, own_server: Callable[..., Server]
    ) -> None:
        """The legacy breaker answered "not revoked" for a minute after Redis was back."""
        server = own_server()
        manager = self.manager(server)
        server.kill()
        for _ in range(10):
            assert await manager.is_token_blacklisted(TOKEN) is True
        server.start()
        with server.database(1) as db:
            db.set(f"auth:blacklist:v2:{DIGEST}", "blacklisted", ex=600)
        for _ in range(10):
            assert await manager.is_token_blacklisted(TOKEN) is True

    async def test_decisions_raise(self, gone: Server) -> None:
        manager = self.manager(gone)
        for call in (
            lambda: manager.get_session("s"),
            lambda: manager.store_session("s", {}),
            lambda: manager.delete_session("s"),
            lambda: manager.extend_session("s"),
            lambda: manager.blacklist_token(TOKEN),
            lambda: manager.acquire_leader_lock("one"),
            lambda: manager.release_leader_lock("one"),
            lambda: manager.lock("l", timeout=1).acquire(blocking=False),
        ):
            with pytest.raises(RedisUnavailableError):
                await call()

    async def test_a_missing_session_is_none_and_no_error(self, server: Server) -> None:
        assert await redis_manager.get_session("missing") is None
        assert await redis_manager.delete_session("missing") is False
        assert await redis_manager.extend_session("missing") is False


async def test_a_session_that_is_not_json_is_no_session(server: Server) -> None:
    with server.database(1) as db:
        db.set("auth:session:s", "{not json")
    assert await redis_manager.get_session("s") is None


async def test_sessions_are_in_their_own_database(server: Server) -> None:
    await redis_manager.store_session("s", {"n": 1}, 60)
    await redis_manager.set("k", "v")
    assert server.admin.keys("*") == ["k"]
    with server.database(1) as db:
        assert db.keys("*") == ["auth:session:s"]
        assert 55 <= db.ttl("auth:session:s") <= 60


async def test_after_connect_there_is_a_client_even_where_tests_switch_redis_off(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A suite of the real repository sets the switch, connects, and asks for the client."""
    monkeypatch.setenv("TEST_DISABLE_REDIS", "true")
    auth = AuthRedisManager()
    assert auth.enabled is False
    assert auth.get_client() is None
    assert await auth.connect() is False
    client = await auth.get_client()  # redis-py's client may be awaited, and is itself then
    assert await client.set("k", "v") is True
    assert await auth.get("k") is None
    assert await auth.set("k", "v", ex=60) is False
    assert await AuthKeyValueService(None).set("k", "v", ex=60) is False
    assert await auth.ensure_connected() is False


async def test_the_client_of_the_auth_view_is_synchronous_to_get(server: Server) -> None:
    """24 call sites take it without `await`, and then await its commands."""
    client = auth_redis_manager.get_client()
    assert await client.set("k", "v") is True
    assert await auth_redis_manager.redis_client.get("k") == "v"
    assert auth_redis_manager.enabled is True
    with server.database(1) as db:
        assert db.get("k") == "v"
