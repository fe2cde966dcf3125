"""A file of a project, and what it binds."""

from __future__ import annotations

import dataclasses
import textwrap

from texts import PRELUDE


@dataclasses.dataclass(frozen=True)
class Bound:
    """Something that a file binds at its top."""

    expression: str
    kind: str  # class | function | number | object | module | error
    # What the name was in the legacy module, for a module its dotted path.
    origin: str


@dataclasses.dataclass
class User:
    """A file that uses the legacy module, by itself or through others."""

    module: str
    is_package: bool = False
    lines: list[str] = dataclasses.field(default_factory=list)
    shows: list[str] = dataclasses.field(default_factory=list)
    bound: list[Bound] = dataclasses.field(default_factory=list)
    listed: bool = False

    @property
    def path(self) -> str:
        path = self.module.replace(".", "/")
        return f"{path}/__init__.py" if self.is_package else f"{path}.py"

    def text(self) -> str:
        body = "\n".join(textwrap.indent(line, "    ") for line in self.shows) or "    pass"
        names = [bound.expression for bound in self.bound if "." not in bound.expression]
        listed = f"__all__ = {sorted(set(names))!r}\n" if self.listed else ""
        lines = "\n".join(self.lines)
        return f"{lines}\n{PRELUDE}\n{listed}\ndef main():\n{body}\n"
