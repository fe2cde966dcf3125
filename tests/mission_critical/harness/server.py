"""One Redis server process, which ends with the process that started it."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from . import binary

HOST = "127.0.0.1"
ADMIN = "harness"
# Below the ports that systems give to clients: one who knocks at such a port before the server
# listens can be given that very port, is then connected to itself, and reads its own words. Also
# below 55536, so that the cluster bus (port + 10000) is a port as well.
PORTS = range(15000, 32000)
START_SECONDS = 15.0

# Runs in the child before it becomes the server. An `atexit` hook would not
# survive `kill -9` of the test run; the kernel does.
LAUNCHER = """
import os, sys
if sys.platform == "linux":
    import ctypes
    ctypes.CDLL(None).prctl(1, 9)
    if os.getppid() != int(sys.argv[1]):
        os._exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""


class ServerError(RuntimeError):
    """The server did not do what a server does."""


def wait_for(what: str, ready: Callable[[], object], seconds: float = START_SECONDS) -> None:
    """Wait until `ready()` is true; Redis errors mean "not yet"."""
    end = time.monotonic() + seconds
    while True:
        try:
            if ready():
                return
            last: object = "it is not so"
        except (redis.RedisError, OSError) as error:
            last = error
        if time.monotonic() > end:
            raise ServerError(f"waited {seconds} s for {what}: {last}")
        time.sleep(0.01)


def free_port() -> int:
    """Return a port that is free now, and whose cluster bus port is free too."""
    while True:
        port = random.choice(PORTS)
        try:
            for number in (port, port + 10000):
                with socket.socket() as probe:
                    probe.bind((HOST, number))
        except OSError:
            continue
        return port


class Server:
    """A Redis (or Valkey) server of our own, with its files in a folder of its own."""

    def __init__(
        self,
        *options: str,
        program: str | None = None,
        password: str | None = None,
        tls: dict[str, str] | None = None,
        sentinel: bool = False,
    ) -> None:
        self.program = shutil.which(program or binary.find()) or ""
        self.password = password
        self.tls = tls
        self.port = free_port()
        self._options = options
        self._sentinel = sentinel
        self._folder = Path(tempfile.mkdtemp(prefix="mission-critical-redis-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._admin: redis.Redis | None = None

    # -- its life ---------------------------------------------------------

    def start(self) -> Server:
        """Start it, on the port it always had, and wait until it answers."""
        config = self._folder / "server.conf"
        if not (config.exists() and self._sentinel):  # a sentinel writes its own state there
            config.write_text("\n".join(self._config()) + "\n")
        command = [self.program, str(config), *(["--sentinel"] if self._sentinel else [])]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-S", "-E", "-c", LAUNCHER, str(os.getpid()), *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
            )
        try:
            wait_for(f"an answer on port {self.port}", self._answers)
        except ServerError as error:
            said = self.log.read_text(errors="replace")[-2000:]
            self.close()
            raise ServerError(f"{error}\n{said}") from error
        return self

    def _config(self) -> list[str]:
        lines = [f"bind {HOST}", f"dir {self._folder}"]
        if self.tls:
            lines += ["port 0", f"tls-port {self.port}", "tls-auth-clients no"]
            lines += [f"tls-{key} {value}" for key, value in self.tls.items()]
        else:
            lines.append(f"port {self.port}")
        if not self._sentinel:
            lines += ['save ""', "appendonly no", "repl-diskless-sync-delay 0"]
        if self.password:
            lines += [f"requirepass {self.password}"]
        return [*lines, *self._options]

    def _answers(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise ServerError(f"the server ended: {self.log.read_text(errors='replace')[-2000:]}")
        return bool(self.admin.ping())

    def kill(self) -> None:
        """Kill it as the kernel would: no goodbye."""
        self._forget_admin()
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def restart(self) -> None:
        """Kill it and start it again on the same port, empty."""
        self.kill()
        self.start()

    def pause(self) -> None:
        """Stop it from answering, with its sockets open."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            raise ServerError("the server is not running")
        self._process.send_signal(number)

    def close(self) -> None:
        """End it for good, with its files."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Server:
        return self if self._process else self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- what it is asked -------------------------------------------------

    @property
    def log(self) -> Path:
        return self._folder / "server.log"

    def url(self, db: int = 0, *, password: str | None = None, query: str = "") -> str:
        """Return the URL for a client."""
        secret = password or self.password
        who = f":{secret}@" if secret else ""
        scheme = "rediss" if self.tls else "redis"
        return f"{scheme}://{who}{HOST}:{self.port}/{db}{query}"

    @property
    def admin(self) -> redis.Redis:
        """One connection for the tests' own questions; it never counts as a client."""
        if self._admin is None:
            tls = {"ssl": True, "ssl_ca_certs": self.tls["ca-cert-file"]} if self.tls else {}
            self._admin = redis.Redis(
                host=HOST,
                port=self.port,
                password=self.password,
                client_name=None if self._sentinel else ADMIN,
                decode_responses=True,
                single_connection_client=True,
                # A replica that is promoted cuts every connection, this one too.
                retry=Retry(NoBackoff(), 2),
                socket_timeout=10,
                **tls,
            )
        return self._admin

    def _forget_admin(self) -> None:
        if self._admin is not None:
            self._admin.close()
            self._admin.connection_pool.disconnect()
            self._admin = None

    @contextmanager
    def database(self, number: int) -> Iterator[redis.Redis]:
        """Open a connection to another database, for the tests' own questions."""
        with redis.Redis.from_url(self.url(number), decode_responses=True) as client:
            yield client

    def clients(self) -> list[dict[str, str]]:
        """Return what CLIENT LIST says, without the harness's own connection."""
        return [each for each in self.admin.client_list() if each["name"] != ADMIN]

    def wait_for_clients(self, count: int, seconds: float = 5.0) -> None:
        wait_for(f"{count} clients", lambda: len(self.clients()) == count, seconds)

    def kill_clients(self) -> int:
        """Cut every client's connection, as a failover does."""
        return int(self.admin.execute_command("CLIENT KILL TYPE normal SKIPME yes"))

    def calls(self, command: str) -> int:
        """Return how often `command` was run since the last CONFIG RESETSTAT."""
        return int(self.admin.info("commandstats").get(f"cmdstat_{command}", {}).get("calls", 0))

    def stat(self, name: str, section: str = "stats") -> int:
        return int(self.admin.info(section)[name])
