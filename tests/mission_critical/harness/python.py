"""Runs a piece of Python in an interpreter of its own, every warning an error."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SSOT = ROOT / "ssot"
SECONDS = 60


def run(
    code: str,
    *arguments: str,
    path: tuple[Path, ...] = (SSOT,),
    warnings: str = "error",
    env: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run `code` with `path` importable; return what it said and how it ended."""
    return subprocess.run(
        [sys.executable, "-W", warnings, "-c", textwrap.dedent(code), *arguments],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, path)),
            "PYTHONDONTWRITEBYTECODE": "1",
            **(env or {}),
        },
    )


def said(code: str, *arguments: str, **options: object) -> str:
    """Run `code`, which must end well and complain of nothing; return its output."""
    done = run(code, *arguments, **options)  # type: ignore[arg-type]
    assert done.returncode == 0, done.stderr
    # An exception in a finalizer, a ResourceWarning among them, only ever reaches stderr.
    assert done.stderr == "", done.stderr
    return done.stdout.strip()
