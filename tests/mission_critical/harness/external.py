"""A Redis that somebody else runs, named by `REDIS_URL`."""

from __future__ import annotations

import redis

from .server import ADMIN, Server, ServerError


class ExternalServer(Server):
    """The server at a URL. It is emptied before each test, so it must be empty to begin with."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._admin = None

    def start(self) -> ExternalServer:
        try:
            if self.admin.info("keyspace"):
                raise ServerError("REDIS_URL names a server that holds data; the tests empty it")
        except redis.RedisError as error:
            raise ServerError(f"REDIS_URL does not answer: {error}") from error
        return self

    @property
    def admin(self) -> redis.Redis:
        if self._admin is None:
            self._admin = redis.Redis.from_url(
                self._url, client_name=ADMIN, decode_responses=True, single_connection_client=True
            )
        return self._admin

    def url(self, db: int = 0, *, password: str | None = None, query: str = "") -> str:
        base = self._url.split("?")[0].rstrip("/")
        if base.count("/") > 2:
            base = base.rpartition("/")[0]
        return f"{base}/{db}{query}"

    def close(self) -> None:
        self._forget_admin()
