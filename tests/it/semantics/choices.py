"""What random programs are made of: trees of statements, names, and what can be read.

The names are few on purpose, so that they meet: what is imported is shadowed, rebound, deleted,
declared global, taken by another import.
"""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass, field, replace

from worlds import World


@dataclass
class Node:
    """A line, or a header with a body; a header may go on with more (`else`, `except`)."""

    head: str
    body: list["Node"] | None = None
    more: list["Node"] = field(default_factory=list)

    def lines(self, indent: int = 0) -> list[str]:
        out = [("    " * indent + line) if line else "" for line in self.head.split("\n")]
        if self.body is not None:
            inner = [line for node in self.body for line in node.lines(indent + 1)]
            out += inner or ["    " * (indent + 1) + "pass"]
        for node in self.more:
            out += node.lines(indent)
        return out


def text(nodes: list[Node]) -> str:
    return "".join(line + "\n" for node in nodes for line in node.lines())


LOCALS = ["A", "B", "C", "D", "m", "old", "new", "a", "x"]
# What a program may be made of; each has its own subset.
FEATURES = [
    "from", "alias", "several", "relative", "plain", "plain_as", "module", "star", "foreign",
    "new_home", "fallback", "function", "class", "if", "try", "with", "for", "match", "lambda",
    "comprehension", "walrus", "delete", "rebind", "global", "nonlocal", "annotation", "patch",
    "importlib", "all", "string", "unmapped", "submodule", "whole", "layout", "attribute_store",
    "shadow", "semicolon", "getattr", "future", "checking",
]


class Choices:
    """What one random program may use, and what it has bound so far."""

    def __init__(self, seed: int, world: World) -> None:
        self.random = random.Random(f"{world.name} {seed}")
        self.world = world
        self.module, self.package = self.random.choice(world.users)
        share = self.random.choice([0.25, 0.5, 0.8])
        self.on = {name for name in FEATURES if self.random.random() < share}
        if not self.on & {"from", "plain", "plain_as", "module", "star", "relative"}:
            self.on.add(self.random.choice(["from", "plain", "plain_as", "module"]))
        if "attribute_store" in self.on:
            self.on -= {"new_home"}  # two homes: what is set in one is not seen in the other
        # New homes that it may not import.
        self.barred: tuple[str, ...] = ()
        if self.on & {"attribute_store", "patch"}:
            # Of modules with one new home, one, and not that home: what is set in one of them is
            # then set for all.
            moves = {move["from"]: move["to"] for move in tomllib.loads(world.rules)["move"]}
            homes = {moves.get(name, name): name for name in reversed(world.old)}
            old = tuple(name for name in world.old if name in homes.values())
            self.barred = tuple(moves.values())
            other = tuple(name for name in world.other if not self.is_barred(name))
            self.world = replace(world, old=old, other=other or old)
        self.label = 0
        # A frame a scope: expressions that can be read in it, and what they are.
        self.frames: list[list[tuple[str, str]]] = [[]]
        self.kinds = ["module"]
        self.functions = 0

    # -- choices

    def is_barred(self, module: str) -> bool:
        return any(f"{module}.".startswith(f"{home}.") for home in self.barred)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def has(self, feature: str, share: float = 0.5) -> bool:
        return feature in self.on and self.chance(share)

    def next(self) -> int:
        self.label += 1
        return self.label

    def local(self) -> str:
        return self.random.choice(LOCALS)

    def members(self, module: str) -> list[str]:
        names = [name for name in self.world.modules.get(module, {}) if name != "__tag__"]
        if "unmapped" not in self.on:
            names = [name for name in names if name not in self.world.unmapped]
        return names

    def some_module(self) -> str:
        if self.has("new_home", 0.25) or self.has("foreign", 0.25):
            return self.random.choice(self.world.other)
        return self.random.choice(self.world.old)

    def bound(self, expression: str, what: str) -> None:
        self.frames[-1].append((expression, what))

    # -- expressions

    def visible(self) -> list[tuple[str, str]]:
        found = []
        for kind, frame in zip(self.kinds, self.frames):
            if kind != "class" or frame is self.frames[-1]:
                found += frame
        return found

    def value(self) -> str:
        """Something to read."""
        seen = self.visible()
        if not seen:
            return self.random.choice(["None", f"made('v{self.next()}')"])
        if self.chance(0.04):
            return self.local()
        expression, what = self.random.choice(seen[-6:] if self.chance(0.6) else seen)
        if what == "":
            return expression
        # A module: one of its members, mostly.
        if self.has("whole", 0.12):
            return expression
        below = [
            name[len(what) + 1 :]
            for name in self.world.modules
            if name.startswith(what + ".") and "." not in name[len(what) + 1 :]
        ]
        if below and self.has("submodule", 0.25):
            leaf = self.random.choice(below)
            members = self.members(f"{what}.{leaf}")
            if members:
                return f"{expression}.{leaf}.{self.random.choice(members)}"
        members = self.members(what)
        if not members:
            return expression
        name = self.random.choice(members)
        if self.has("getattr", 0.1):
            return f"getattr({expression}, '{name}')"
        if self.chance(0.1):
            return f"{expression}.{name}.part"
        if self.has("layout", 0.04):
            return f"({expression}\n .{name})" if "\n" not in expression else expression
        return f"{expression}.{name}"

    def expression(self) -> str:
        """A value within some other expression."""
        value = self.value()
        name = self.local()
        forms = [value, value, value, f"[{value}, 1]", f"({value} if yes else {self.value()})"]
        forms.append(f"dict({name}={value})")
        forms.append(f"{value} or {self.value()}")
        if "comprehension" in self.on:
            forms += [
                f"[{value} for {name} in [1]]",
                f"[{name} for {name} in [{value}]]",
                f"{{{name}: {value} for {name} in 'k'}}",
                f"[{self.value()} for {name} in [{value}] if {self.value()}]",
            ]
        if "lambda" in self.on:
            forms += [
                f"(lambda: {value})()",
                f"(lambda {name}={value}: {name})()",
                f"(lambda {name}: {self.value()})({value})",
            ]
        if "walrus" in self.on and "." not in name and self.kinds[-1] != "class":
            forms.append(f"({name} := {value})")
            forms.append(f"[({name} := {value}) for _ in [1]]")
        if "string" in self.on:
            inner = f"f'{{rec({self.next()}, {self.value()}) and 1}}'"
            forms.append(inner if "'" not in value else value)
        return self.random.choice(forms)

    def record(self) -> Node:
        expression = self.expression()
        if self.has("try", 0.3):
            return Node(f"rec({self.next()}, fails(lambda: {expression}))")
        if self.chance(0.06):
            legacy = self.random.choice(self.world.old)
            return Node(f"rec({self.next()}, {expression})  # about {legacy}")
        return Node(f"rec({self.next()}, {expression})")
