"""One manager for many event loops, threads and processes: it works in each, and leaves nothing."""

from __future__ import annotations

import asyncio
import gc
import socket
import struct
import threading
from collections.abc import Callable

import pytest
import uvloop

from harness.managers import manager_for
from harness.python import run, said
from harness.server import Server
from netra_backend.app.redis_manager import RedisSettings, auth_redis_manager, redis_manager

LOOPS = 5
THREADS = 4
OPERATIONS = 200


async def operate(who: str, count: int) -> int:
    """Write and read `count` values; return how many came back wrong."""
    # As many at once as there are connections, so that nobody's time to wait for one is over.
    turn = asyncio.Semaphore(RedisSettings().max_connections)

    async def one(n: int) -> bool:
        key = f"{who}:{n}"
        async with turn:
            await redis_manager.set(key, key)
            return await redis_manager.get(key) == key

    return (await asyncio.gather(*(one(n) for n in range(count)))).count(False)


def test_loops_in_turn(server: Server) -> None:
    for number in range(LOOPS):
        assert asyncio.run(operate(f"loop{number}", 50)) == 0
        server.wait_for_clients(0)


def test_a_plain_client_in_a_second_loop_fails(server: Server) -> None:
    """What a module-level redis-py client does; the reason for a pool by loop."""
    done = run(
        """
        import asyncio, os, redis.asyncio
        client = redis.asyncio.from_url(os.environ["REDIS_URL"])
        asyncio.run(client.get("k"))
        try:
            asyncio.run(client.get("k"))
        except RuntimeError as error:
            print(error)
        """,
        warnings="ignore",
    )
    assert "loop" in done.stdout


def test_the_loop_that_uvicorn_runs(server: Server) -> None:
    """`uvicorn[standard]`, which the backend's image has, brings uvloop."""
    for number in range(2):
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            assert runner.run(operate(f"uvloop{number}", 100)) == 0
            waiting = runner.run(cancelled_while_waiting(server))
            assert waiting is True
        server.wait_for_clients(0)


