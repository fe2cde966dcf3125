"""Sessions and revoked tokens: an outage is no answer, and no token is kept in clear."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable, Iterator

import pytest

from harness.managers import manager_for
from harness.server import Server
from netra_backend.app.redis_manager import (
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
        await redis_manager.blacklist_token(TOKEN, 600)
        with server.database(1) as db:
            db.delete(f"auth:blacklist:v2:{DIGEST}")
        # Another process cannot tell; what this one remembers errs on the safe side only.
        other = RedisManager(redis_url=server.url("0") if False else server.url())
        assert await other.is_token_blacklisted("unknown") is False

    async def test_a_token_is_not_a_pattern_or_a_path(self, server: Server) -> None:
        for token in ("*", "a:b", "v2:x", "", "ü", "t" * 10_000):
            assert await redis_manager.is_token_blacklisted(token) is False
            await redis_manager.blacklist_token(token, 60)
            assert await redis_manager.is_token_blacklisted(token) is True
        assert await redis_manager.is_token_blacklisted("another") is False


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


async def test_the_client_of_the_auth_view_is_synchronous_to_get(server: Server) -> None:
    """24 call sites take it without `await`, and then await its commands."""
    client = auth_redis_manager.get_client()
    assert await client.set("k", "v") is True
    assert await auth_redis_manager.redis_client.get("k") == "v"
    assert auth_redis_manager.enabled is True
    with server.database(1) as db:
        assert db.get("k") == "v"
