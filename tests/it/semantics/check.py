"""Makes programs, has them rewritten, runs them before and after, and compares.

Lines of JSON go out on standard output to the test that owns the engine, and its answers come
back on standard input; what is for people goes to standard error. `--show SEED` prints one.
"""

from __future__ import annotations

import argparse
import collections
import copy
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

import stubs
from choices import Node, text
from programs import Maker
from worlds import WORLDS, World

SAID = {"silent": "does something else, and nothing was said",
        "told": "does something else, though something was said",
        "deleted": "needs a module that nothing was said to name any more",
        "internal": "the engine gave up on its own output",
        "unstable": "a second rewrite changes it again",
        "syntax": "no longer compiles", "invalid": "is no program"}


def ask(request: dict[str, Any]) -> dict[str, Any]:
    sys.stdout.write(json.dumps(request) + "\n")
    sys.stdout.flush()
    return json.loads(sys.stdin.readline())


def tell(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def same(before: Any, after: Any) -> bool:
    """Whether a value is the one before; what failed before may work now."""
    if isinstance(before, str) and before.startswith("!"):
        return True
    if isinstance(before, (list, tuple)) and isinstance(after, (list, tuple)):
        return len(before) == len(after) and all(map(same, before, after))
    return bool(before == after)


def differs(before: dict[str, Any], after: dict[str, Any], world: World, source: str) -> str | None:
    """How two runs differ, if they do in a way that matters."""
    if before["failure"]:
        records = after["records"][: len(before["records"])]
        if not same(before["records"], records):
            return f"records: {before['records']} -> {records}"
        return None
    for what in ("failure", "records", "exports"):
        if not same(before[what], after[what]):
            return f"{what}: {before[what]} -> {after[what]}"
    if not world.rename and "import *" not in source and before["public"] != after["public"]:
        return f"names: {before['public']} -> {after['public']}"
    return None


def judge(nodes: list[Node], maker: Maker, world: World) -> tuple[str | None, dict[str, Any]]:
    """What is wrong with the rewrite of a program, if anything."""
    return judge_text(text(nodes), maker.module, maker.package, world)


def judge_text(
    source: str, module: str, package: bool, world: World
) -> tuple[str | None, dict[str, Any]]:
    before = stubs.run(source, module, package, world)
    if "syntax" in before:
        return "invalid", {}
    request = {"world": world.name, "source": source, "module": module, "package": package}
    answer = ask(request)
    answer["source"] = source
    if answer["internal"]:
        return "internal", answer
    if answer["outcome"] == "failed":
        return "invalid", answer
    if not answer["stable"]:
        return "unstable", answer
    told = [line for line in answer["found"] if "rename-refused" not in line]
    if answer["text"] != source:
        after = stubs.run(answer["text"], module, package, world)
        if "syntax" in after:
            return "syntax", {**answer, "why": after["syntax"]}
        why = differs(before, after, world, source)
        if why:
            return ("told" if told else "silent"), {**answer, "why": why}
    if not told and not world.silent:
        bare = stubs.run(answer["text"], module, package, world, legacy=False)
        why = differs(before, bare, world, source)
        if why:
            return "deleted", {**answer, "why": why}
    return None, answer


def smaller(nodes: list[Node]) -> list[list[Node]]:
    """The program with one part less, for each of its parts."""
    found: list[list[Node]] = []

    def visit(inside: list[Node]) -> None:
        for index in range(len(inside) - 1, -1, -1):
            node = inside[index]
            removed = inside.pop(index)
            found.append(copy.deepcopy(nodes))
            if removed.body:
                inside[index:index] = removed.body
                found.append(copy.deepcopy(nodes))
                del inside[index : index + len(removed.body)]
            inside.insert(index, node)
            if node.body:
                visit(node.body)
            if node.more:
                visit(node.more)

    visit(nodes)
    return found


def shrink(nodes: list[Node], maker: Maker, world: World, kind: str) -> tuple[list[Node], dict]:
    detail: dict[str, Any] = {}
    again = True
    while again:
        again = False
        for candidate in smaller(nodes):
            verdict, found = judge(candidate, maker, world)
            if verdict == kind:
                nodes, detail, again = candidate, found, True
                break
    return nodes, detail or judge(nodes, maker, world)[1]


def found_before() -> int:
    """Judges the programs that were found to go wrong once; how many do again."""
    failed = 0
    for path in sorted((Path(__file__).parent / "found").glob("*.py")):
        source = path.read_text()
        _, name, module, *package = source.split("\n", 1)[0].split()
        world = next(world for world in WORLDS if world.name == name)
        kind, detail = judge_text(source, module, bool(package), world)
        if kind is not None:
            failed += 1
            show(path.name, kind, detail)
    return failed


def show(what: str, kind: str, detail: dict[str, Any]) -> None:
    bar = "-" * 60
    print(
        f"{bar}\n{what}: "
        f"{SAID[kind]}\n{detail.get('internal') or detail.get('why') or ''}\n"
        f"{detail.get('source')}{bar}\n{detail.get('text')}" + "\n".join(detail.get("found", [])),
        file=sys.stderr,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--world")
    parser.add_argument("--told", action="store_true", help="count what was told as failed")
    parser.add_argument("--most", type=int, default=8, help="how many of a kind are shown")
    parser.add_argument("--print", type=int, metavar="SEED")
    options = parser.parse_args()
    worlds = [world for world in WORLDS if options.world in (None, world.name)]
    if options.print is not None:
        print(text(Maker(options.print, worlds[0]).program()))
        return
    for world in worlds:
        tell({"world": world.name, "rules": world.rules})
    counts: collections.Counter[str] = collections.Counter()
    shown: collections.Counter[str] = collections.Counter()
    started = time.monotonic()
    if options.world is None:
        counts["failed"] += found_before()
    for number in range(options.programs):
        world = worlds[number % len(worlds)]
        seed = options.seed * 1_000_000 + number
        maker = Maker(seed, world)
        nodes = maker.program()
        kind, detail = judge(nodes, maker, world)
        counts["programs"] += 1
        counts[kind or "right"] += 1
        counts["changed"] += bool(detail) and detail["text"] != detail["source"]
        counts["reported"] += bool(detail and detail["found"])
        if kind in (None, "invalid") or (kind == "told" and not options.told):
            continue
        counts["failed"] += 1
        alike = f"{kind} {re.sub('[0-9]+|`[^`]*`', '', detail['internal'] or '')}"
        shown[alike] += 1
        if shown[alike] <= options.most:
            _, least = shrink(nodes, maker, world, kind)
            package = " (a package)" if maker.package else ""
            show(f"{world.name} {seed}, as {maker.module}{package}", kind, least)
    seconds = time.monotonic() - started
    print(f"{dict(counts)} in {seconds:.1f} s", file=sys.stderr)
    tell({"done": {"failed": 0, **counts}})


if __name__ == "__main__":
    main()
