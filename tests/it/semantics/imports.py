"""Makes imports of every form, with the names that they bind."""

from __future__ import annotations

from choices import LOCALS, Choices, Node


class Imports(Choices):
    """The imports of one random program."""

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
                and not self.is_barred(name)
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
