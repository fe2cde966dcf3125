#!/usr/bin/env python3
# /// script
# requires-python = ">=3.11"
# dependencies = ["blake3>=1"]
# ///
"""Write the list of contents that `redis-migrate install` may replace without asking.

Three kinds of files are known, each at the paths that `ssot/` installs:

- the managers of the original repository, from a checkout of the given commit;
- the managers of `fixtures/netra`;
- what earlier releases of this tool installed, from the tags `v*` of this repository.

Run it from the root, before each release, and commit the result::

    uv run scripts/known-contents.py --original FOLDER --commit 79707875e \
        > src/commands/install/known.toml

`FOLDER` is a checkout of netra-systems/zen at that commit. `--check` compares the list with the
committed one instead of printing it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from blake3 import blake3

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "src/commands/install/known.toml"
HEAD = """\
# Contents that `install` may replace without asking, because what they offer is known.
# Made by scripts/known-contents.py; do not edit.
"""


def git(*args: str) -> bytes:
    """Return what git prints."""
    return subprocess.run(["git", "-C", ROOT, *args], check=True, stdout=subprocess.PIPE).stdout


def modules() -> list[str]:
    """Return the paths that an install writes and that a legacy module may hold."""
    return sorted(
        path.removeprefix("ssot/")
        for path in git("ls-files", "ssot").decode().splitlines()
        if path.endswith(".py")
    )


def released() -> list[tuple[str, str, bytes]]:
    """Return path, origin and content of what earlier releases installed."""
    found = []
    for tag in git("tag", "--list", "v*", "--sort=version:refname").decode().split():
        names = git("ls-tree", "-r", "--name-only", tag, "ssot/").decode().splitlines()
        found += [
            (name.removeprefix("ssot/"), f"redis-migrate {tag}", git("show", f"{tag}:{name}"))
            for name in names
            if name.endswith(".py")
        ]
    return found


def main() -> int:
    """Print the list, or compare it with the committed one."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--original", type=Path, required=True, metavar="FOLDER")
    arguments.add_argument("--commit", required=True)
    arguments.add_argument("--check", action="store_true")
    options = arguments.parse_args()
    found: list[tuple[str, str, bytes]] = []
    for folder, origin in (
        (options.original, f"netra-systems/zen {options.commit}"),
        (ROOT / "fixtures/netra", "fixtures/netra"),
    ):
        present = [path for path in modules() if (folder / path).is_file()]
        if not present:
            sys.exit(f"{folder} holds none of the legacy modules")
        found += [(path, origin, (folder / path).read_bytes()) for path in present]
    found += released()
    lines = [HEAD]
    seen = set()
    for path, origin, content in found:
        digest = blake3(content.replace(b"\r\n", b"\n")).hexdigest()
        if (path, digest) not in seen:
            seen.add((path, digest))
            lines.append(
                f'\n[[known]]\npath = "{path}"\norigin = "{origin}"\nblake3 = "{digest}"\n'
            )
    text = "".join(lines)
    if options.check:
        return 0 if LIST.read_text("utf-8") == text else 1
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
