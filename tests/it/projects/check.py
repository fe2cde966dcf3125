"""Makes projects, migrates each with the program itself, and runs them before and after.

Every module is imported in a process of its own and its `main` is called; what they print must be
the same after the migration, whatever the program said: only a patch that it said to miss some of
the code may do so. A second run must change nothing, and a rollback must bring back every byte. A
project that fails is made smaller and printed.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
import unittest.mock  # noqa: F401 - loaded once for all that are forked
from pathlib import Path

from maker import Maker

Files = dict[str, str]


def write(root: Path, files: Files) -> None:
    shutil.rmtree(root, ignore_errors=True)
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def read(root: Path) -> Files:
    found = (path for path in root.rglob("*") if path.is_file())
    inside = (path for path in found if ".redis-migrate" not in path.parts)
    return {str(path.relative_to(root)): path.read_text() for path in inside}


def tool(program: str, root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [program, "--root", ".", "--no-progress", "--color", "never", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def ran(root: Path, module: str) -> str:
    """What a module prints, or that it cannot be imported."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        sys.path.insert(0, str(root))
        sys.dont_write_bytecode = True
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            try:
                __import__(module)
                sys.modules[module].main()
            except BaseException as error:  # noqa: BLE001 - whatever it is, it is told
                print(type(error).__name__)
        with os.fdopen(writer, "w") as told:
            told.write(out.getvalue())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        text = told.read()
    os.waitpid(child, 0)
    return text


def runs(root: Path, files: Files) -> dict[str, str]:
    modules = {}
    for path, text in files.items():
        if "def main" in text:
            modules[name(path)] = ran(root, name(path))
    return modules


def name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def half_dead(report: Path) -> set[str]:
    """The modules with patches that are said to miss some of the code."""
    files = json.loads(report.read_text())["files"]
    return {
        name(file["path"]) for file in files
        if any(found["code"] == "dead-patch-target" for found in file["diagnostics"])
    }


def judge(program: str, root: Path, files: Files) -> tuple[str | None, str, bool]:
    """What is wrong, what the program said, and whether anything changed."""
    write(root, files)
    before = runs(root, files)
    report = root.with_suffix(".json")
    rules = ["--rules", "rules.toml"]
    applied = tool(program, root, *rules, "--report", f"json={report}")
    said = applied.stdout + applied.stderr
    if applied.returncode not in (0, 1):
        return f"status {applied.returncode}", said, False
    now = read(root)
    changed = now != files
    after = runs(root, files)
    told = half_dead(report)
    for module, text in before.items():
        if text != after[module] and module not in told:
            old, new = text.splitlines(), after[module].splitlines()
            return f"{module} prints {new} and not {old}", said, changed
    again = tool(program, root, *rules)
    if read(root) != now:
        return "a second run changes it again", said + again.stdout, changed
    if changed:
        back = tool(program, root, "rollback")
        if read(root) != files:
            return "a rollback leaves it otherwise", said + back.stdout + back.stderr, changed
    return None, said, changed


def kind(wrong: str) -> str:
    """What stays of a failure while the project gets smaller."""
    return wrong.split(" ", 1)[1][:6] if "prints" in wrong else wrong


def pieces(text: str) -> list[str]:
    """The top-level statements and the lines of `main`, each with its place."""
    found: list[str] = []
    for line in text.splitlines(keepends=True):
        continues = line.startswith((" ", "except", "\n")) and "show(" not in line
        if found and continues:
            found[-1] += line
        else:
            found.append(line)
    return found


def smaller(program: str, root: Path, files: Files, wrong: str) -> Files:
    """Leaves out what the failure does not need."""
    def still(tried: Files) -> bool:
        now, _, _ = judge(program, root, tried)
        return now is not None and kind(now) == kind(wrong)

    for path in sorted(files):
        if "def main" in files[path]:
            tried = {other: text for other, text in files.items() if other != path}
            if still(tried):
                files = tried
    for path in sorted(files, reverse=True):
        if "def main" not in files[path]:
            continue
        at = 0
        while at < len(parts := pieces(files[path])):
            tried = {**files, path: "".join(parts[:at] + parts[at + 1:])}
            if "def main" in tried[path] and still(tried):
                files = tried
            else:
                at += 1
    return files


def tell(seed: int, program: str, root: Path, files: Files, wrong: str) -> None:
    files = smaller(program, root, files, wrong)
    wrong_now, said, _ = judge(program, root, files)
    print(f"=== seed {seed}: {wrong_now}", file=sys.stderr)
    after = read(root)
    for path, text in files.items():
        if text and path != "pyproject.toml":
            print(f"--- {path}\n{text}", file=sys.stderr)
        if after.get(path) != text:
            print(f"+++ {path}, after\n{after.get(path)}", file=sys.stderr)
    print(f"said:\n{said}", file=sys.stderr)


def one(program: str, seed: int, quiet: bool) -> tuple[bool, bool]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        files = Maker(seed).project()
        wrong, _, changed = judge(program, root, files)
        if wrong is not None:
            if quiet:
                print(f"=== seed {seed}: {wrong}", file=sys.stderr)
            else:
                tell(seed, program, root, files, wrong)
        return wrong is not None, changed


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--projects", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quiet", action="store_true", help="only the seeds of what fails")
    arguments = parser.parse_args()
    program = str(Path(arguments.program).resolve())
    failed = changed = 0
    for seed in range(arguments.seed, arguments.seed + arguments.projects):
        try:
            wrong, moved = one(program, seed, arguments.quiet)
        except Exception:
            traceback.print_exc()
            print(f"in the project of seed {seed}", file=sys.stderr)
            return 2
        failed += wrong
        changed += moved
    print(f"{arguments.projects} projects, {changed} changed, {failed} failed")
    return 1 if failed or not changed else 0


if __name__ == "__main__":
    sys.exit(main())
