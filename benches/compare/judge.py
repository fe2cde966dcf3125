"""What a tool made of a file: read with Python's own parser, and no tool's.

A file is told by its references: what each scope's imports bind and to what, the dotted uses of
modules, and the strings that name a moved name (patch targets). Those of the file before, with
the moves carried out, are what they should be after.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

# (scope, kind, local name, what it is)
Reference = tuple[str, str, str, str]


@dataclass(frozen=True)
class Job:
    """One legacy module whose names move."""

    old: str
    new: str
    names: dict[str, str]

    def moved(self, path: str) -> str:
        """Where the dotted `path` leads after the move."""
        if path == self.old:
            return self.new
        if not path.startswith(self.old + "."):
            return path
        name, *tail = path[len(self.old) + 1 :].split(".")
        if name not in self.names:
            return path
        return ".".join([self.new, self.names[name], *tail])


def _package(module: str, level: int, file: Path) -> str:
    """The module that a relative import names, for a file below the root."""
    parts = file.with_suffix("").parts
    parts = parts[: len(parts) - level]
    return ".".join([*parts, module] if module else parts)


class _References(ast.NodeVisitor):
    def __init__(self, file: Path, job: Job) -> None:
        self.file, self.job = file, job
        self.scope: list[str] = []
        self.found: set[Reference] = set()

    def _add(self, kind: str, local: str, target: str) -> None:
        self.found.add((".".join(self.scope), kind, local, target))

    def _scoped(self, node: ast.AST) -> None:
        self.scope.append(node.name)
        self.generic_visit(node)
        self.scope.pop()

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _scoped  # noqa: N815

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._add("import", alias.asname or "", alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if node.level:
            module = _package(module, node.level, self.file)
        for alias in node.names:
            self._add("from", alias.asname or alias.name, f"{module}.{alias.name}")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        text = ast.unparse(node)
        for module in (self.job.old, self.job.new):
            if text.startswith(module + "."):
                self._add("use", "", text)
                return
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        text = node.value
        modules = (self.job.old + ".", self.job.new + ".")
        if isinstance(text, str) and " " not in text and text.startswith(modules):
            self._add("string", "", text)


def references(source: bytes, file: Path, job: Job) -> set[Reference] | None:
    """What the file refers to; `None` if it does not parse."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    visitor = _References(file, job)
    visitor.visit(tree)
    return visitor.found


def moved(found: set[Reference], job: Job) -> set[Reference]:
    """The same references with the move carried out."""
    return {(scope, kind, local, job.moved(to)) for scope, kind, local, to in found}


def verdict(before: bytes, after: bytes, file: Path, job: Job) -> str:
    """`right`, `missed`, `other names`, `does not parse`, `untouched` or `needless`.

    `other names`: something is bound under another name, to another thing, or no longer at all.
    `missed`: at least one reference still leads to the old place, and nothing is worse than that.
    """
    was = references(before, file, job)
    if was is None:
        return "untouched" if before == after else "needless"
    should = moved(was, job)
    if should == was:
        if before == after:
            return "untouched"
        now = references(after, file, job)
        return "does not parse" if now is None else "needless" if now == was else "other names"
    now = references(after, file, job)
    if now is None:
        return "does not parse"
    if now == should:
        return "right"
    # Each reference is as it was, or as it should be, and none is lost.
    return "missed" if now <= was | should and moved(now, job) == should else "other names"
