"""Makes random programs: trees of statements about the modules of a world."""

from __future__ import annotations

from choices import LOCALS, Node
from imports import Imports


class Maker(Imports):
    """One random program."""

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
            Node(
                f"import {module} as patched{label}\n"
                f"with patch.object(patched{label}, '{name}', made('P{label}')):",
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
