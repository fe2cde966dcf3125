"""Runs the same move with this program and with other tools, and judges what each made of it.

    cargo build --release
    python3 benches/compare/run.py                 # 2,000 files, 5 pairs
    python3 benches/compare/run.py --files 100000 --pairs 5 --tools redis-migrate,sed

The tools are installed from PyPI into `target/compare`. The tree is `fixtures/netra`, copied until
there are so many Python files; what holds a comment for this program, and what is broken on
purpose, is left out, since other tools could not know. Two jobs: `sparse`, a module that one file
in twenty imports, and `hot`, one that more than a quarter do. Each run is on a fresh copy, after a
search (`rg -l`) of the same tree, and the ratio is to that search. Prints Markdown.
"""

from __future__ import annotations

import argparse
import datetime
import functools
import os
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import venv
from collections import Counter
from pathlib import Path

from judge import Job, verdict

HERE = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).resolve().parent
BIN = HERE / "target/compare" / ("Scripts" if os.name == "nt" else "bin")
RULES = {"sparse": "db-manager", "hot": "cache-manager"}
COLUMNS = ["right", "missed", "other names", "does not parse", "needless"]


def job(rule: str) -> Job:
    """The move that the default rule set calls `rule`."""
    text = (HERE / "rules/redis-ssot.toml").read_text()
    move = next(m for m in tomllib.loads(text)["move"] if m["id"] == rule)
    return Job(move["from"], move["to"], move["names"])


def commands(rule: str, it: Job, binary: Path) -> dict[str, str]:
    """The command of each tool, for a shell in the tree."""
    rg = f"rg -l --hidden -tpy -0 {it.old.rsplit('.', 1)[-1]} ."
    pattern = f"from {it.old} import "
    table = [
        # The way of the plan's script: one regular expression for each name.
        f"s/^{pattern.replace('.', chr(92) + '.')}{old}/from {it.new} import {new}/; "
        f"s/^( +){pattern.replace('.', chr(92) + '.')}{old}/\\1from {it.new} import {new}/"
        for old, new in it.names.items()
    ]
    quote = shlex.quote
    ours = f"{quote(str(binary))} --select {rule} --no-progress --quiet --root ."
    rename = (
        f"python -m libcst.tool codemod rename.RenameCommand --no-format -j {os.cpu_count()} "
        f"--old_name {it.old} --new_name {it.new}"
    )
    find = f"-p {quote(pattern + '$$$N')} -r {quote(f'from {it.new} import $$$N')}"
    replace = " ".join(f"--replace-import {it.old}={it.new}:{name}" for name in it.names)
    banned = f'lint.flake8-tidy-imports.banned-api."{it.old}".msg = "moved"'
    check = "ruff check --isolated --no-cache --quiet --select TID251"
    return {
        "redis-migrate --dry-run": f"{ours} --dry-run",
        "redis-migrate": ours,
        "the plan's way (regular expressions, sed)": (
            f"{rg} | xargs -0 sed -i -E {quote('; '.join(table))}"
        ),
        "ast-grep": f"ast-grep run -U -l python {find} --no-ignore hidden .",
        # It never ends on this file of the fixture, which stays, and counts as missed.
        "reorder-python-imports": (
            f"{rg} -g '!flush_demo_keys.py' | xargs -0 reorder-python-imports {replace}"
        ),
        "LibCST RenameCommand": f"{rg} | xargs -0 {rename}",
        "ruff TID251 (report only)": f"{check} --config {quote(banned)} .",
    }


