"""A real Redis for every test, started by the tests themselves. Nothing here skips."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness import tls
from harness.binary import NoServerError
from harness.external import ExternalServer
from harness.server import Server, ServerError

SETTINGS = ("REDIS_HOST", "REDIS_PORT", "REDIS_PASSWORD", "REDIS_DB")
SERVER = pytest.StashKey[Server]()
FOLDER = pytest.StashKey[tempfile.TemporaryDirectory[str]]()
NOTICE = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the server of this run before anything is imported that wants one."""
    config.stash[FOLDER] = tempfile.TemporaryDirectory(prefix="mission-critical-")
    external = os.environ.get("REDIS_URL")
    try:
        server = ExternalServer(external) if external else Server("maxclients 500")
        config.stash[SERVER] = server.start()
    except (NoServerError, ServerError) as error:
        pytest.exit(f"the mission critical tests need a real Redis: {error}", returncode=1)
    for name in SETTINGS:
        os.environ.pop(name, None)
    os.environ["REDIS_URL"] = server.url()


def pytest_unconfigure(config: pytest.Config) -> None:
    if SERVER in config.stash:
        config.stash[SERVER].close()
    if FOLDER in config.stash:
        config.stash[FOLDER].cleanup()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the TLS tests out where no server speaks TLS, and say so; in CI that is an error."""
    wanting = [item for item in items if item.get_closest_marker("tls")]
    if not wanting or tls.find(_folder(config)):
        return
    if os.environ.get("CI"):
        raise pytest.UsageError("no server with TLS: set REDIS_TLS_SERVER_BIN")
    items[:] = [item for item in items if item not in wanting]
    config.hook.pytest_deselected(items=wanting)
    config.stash[NOTICE] = f"{len(wanting)} TLS tests left out: no server here speaks TLS"


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if NOTICE in config.stash:
        terminalreporter.write_sep("!", config.stash[NOTICE])


def pytest_report_header(config: pytest.Config) -> str:
    info = config.stash[SERVER].admin.info("server")
    kind = "valkey" if "valkey_version" in info else "redis"
    return f"server: {kind} {info.get('valkey_version') or info['redis_version']}"


def _folder(config: pytest.Config) -> Path:
    return Path(config.stash[FOLDER].name)


@pytest.fixture(scope="session")
def server(pytestconfig: pytest.Config) -> Server:
    """The server that `REDIS_URL` names; empty when a test starts."""
    return pytestconfig.stash[SERVER]


@pytest.fixture(autouse=True)
def _clean(server: Server) -> Iterator[None]:
    """Start each test on an empty server, and let none leave a connection behind."""
    server.admin.flushall()
    server.admin.config_resetstat()
    yield
    try:
        server.wait_for_clients(0)
    finally:
        server.kill_clients()  # so that the next test answers for itself alone


@pytest.fixture
def own_server() -> Iterator[Callable[..., Server]]:
    """Make servers that a test may kill, stop, fill and restart."""
    servers: list[Server] = []

    def make(*options: str, **keywords: object) -> Server:
        servers.append(Server(*options, **keywords))
        return servers[-1].start()

    yield make
    for each in servers:
        each.close()


@pytest.fixture
def tls_server(pytestconfig: pytest.Config) -> Iterator[Server]:
    """A server that speaks nothing but TLS."""
    folder = _folder(pytestconfig)
    certificates = tls.make_certificates(folder)
    with Server(program=tls.find(folder), tls=certificates) as server:
        yield server
