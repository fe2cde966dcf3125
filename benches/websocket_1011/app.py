"""The WebSocket application that is measured, in a process of its own.

    python app.py separate|ssot REDIS_URL

It prints its port, and serves until its standard input ends. A handshake
touches Redis twelve times, once by each manager, before the first message. An
error in the handler is what makes `websockets` close a connection with 1011.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path
from typing import Protocol

from websockets.asyncio.server import ServerConnection, serve

MANAGERS = 12
SSOT = Path(__file__).resolve().parents[2] / "ssot"


class Manager(Protocol):
    """What the handler needs of a manager."""

    async def get(self, key: str) -> str | None: ...
    async def set(self, key: str, value: str, ex: int | None = None) -> object: ...


class SessionInvalidError(Exception):
    """The user's session is not there, or so it seems."""


class SeparateManager:
    """The least that a legacy manager is: a client of its own, and an error is a `None`."""

    def __init__(self, url: str) -> None:
        import redis.asyncio

        self._client = redis.asyncio.from_url(url, decode_responses=True)

    async def get(self, key: str) -> str | None:
        try:
            return await self._client.get(key)
        except Exception:
            return None

    async def set(self, key: str, value: str, ex: int | None = None) -> bool:
        try:
            return bool(await self._client.set(key, value, ex=ex))
        except Exception:
            return False


def make_managers(kind: str, url: str) -> list[Manager]:
    """Make twelve managers: each for itself, or all on the one pool."""
    if kind == "separate":
        return [SeparateManager(url) for _ in range(MANAGERS)]
    sys.path.insert(0, str(SSOT))
    from netra_backend.app.redis_manager import RedisManager

    return [RedisManager(redis_url=url) for _ in range(MANAGERS)]


async def handshake(managers: list[Manager], user: str) -> None:
    """Do what is done for each new connection: two reads, then a write, and so on."""
    for number, manager in enumerate(managers):
        if number % 3 == 2:
            if not await manager.set(f"websocket:{user}:{number}", "connected", ex=60):
                raise SessionInvalidError(user)
        elif await manager.get("session:shared") is None:
            raise SessionInvalidError(user)


async def main(kind: str, url: str) -> None:
    managers = make_managers(kind, url)

    async def handler(socket: ServerConnection) -> None:
        path = socket.request.path if socket.request else ""
        await handshake(managers, path.rpartition("/")[2])
        await socket.send("ready")
        async for message in socket:
            await socket.send(message)

    async with serve(handler, "127.0.0.1", 0, backlog=2048, open_timeout=60) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    # Each 1011 is a traceback in the log; the client counts them.
    logging.disable(logging.CRITICAL)
    asyncio.run(main(*sys.argv[1:3]))
