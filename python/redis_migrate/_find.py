"""Where an installer has put the program."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator
from pathlib import Path


def find_program() -> str:
    """Return the path of the program that was installed with this package.

    What else the PATH holds is not asked: it may be of another version.
    """
    name = "redis-migrate" + (sysconfig.get_config_var("EXE") or "")
    looked = []
    for folder in _folders():
        path = folder / name
        if path.is_file():
            return str(path)
        looked.append(str(folder))
    raise FileNotFoundError(
        f"cannot find `{name}` in {', '.join(looked)}; install the package `redis-migrate` again"
    )


def _folders() -> Iterator[Path]:
    """Yield the folders that installers put scripts in, the likeliest first."""
    packages = Path(__file__).resolve().parent.parent
    yield Path(sysconfig.get_path("scripts"))
    yield Path(sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user")))
    yield packages / "bin"  # pip install --target
    if len(packages.parents) > 2:
        yield packages.parents[2] / "bin"  # pip install --prefix: lib/pythonX.Y/site-packages