def timed(command: str, folder: Path, log: Path, limit: float) -> tuple[float, float]:
    """Seconds that the command took, and the peak memory of its largest process in MiB.

    What this process itself takes, about 20 MiB, is the least that can be told. Whatever takes
    longer than `limit` seconds is ended, with all that it started.
    """
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    with log.open("ab") as out:
        start = time.perf_counter()
        process = subprocess.Popen(
            ["sh", "-c", command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        # Some tools never end on some files.
        watch = threading.Timer(limit, os.killpg, (process.pid, signal.SIGKILL))
        watch.start()
        _, _, usage = os.wait4(process.pid, 0)  # with what it has waited for
        seconds = time.perf_counter() - start
        watch.cancel()
        return seconds, usage.ru_maxrss / 1024


def grow(target: Path, files: int) -> int:
    """Copies of fixtures/netra below `target`; returns how many."""
    source = HERE / "fixtures/netra"

    def left_out(folder: str, names: list[str]) -> list[str]:
        made = ["__pycache__", ".pytest_cache", ".ruff_cache", "broken", "vendored"]
        return [
            name
            for name in names
            if name in made
            or ((path := Path(folder, name)).is_file() and b"redis-migrate:" in path.read_bytes())
        ]

    first = target / "copy0"
    shutil.copytree(source, first, ignore=left_out)
    each = sum(1 for _ in first.rglob("*.py"))
    for number in range(1, max(1, round(files / each))):
        shutil.copytree(first, target / f"copy{number}")
    return max(1, round(files / each)) * each


def judged(before: Path, after: Path, it: Job) -> Counter[str]:
    """How many files came out how; the legacy module itself and the target are left out."""
    counts: Counter[str] = Counter()

    @functools.cache  # most copies of a file are alike, before and after
    def known(was: bytes, now: bytes, file: Path) -> str:
        return verdict(was, now, file, it)

    own = {name.replace(".", "/") + ".py" for name in (it.old, it.new)}
    for path in sorted(before.rglob("*.py")):
        inside = path.relative_to(before)
        file = Path(*inside.parts[1:])
        if file.as_posix() not in own:
            text = (after / inside).read_bytes()
            counts[known(path.read_bytes(), text, file)] += 1
    return counts


def measured(
    command: str, search: str, it: Job, folder: Path, options: argparse.Namespace
) -> tuple[float, float, float, Counter[str]] | None:
    """How many times the search's time the command took, its seconds and MiB, and what came of it.

    Medians, but the peak of the memory; nothing if it did not end in time.
    """
    before, work, log = folder / "before", folder / "work", folder / "log"
    ratios, times, peak = [], [], 0.0
    for _ in range(options.pairs):
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(before, work)
        timed(search, work, log, options.limit)  # warms the cache
        base, _ = timed(search, work, log, options.limit)
        seconds, memory = timed(command, work, log, options.limit)
        if seconds >= options.limit:
            return None
        ratios.append(seconds / base)
        times.append(seconds)
        peak = max(peak, memory)
    return statistics.median(ratios), statistics.median(times), peak, judged(before, work, it)


def versions(binary: Path) -> str:
    """What was compared."""
    packages = (FOLDER / "requirements.txt").read_text().split()
    script = (
        "import importlib.metadata as m, sys; "
        "print(', '.join(f'{p} {m.version(p)}' for p in sys.argv[1:]))"
    )
    peers = subprocess.check_output([BIN / "python", "-c", script, *packages], text=True).strip()
    own = subprocess.check_output([binary, "--version"], text=True).strip()
    return f"{own}, {peers}"


def main() -> None:
    """Installs, grows, runs, judges, prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--tools", default="", help="only those whose name holds one of these")
    parser.add_argument("--jobs", default="sparse,hot")
    parser.add_argument("--limit", type=float, default=600, help="seconds that one run may take")
    parser.add_argument("--binary", type=Path, default=HERE / "target/release/redis-migrate")
    options = parser.parse_args()
    if not options.binary.exists():
        sys.exit(f"error: no {options.binary}\n  hint: cargo build --release")
    if not BIN.exists():
        venv.create(BIN.parent, with_pip=True)
    requirements = FOLDER / "requirements.txt"
    subprocess.check_call([BIN / "python", "-m", "pip", "install", "-q", "-r", requirements])
    with tempfile.TemporaryDirectory() as temporary:
        before = Path(temporary, "before")
        before.mkdir()
        files = grow(before, options.files)
        today = datetime.datetime.now(datetime.UTC).date()
        print(f"{today}; {versions(options.binary.resolve())}; Python {sys.version.split()[0]}")
        print(f"{files} Python files, {options.pairs} pairs, {os.cpu_count()} cores, ", end="")
        print(f"load {os.getloadavg()[0]:.1f} at the start\n")
        for name in options.jobs.split(","):
            it = job(RULES[name])
            print(f"Job `{name}`: `{it.old}` to `{it.new}`\n")
            print("| tool | times `rg -l` | seconds | MiB |", " | ".join(COLUMNS), "|")
            print("| --- | --: | --: | --: |", "--: | " * len(COLUMNS))
            search = f"rg -l --hidden -tpy {it.old.rsplit('.', 1)[-1]} ."
            for tool, command in commands(RULES[name], it, options.binary.resolve()).items():
                if not any(part in tool for part in options.tools.split(",")):
                    continue
                row = measured(command, search, it, Path(temporary), options)
                if row is None:
                    print(f"| {tool} | did not end in {options.limit:.0f} s |", flush=True)
                    continue
                ratio, seconds, peak, counts = row
                writes = "report" not in tool and "dry-run" not in tool
                cells = [str(counts[column]) if writes else "-" for column in COLUMNS]
                print(
                    f"| {tool} | {ratio:.1f} | {seconds:.2f} | {peak:.0f} | {' | '.join(cells)} |",
                    flush=True,
                )
            print()


if __name__ == "__main__":
    main()
