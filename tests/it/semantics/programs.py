"""Makes random programs: trees of statements about the modules of a world.

The names are few on purpose, so that they meet: what is imported is shadowed, rebound, deleted,
declared global, taken by another import.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

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


class Maker:
    """One random program."""

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
        self.label = 0
        # A frame a scope: expressions that can be read in it, and what they are.
        self.frames: list[list[tuple[str, str]]] = [[]]
        self.kinds = ["module"]
        self.functions = 0

    # -- choices

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

    # -- imports

    def import_of(self) -> Node:
        shapes = [
            shape
            for shape in ["from", "plain", "plain_as", "module", "relative", "star", "fallback",
                          "importlib", "checking"]
            if shape in self.on
        ]
        weights = {"from": 5, "star": 0.6, "fallback": 1.5, "importlib": 1, "checking": 0.4}
        shape = self.random.choices(
            shapes or ["from"], [weights.get(shape, 3) for shape in shapes] or [1]
        )[0]
        return {
            "from": self.from_import,
            "relative": self.relative_import,
            "plain": self.plain_import,
            "plain_as": lambda: self.plain_import(named=True),
            "module": self.module_import,
            "star": self.star_import,
            "fallback": self.fallback,
            "importlib": self.by_name,
            "checking": self.checking,
        }[shape]()

    def aliases(self, module: str, names: list[str]) -> str:
        parts = []
        for name in names:
            what = f"{module}.{name}" if f"{module}.{name}" in self.world.modules else ""
            if self.has("alias", 0.35):
                local = self.random.choice([*LOCALS, name])
                parts.append(f"{name} as {local}")
            else:
                local = name
                parts.append(name)
            self.bound(local, what)
        return self.laid_out(parts)

    def laid_out(self, parts: list[str]) -> str:
        if not self.has("layout", 0.4):
            return ", ".join(parts)
        forms = [
            "(" + ", ".join(parts) + ")",
            "(" + ", ".join(parts) + ",)",
            "(\n    " + ",  # why\n    ".join(parts) + ",\n)",
            "(  # head\n    " + ",\n    ".join(parts) + "\n)",
            ", \\\n    ".join(parts),
        ]
        return self.random.choice(forms)

    def pick(self, module: str) -> list[str]:
        members = self.members(module)
        if self.has("submodule", 0.3):
            members += [
                name[len(module) + 1 :]
                for name in self.world.modules
                if name.startswith(module + ".") and "." not in name[len(module) + 1 :]
            ]
        if not members:
            return []
        count = self.random.choice([1, 2, 2, 3]) if "several" in self.on else 1
        return [self.random.choice(members) for _ in range(count)]

    def from_import(self) -> Node:
        module = self.some_module()
        names = self.pick(module)
        if not names:
            return Node(f"import {module}")
        node = Node(f"from {module} import {self.aliases(module, names)}")
        if self.has("semicolon", 0.2) and "#" not in node.head:
            node.head += f"; rec({self.next()}, {self.value()})"
        return node

    def module_import(self) -> Node:
        module = self.some_module()
        parent, _, leaf = module.rpartition(".")
        if not parent:
            return self.plain_import(named=True)
        names = [leaf]
        if self.has("several"):
            names += self.pick(parent)
            self.random.shuffle(names)
        return Node(f"from {parent} import {self.aliases(parent, names)}")

    def relative_import(self) -> Node:
        module = self.some_module()
        here = self.module.split(".")
        base = here if self.package else here[:-1]
        target = module.split(".")
        if not base or target[0] != base[0]:
            return self.from_import()
        shared = 0
        while shared < min(len(base), len(target)) and base[shared] == target[shared]:
            shared += 1
        dots = "." * (len(base) - shared + 1)
        rest = ".".join(target[shared:])
        if rest and self.chance(0.3):
            parent, _, leaf = rest.rpartition(".")
            full = ".".join(target[:-1])
            return Node(f"from {dots}{parent} import {self.aliases(full, [leaf])}")
        names = self.pick(module)
        if not names:
            return self.from_import()
        return Node(f"from {dots}{rest} import {self.aliases(module, names)}")

    def plain_import(self, named: bool = False) -> Node:
        count = self.random.choice([1, 1, 2, 3]) if "several" in self.on else 1
        parts = []
        for _ in range(count):
            module = self.some_module()
            if named and self.chance(0.8):
                local = self.local()
                parts.append(f"{module} as {local}")
                self.bound(local, module)
                continue
            parts.append(module)
            self.bound(module, module)
            if self.chance(0.3) and "." in module:
                parent = module.rpartition(".")[0]
                self.bound(parent, parent)
        if self.has("layout", 0.1):
            parts[0] = parts[0].replace(".", " . ", 1)
        if self.chance(0.1):
            parts.insert(self.random.randrange(len(parts) + 1), "json")
        return Node("import " + ", ".join(parts))

    def star_import(self) -> Node:
        if self.kinds[-1] != "module" or len(self.frames) > 1:
            return self.from_import()
        module = self.some_module()
        for name in self.members(module):
            if self.chance(0.6):
                self.bound(name, "")
        return Node(f"from {module} import *")

    def fallback(self) -> Node:
        first = self.import_of_kind(self.random.choice(["from", "plain_as", "module"]))
        handler = Node("except ImportError:", [])
        bound = self.frames[-1][-1][0] if self.frames[-1] else "A"
        choice = self.random.randrange(3)
        if choice == 0 and bound.isidentifier():
            handler.body = [Node(f"{bound} = None")]
        elif choice == 1:
            handler.body = [self.import_of_kind("from")]
        node = Node("try:", [first], [handler])
        if self.chance(0.2):
            caught = ["(ImportError, KeyError)", "Exception", "ModuleNotFoundError"]
            handler.head = f"except {self.random.choice(caught)}:"
        if self.chance(0.2):
            node.more.append(Node("else:", [self.record()]))
        return node

    def import_of_kind(self, kind: str) -> Node:
        if kind == "from":
            return self.from_import()
        if kind == "module":
            return self.module_import()
        return self.plain_import(named=True)

    def by_name(self) -> Node:
        module = self.random.choice(self.world.old)
        name = self.random.choice(self.members(module))
        local = self.local()
        forms = [
            f"rec({self.next()}, importlib.import_module('{module}').{name})",
            f"rec({self.next()}, getattr(importlib.import_module('{module}'), '{name}'))",
            f"rec({self.next()}, importlib.util.find_spec('{module}') is not None)",
            f"rec({self.next()}, pkgutil.resolve_name('{module}:{name}'))",
            f"rec({self.next()}, pkgutil.resolve_name('{module}.{name}'))",
            f"rec({self.next()}, __import__('{module}', fromlist=['{name}']).{name})",
            f"rec({self.next()}, '{module}' in sys.modules or True)",
            f"rec({self.next()}, fails(lambda: sys.modules['{module}'].{name}))",
            f"{local} = importlib.import_module('{module}')",
            f"{local} = getattr(importlib.import_module('{module}'), '{name}')",
            f"rec({self.next()}, [getattr(importlib.import_module('{module}'), k)"
            f" for k in ['{name}']])",
        ]
        form = self.random.choice(forms)
        if form.startswith(f"{local} ="):
            self.bound(local, "" if "getattr" in form else module)
        return Node(form)

    def checking(self) -> Node:
        module = self.random.choice(self.world.old)
        names = self.members(module)[:1]
        return Node("if no:", [Node(f"from {module} import {', '.join(names)}")])

    # -- other statements

    def patch(self) -> Node:
        module = self.random.choice(self.world.old)
        names = self.members(module)
        name = self.random.choice(names)
        label = self.next()
        target = self.random.choice([f"{module}.{name}", f"{module}.{name}.part"])
        inner = self.random.choice(
            [
                Node(f"rec({label}, __import__('{module}', fromlist=['_']).{name})"),
                Node(f"from {module} import {name}\nrec({label}, [{name}, {name}.part])"),
                Node(f"rec({label}, {self.value()})"),
            ]
        )
        forms = [
            Node(f"with patch('{target}', made('P{label}')):", [inner]),
            Node(
                f"with patch.object(importlib.import_module('{module}'), '{name}', made('P')):",
                [inner],
            ),
            Node(f"with patch.multiple('{module}', {name}=made('P{label}')):", [inner]),
            Node(
                f"@patch('{target}', new=made('P{label}'))\ndef patched():",
                [inner],
                [Node("patched()")],
            ),
            Node(f"monkeypatch.setattr('{target}', made('P{label}'))\n" + inner.head),
        ]
        return self.random.choice(forms)

    def annotated(self) -> Node:
        label = self.next()
        value = self.value().replace("\n ", "")
        other = self.value().replace("\n ", "")
        if "(" in value + other or "'" in value + other or value == "None":
            return self.record()
        forms = [
            f"def noted{label}(p: '{value}') -> {other}: ...",
            f"def noted{label}(p: {value}, q: '{other} | None' = None): ...",
            f"def noted{label}(p: 'list[{value}]'): ...",
            f"class noted{label}:\n    at: '{value}'\n    on: {other}",
        ]
        name = self.random.choice(forms)
        return Node(f"{name}\nrec({label}, fails(lambda: hints(noted{label})))")

    def binding(self) -> Node:
        name = self.local()
        what = self.value()
        forms = [f"{name} = {what}", f"{name} = made('v{self.next()}')", f"{name}: 'int' = {what}",
                 f"{name}, _ = {what}, 1", f"{name} = None", f"{name}: int"]
        form = self.random.choice(forms)
        if not form.endswith(": int"):
            self.bound(name, "")
        return Node(form)

    def block(self, depth: int, most: int = 4) -> list[Node]:
        return [self.statement(depth + 1) for _ in range(self.random.randint(1, most))]

    def function(self, depth: int) -> Node:
        self.functions += 1
        name = f"f{self.functions}"
        head, call = f"def {name}():", f"{name}()"
        self.frames.append([])
        self.kinds.append("function")
        body: list[Node] = []
        if self.has("shadow", 0.4):
            parameter = self.local()
            head, call = f"def {name}({parameter}):", f"{name}(made('arg'))"
            self.bound(parameter, "")
        elif self.chance(0.2):
            parameter = self.local()
            head, call = f"def {name}({parameter}={self.value()}):", f"{name}()"
            self.bound(parameter, "")
        if self.has("global", 0.4):
            body.append(Node(f"global {self.local()}"))
        if self.has("nonlocal", 0.3) and self.kinds[:-1].count("function"):
            body.append(Node(f"nonlocal {self.local()}"))
        body += self.block(depth)
        self.frames.pop()
        self.kinds.pop()
        if self.has("patch", 0.1):
            head = f"@(lambda f: f)\n{head}"
        node = Node(head, body)
        node.more.append(Node(call if self.chance(0.7) else f"rec({self.next()}, fails({name}))"
                              if "arg" not in call else call))
        return node

    def klass(self, depth: int) -> Node:
        label = self.next()
        self.frames.append([])
        self.kinds.append("class")
        body = self.block(depth)
        names = [name for name, what in self.frames[-1] if name.isidentifier()]
        self.frames.pop()
        self.kinds.pop()
        base = self.value()
        head = f"class K{label}:"
        seen = dict(self.visible())
        if seen.get(base) == "":
            head = f"class K{label}({base}):"
        node = Node(head, body)
        for name in names[:2]:
            node.more.append(Node(f"rec({self.next()}, fails(lambda: K{label}.{name}))"))
        return node

    def compound(self, depth: int) -> Node | None:
        kinds = [kind for kind in ["if", "try", "with", "for", "match", "function", "class"]
                 if kind in self.on]
        if not kinds:
            return None
        kind = self.random.choice(kinds)
        name = self.local()
        if kind == "function":
            return self.function(depth)
        if kind == "class":
            return self.klass(depth)
        if kind == "if":
            test = self.random.choice(["yes", "no", self.value()])
            node = Node(f"if {test}:", self.block(depth))
            if self.chance(0.5):
                node.more.append(Node("else:", self.block(depth)))
            return node
        if kind == "try":
            node = Node("try:", self.block(depth))
            if self.chance(0.3):
                node.body.append(Node("raise KeyError"))
            kinds = ["Exception", f"Exception as {name}", "ImportError", "KeyError"]
            caught = self.random.choice(kinds)
            node.more.append(Node(f"except {caught}:", self.block(depth, 2)))
            if self.chance(0.2):
                node.more.append(Node("finally:", self.block(depth, 2)))
            return node
        if kind == "with":
            self.bound(name, "")
            return Node(f"with made('w')() as {name}:", self.block(depth))
        if kind == "for":
            self.bound(name, "")
            return Node(f"for {name} in [{self.value()}, 2]:", self.block(depth))
        pattern = self.random.choice([name, f"[{name}, *_]", "_", f"str() as {name}"])
        return Node(f"match [{self.value()}, 1]:", [Node(f"case {pattern}:", self.block(depth, 2))])

    def statement(self, depth: int) -> Node:
        if self.chance(0.32):
            return self.import_of()
        if depth < 3 and self.chance(0.25):
            node = self.compound(depth)
            if node:
                return node
        if self.has("delete", 0.08):
            seen = [name for name, _ in self.frames[-1] if name.isidentifier()]
            if seen:
                return Node(f"del {self.random.choice(seen)}")
        if self.has("rebind", 0.12):
            return self.binding()
        if self.has("patch", 0.12):
            return self.patch()
        if self.has("annotation", 0.15):
            return self.annotated()
        if self.has("attribute_store", 0.08):
            modules = [(name, what) for name, what in self.visible() if what in self.world.old]
            if modules:
                name, what = self.random.choice(modules)
                member = self.random.choice(self.members(what))
                return Node(f"{name}.{member} = made('stored{self.next()}')")
        return self.record()

    def program(self) -> list[Node]:
        nodes = [self.statement(0) for _ in range(self.random.randint(3, 12))]
        if self.frames[0]:
            nodes += [self.record() for _ in range(self.random.randint(1, 3))]
        if self.has("all", 0.4):
            names = sorted({name for name, _ in self.frames[0] if name.isidentifier()})
            if names:
                chosen = self.random.sample(names, min(len(names), 3))
                nodes.append(Node(f"__all__ = {chosen!r}"))
        head = [Node("from probe import fails, hints, made, monkeypatch, no, rec, yes"),
                Node("import importlib, importlib.util, pkgutil, sys"),
                Node("from unittest.mock import patch")]
        if self.has("future", 0.2):
            head.insert(0, Node("from __future__ import annotations"))
        return head + nodes
