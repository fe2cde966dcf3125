"""Times a dry run against `rg -l` for the same names on the same tree, pair by pair.

    cargo build --release
    python3 benches/scan/run.py TREE            # a code base
    python3 benches/scan/run.py --files 100000  # fixtures/netra, copied until there are so many

Prints the median of the pairs' ratios, its spread, and the peak memory of both. A ratio below 1
means that the dry run was the faster. Both read from a warm page cache: each pair is preceded by
an untimed run of both.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
NAMES = "redis_cache_manager|redis_manager|redis_service|redis_factory|redis_connection_handler"


def timed(command: list[str], folder: Path) -> tuple[float, int]:
    """Seconds that the command took, and its peak memory in KiB."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1, 2):
        sys.exit(f"error: {command[0]} ended with {code}")
    return seconds, usage.ru_maxrss


def multiplied(target: Path, files: int) -> Path:
    """Copies of fixtures/netra below `target`, until there are `files` Python files."""
    source = HERE / "fixtures" / "netra"
    each = sum(1 for _ in source.rglob("*.py"))
    for number in range(max(1, files // each)):
        shutil.copytree(source, target / f"copy{number}", symlinks=True)
    return target


def main() -> None:
    """Runs the pairs and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tree", nargs="?", type=Path)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument(
        "--binary", type=Path, default=HERE / "target/release/redis-migrate"
    )
    options = parser.parse_args()
    ripgrep = shutil.which("rg")
    if ripgrep is None:
        sys.exit("error: no rg on the PATH\n  hint: install ripgrep")
    if not options.binary.exists():
        sys.exit(f"error: no {options.binary}\n  hint: cargo build --release")
    with tempfile.TemporaryDirectory() as temporary:
        tree = options.tree or multiplied(Path(temporary), options.files)
        # With the endings that a dry run reads; `rg` on all files is the easier match.
        search = [ripgrep, "-l", "--hidden", "-tpy", NAMES]
        migrate = [str(options.binary), "--dry-run", "--quiet", "--root", "."]
        pairs, memory = [], [0, 0]
        for _ in range(options.pairs):
            timed(search, tree), timed(migrate, tree)
            (one, first), (other, second) = timed(search, tree), timed(migrate, tree)
            pairs.append((other / one, one, other))
            memory = [max(memory[0], first), max(memory[1], second)]
    ratios = sorted(ratio for ratio, _, _ in pairs)
    # Which one it is decides: between two of them lies a factor of three.
    version = subprocess.run(
        [ripgrep, "--version"], capture_output=True, text=True, check=True
    )
    print(f"searched by {version.stdout.splitlines()[0]}")
    print(f"pairs       {len(pairs)}")
    print(
        f"rg -l       {statistics.median(p[1] for p in pairs) * 1000:8.1f} ms  {memory[0] / 1024:6.1f} MiB"
    )
    print(
        f"dry run     {statistics.median(p[2] for p in pairs) * 1000:8.1f} ms  {memory[1] / 1024:6.1f} MiB"
    )
    print(
        f"ratio       {statistics.median(ratios):8.2f}  ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    )
    load = os.getloadavg()[0]
    print(
        f"load        {load:8.1f}  (of {os.cpu_count()} cores; {resource.getpagesize()} B pages)"
    )


if __name__ == "__main__":
    main()