async def answer_once_then_reset(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Greet, answer one command, and reset the connection, as a proxy does to an idle one."""
    await reader.readuntil(b"HELLO")
    writer.write(b"%1\r\n$5\r\nproto\r\n:3\r\n")
    await reader.readuntil(b"GET")
    writer.write(b"$1\r\nv\r\n")
    await writer.drain()
    await asyncio.sleep(0.02)  # until it has been read, which a reset would undo
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_connection_that_is_reset_while_nobody_uses_it(
    new_loop: Callable[[], asyncio.AbstractEventLoop], caplog: pytest.LogCaptureFixture
) -> None:
    """The next call opens another; uvloop's transport raises `RuntimeError` if it is written to."""

    async def read_thrice() -> list[str | None]:
        server = await asyncio.start_server(answer_once_then_reset, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        manager = manager_for(f"redis://127.0.0.1:{port}/0", strict=True)
        values = []
        try:
            for _ in range(3):
                values.append(await manager.get("k"))
                await asyncio.sleep(0.1)
        finally:
            await manager.shutdown()
            server.close()
        return values

    with asyncio.Runner(loop_factory=new_loop) as runner:
        assert runner.run(read_thrice()) == ["v"] * 3
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def cancelled_while_waiting(server: Server) -> bool:
    """Cancel a call that has no answer yet; tell whether the next one is well."""
    server.pause()
    call = asyncio.create_task(redis_manager.get("k"))
    await asyncio.sleep(0.1)
    call.cancel()
    try:
        await call
    except asyncio.CancelledError:
        server.resume()
        return await redis_manager.set("k", "v")
    finally:
        server.resume()
    return False


def test_loops_at_once_in_threads(server: Server) -> None:
    wrong: list[int] = []
    most = 0
    ended = threading.Event()

    def work(name: str) -> None:
        wrong.append(asyncio.run(operate(name, OPERATIONS)))

    threads = [threading.Thread(target=work, args=(f"thread{n}",)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        most = max(most, len(server.clients()))
        ended.wait(0.01)
    assert wrong == [0] * THREADS
    assert 0 < most <= THREADS * RedisSettings().max_connections
    server.wait_for_clients(0)


def test_a_loop_in_a_thread_beside_the_one_that_waits(server: Server) -> None:
    """A synchronous corner of an application starts a loop of its own for one call."""

    async def outer() -> tuple[str | None, str | None]:
        await redis_manager.set("k", "v")
        inner = await asyncio.to_thread(lambda: asyncio.run(redis_manager.get("k")))
        return inner, await redis_manager.get("k")

    assert asyncio.run(outer()) == ("v", "v")
    server.wait_for_clients(0)


def test_the_auth_view_in_loops_in_turn(server: Server) -> None:
    async def work(number: int) -> object:
        await auth_redis_manager.store_session(f"s{number}", {"n": number})
        return await auth_redis_manager.get_session(f"s{number}")

    for number in range(LOOPS):
        assert asyncio.run(work(number)) == {"n": number}
        server.wait_for_clients(0)


def test_a_loop_that_is_closed_without_ado(server: Server) -> None:
    """Old code calls `loop.close()` and nothing else; the next loop must not pay for it."""
    for number in range(LOOPS):
        loop = asyncio.new_event_loop()
        assert loop.run_until_complete(operate(f"loop{number}", 5)) == 0
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
        del loop
    gc.collect()
    server.wait_for_clients(0)


def test_nothing_is_left_open_at_the_end(server: Server) -> None:
    """With every warning an error, an unclosed socket would be told on stderr."""
    output = said(
        """
        import asyncio, gc
        from netra_backend.app.redis_manager import auth_redis_manager, redis_manager

        async def work():
            await redis_manager.initialize()
            await asyncio.gather(*(redis_manager.set(f"k{n}", "v") for n in range(50)))
            await auth_redis_manager.store_session("s", {})
            async with redis_manager.pipeline() as pipe:
                pipe.get("k1")
                return await pipe.execute()

        for _ in range(3):
            print(asyncio.run(work()))
            gc.collect()
        """
    )
    assert output.splitlines() == ["['v']"] * 3
    server.wait_for_clients(0)


FORK = """
import asyncio, os, sys
from netra_backend.app.redis_manager import redis_manager

async def operate(who):
    async def one(n):
        key = f"{who}:{n}"
        await redis_manager.set(key, key)
        return await redis_manager.get(key) == key
    return (await asyncio.gather(*(one(n) for n in range(200)))).count(False)

loop = asyncio.new_event_loop()
print("before", loop.run_until_complete(operate("parent")), flush=True)
child = os.fork()
if child == 0:
    wrong = asyncio.run(operate("child"))
    os._exit(10 + wrong if wrong else 0)
# At the same time as the child, and once more after it has ended.
print("beside", loop.run_until_complete(operate("parent")))
print("child", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print("after", loop.run_until_complete(operate("parent")))
loop.run_until_complete(loop.shutdown_asyncgens())
loop.close()
"""


def test_a_fork_shares_no_connection(server: Server) -> None:
    assert said(FORK).splitlines() == ["before 0", "beside 0", "child 0", "after 0"]
    server.wait_for_clients(0)


def test_a_forked_child_makes_connections_of_its_own(server: Server) -> None:
    output = said(
        """
        import asyncio, os
        from netra_backend.app.redis_manager import redis_manager

        async def ids():
            client = await redis_manager.get_client()
            return await client.client_id()

        loop = asyncio.new_event_loop()
        mine = loop.run_until_complete(ids())
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.write(writer, str(asyncio.run(ids())).encode())
            os._exit(0)
        os.wait()
        theirs = int(os.read(reader, 20))
        print(mine != theirs, loop.run_until_complete(ids()) == mine)
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
        """
    )
    assert output == "True True"
    server.wait_for_clients(0)
