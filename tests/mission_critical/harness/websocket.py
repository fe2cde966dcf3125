"""A real WebSocket server whose handshake needs Redis, and clients that tell how it ended."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

INTERNAL_ERROR = 1011

Handshake = Callable[[str], Awaitable[None]]


@asynccontextmanager
async def serving(handshake: Handshake) -> AsyncIterator[str]:
    """Serve an echo, after `handshake(user)`; an error there closes the connection with 1011."""
    quiet = logging.getLogger("harness.websocket")
    quiet.disabled = True

    async def handler(socket: ServerConnection) -> None:
        path = socket.request.path if socket.request else ""
        await handshake(path.rpartition("/")[2])
        await socket.send("ready")
        async for message in socket:
            await socket.send(message)

    # A finished handler is a finished connection; these tests wait for both.
    async with serve(
        handler, "127.0.0.1", 0, backlog=1024, open_timeout=60, logger=quiet
    ) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def visit(url: str, user: str) -> str | int:
    """Connect, exchange a message, close; return "ok" or the code that the server closed with."""
    try:
        async with connect(f"{url}/{user}", open_timeout=60) as socket:
            assert await socket.recv() == "ready"
            await socket.send("hello")
            assert await socket.recv() == "hello"
    except ConnectionClosed as error:
        return error.rcvd.code if error.rcvd else "cut"
    return "ok"


async def crowd(url: str, count: int) -> Counter[str | int]:
    """Let `count` users connect at once; return how many ended in which way."""
    return Counter(await asyncio.gather(*(visit(url, f"user_{n}") for n in range(count))))
