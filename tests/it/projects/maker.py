"""Makes a project of several files: a legacy module, its new home, and users of one another.

What a file binds is known to the maker (a class, a function, a number, an object, a module), so
that later files can import it from there and use it. Everything that runs is printed by `main`;
what raises is printed as its kind of error, so a project that fails before may fail after.
"""

from __future__ import annotations

import dataclasses
import random

from files import Bound, User
from texts import HOME, PURGE, WAYS

class Maker:
    """Makes one project; the same seed makes the same one."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.counter = 0
        pick = self.random.choice
        self.home = pick(["app.home", "app.core.home", "shared.home", "home"])
        self.legacy = pick(["app.old", "app.db.old", "legacy", "app.sub.deep.old"])
        self.renames = self.random.random() < 0.5
        self.forwards = self.random.random() < 0.5
        self.binding = pick(["keep", "keep", "keep", "rename"])
        self.extra = not self.forwards and self.random.random() < 0.5
        self.lacks = not self.forwards and self.random.random() < 0.5
        self.users: list[User] = []
        new = {"Manager": "Manager", "manager": "manager", "get_manager": "get_manager"}
        old = {"Manager": "OldManager", "manager": "redis", "get_manager": "get_redis"}
        chosen = old if self.renames else new
        self.old = {**chosen, "LIMIT": "LIMIT", "Failure": "Failure", "fail": "fail"}
        self.kinds = {
            self.old["Manager"]: "class",
            self.old["manager"]: "object",
            self.old["get_manager"]: "function",
            "LIMIT": "number",
        }
        if self.random.random() < 0.3:
            self.kinds["helper"] = "function"  # no rule is about it
        if self.forwards:
            self.kinds["Failure"] = "error"
        # A rule without names moves everything under its own name.
        self.all_names = not self.renames and self.random.random() < 0.3
        self.is_package = self.random.random() < 0.2

    def project(self) -> dict[str, str]:
        legacy = self.path(self.legacy)
        if self.is_package:
            legacy = legacy.replace(".py", "/__init__.py")
        files = {self.path(self.home): self.home_text(), legacy: self.legacy_text()}
        for _ in range(self.random.randint(2, 5)):
            user = self.user()
            self.users.append(user)
        for user in self.users:
            files[user.path] = user.text()
        for path in list(files):
            parts = path.split("/")[:-1]
            for depth in range(1, len(parts) + 1):
                files.setdefault("/".join([*parts[:depth], "__init__.py"]), "")
        files["rules.toml"] = self.rules()
        files["pyproject.toml"] = ""
        return files

    @staticmethod
    def path(module: str) -> str:
        return module.replace(".", "/") + ".py"

    def rules(self) -> str:
        left = () if self.forwards else ("Failure", "fail")
        pairs = {old: new for new, old in self.old.items() if new not in left}
        names = ", ".join(f'{old} = "{new}"' for old, new in pairs.items())
        names = "" if self.all_names else f"names = {{ {names} }}\n"
        return (
            'schema = 1\nname = "project"\n\n[[move]]\nid = "old-manager"\n'
            f'from = "{self.legacy}"\nto = "{self.home}"\nwhy = "one manager"\n'
            f'{names}binding = "{self.binding}"\n'
        )

    def home_text(self) -> str:
        return HOME.format(
            extra="", purge="" if self.lacks else PURGE, shared="manager", getter="get_manager",
            prefix="p",
        )

    def legacy_text(self) -> str:
        helper = "\n\ndef helper():\n    return redis_or_manager.get('h')\n"
        helper = helper.replace("redis_or_manager", self.old["manager"])
        if self.forwards:
            names = [(new, old) for new, old in self.old.items()]
            listed = ", ".join(new if new == old else f"{new} as {old}" for new, old in names)
            return f"from {self.home} import {listed}\n{helper}"
        text = HOME.format(
            extra=", default=None" if self.extra else "", purge=PURGE,
            shared=self.old["manager"], getter=self.old["get_manager"], prefix="p",
        )
        if self.renames:
            text = text.replace("Manager(", "OldManager(").replace(
                "class Manager", "class OldManager"
            )
        return text + helper

    def fresh(self, stem: str) -> str:
        self.counter += 1
        return f"{stem}{self.counter}"

    @staticmethod
    def is_bound(user: User, name: str) -> bool:
        """Whether a file has the name already: of two sources, one may be unknown."""
        return any(bound.expression == name for bound in user.bound)

    # Files

    def user(self) -> User:
        number = len(self.users)
        folder = self.random.choice(["app", "app", "app.sub", "tools"])
        user = User(f"{folder}.user{number}", is_package=self.random.random() < 0.2)
        user.listed = self.random.random() < 0.2
        if self.users and self.random.random() < 0.25:
            self.patch(user)
            return user
        for _ in range(self.random.randint(1, 3)):
            if self.users and self.random.random() < 0.6:
                self.take(user)
            else:
                self.legacy_import(user)
        for bound in list(user.bound):
            for _ in range(self.random.randint(0, 2)):
                self.use(user, bound)
        return user

    def spelled(self, user: User, module: str) -> str:
        """A module as a `from` statement of a file may spell it."""
        here = user.module.split(".")
        package = here if user.is_package else here[:-1]
        parts = module.split(".")
        if self.random.random() < 0.3 and package and parts[0] == package[0]:
            common = 0
            while common < min(len(package), len(parts) - 1) and package[common] == parts[common]:
                common += 1
            return "." * (len(package) - common + 1) + ".".join(parts[common:])
        return module

    def legacy_import(self, user: User) -> None:
        parent, _, leaf = self.legacy.rpartition(".")
        form = self.random.choice(
            ["from", "from", "from", "as", "module", "module as", "star", "late", "try", "parent",
             "by name", "typing"]
        )
        names = list(self.kinds)
        names = [name for name in names if not self.is_bound(user, name)]
        if form == "parent" and self.is_bound(user, leaf) or not names:
            return
        chosen = self.random.sample(names, self.random.randint(1, min(3, len(names))))
        source = self.spelled(user, self.legacy)
        if form == "from":
            user.lines.append(f"from {source} import {', '.join(chosen)}")
            user.bound += [Bound(name, self.kinds[name], name) for name in chosen]
        elif form == "as":
            pairs = [(name, self.fresh("local")) for name in chosen]
            listed = ", ".join(f"{name} as {local}" for name, local in pairs)
            user.lines.append(f"from {source} import {listed}")
            user.bound += [Bound(local, self.kinds[name], name) for name, local in pairs]
        elif form == "module":
            user.lines.append(f"import {self.legacy}")
            user.bound.append(Bound(self.legacy, "module", self.legacy))
        elif form == "module as":
            local = self.fresh("mod")
            user.lines.append(f"import {self.legacy} as {local}")
            user.bound.append(Bound(local, "module", self.legacy))
        elif form == "parent" and parent:
            user.lines.append(f"from {parent} import {leaf}")
            user.bound.append(Bound(leaf, "module", self.legacy))
        elif form == "star":
            user.lines.append(f"from {source} import *")
            user.bound += [Bound(name, self.kinds[name], name) for name in chosen]
        elif form == "by name":
            local = self.fresh("named")
            way = self.random.choice(
                [f"importlib.import_module({self.legacy!r})",
                 f"__import__({self.legacy!r}, fromlist=['x'])"]
            )
            user.lines += ["import importlib", f"{local} = {way}"]
            user.bound.append(Bound(local, "module", self.legacy))
        elif form == "typing":
            name = self.old["Manager"]
            function = self.fresh("typed")
            user.lines.append(
                f"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
                f"    from {source} import {name} as Typed"
            )
            user.lines.append(
                f"def {function}(it: 'Typed'):\n    return it.get('k'), it.purge()"
            )
        elif form == "try":
            name = chosen[0]
            user.lines.append(
                f"try:\n    from {source} import {name}\nexcept ImportError:\n    {name} = None"
            )
            user.bound.append(Bound(name, self.kinds[name], name))
        else:
            name = chosen[0]
            function = self.fresh("late")
            user.lines.append(
                f"def {function}():\n    from {self.legacy} import {name}\n    return {name}"
            )
            for use in self.expressions(Bound(f"{function}()", self.kinds[name], name)):
                self.show(user, use)

    def take(self, user: User) -> None:
        """Imports from a file that was made before."""
        other = self.random.choice(self.users)
        if not other.bound:
            return
        simple = [
            bound for bound in other.bound
            if "." not in bound.expression and not self.is_bound(user, bound.expression)
        ]
        form = self.random.choice(["from", "from", "as", "module", "module as", "star"])
        source = self.spelled(user, other.module)
        if form in ("from", "as", "star") and not simple:
            form = "module"
        if form == "from":
            bound = self.random.choice(simple)
            user.lines.append(f"from {source} import {bound.expression}")
            user.bound.append(bound)
        elif form == "as":
            bound = self.random.choice(simple)
            local = self.fresh("taken")
            user.lines.append(f"from {source} import {bound.expression} as {local}")
            user.bound.append(dataclasses.replace(bound, expression=local))
        elif form == "star":
            user.lines.append(f"from {source} import *")
            user.bound += self.random.sample(simple, 1)
        else:
            local = self.fresh("other") if form == "module as" else other.module
            alias = f" as {local}" if form == "module as" else ""
            user.lines.append(f"import {other.module}{alias}")
            # Modules of modules (`a.user1.user0.name`) are not followed: docs/checks.md says so.
            direct = [
                bound for bound in other.bound
                if "." not in bound.expression or bound.expression.startswith(self.legacy)
            ]
            if not direct:
                return
            bound = self.random.choice(direct)
            user.bound.append(
                dataclasses.replace(bound, expression=f"{local}.{bound.expression}")
            )

    # Uses

    def show(self, user: User, expression: str) -> None:
        user.shows.append(f"show({self.fresh('line ')!r}, lambda: {expression})")

    def expressions(self, bound: Bound) -> list[str]:
        """What can be done with something; one or two of it."""
        name = bound.expression
        if bound.kind == "class":
            all_ = [f"{name}().get('k')", f"{name}('q').get('k')", f"{name}.KIND",
                    f"isinstance({name}(), {name})", f"{name}().purge()",
                    f"{name}.get({name}(), 'k')", f"{name}(prefix='z').get(key='k')",
                    f"getattr({name}(), 'purge')()", f"getattr({name}(), 'gone', 'no')", f"[m.get('k') for m in [{name}()]]"]
            if self.extra:
                all_.append(f"{name}().get('k', 5)")
                all_.append(f"{name}().get('k', default=5)")
        elif bound.kind == "object":
            all_ = [f"{name}.get('k')", f"{name}.purge()", f"{name}.prefix"]
            if self.forwards:
                all_.append(f"({name}.set('k', 9), {name}.get('k'))[1]")
        elif bound.kind == "function":
            all_ = [f"{name}()" if bound.origin == "helper" else f"{name}().get('k')",
                    f"callable({name})"]
            if bound.origin != "helper":
                all_.append(f"{name}().purge()")
        elif bound.kind == "number":
            all_ = [f"{name} + 1", f"str({name})"]
        elif bound.kind == "error":
            return [f"issubclass({name}, Exception)"]
        else:
            inner = self.random.choice(list(self.kinds))
            return self.expressions(Bound(f"{name}.{inner}", self.kinds[inner], inner))
        return self.random.sample(all_, min(len(all_), self.random.randint(1, 2)))

    def use(self, user: User, bound: Bound) -> None:
        name = bound.expression
        way = self.random.choice(
            ["show", "show", "show", "make", "sub", "hold", "give", "attr", "typed", "catch",
             *WAYS]
        )
        cls = {"class": name}.get(bound.kind)
        if bound.kind == "module":
            cls = f"{name}.{self.old['Manager']}"
        if way == "show" or cls is None:
            for expression in self.expressions(bound):
                self.show(user, expression)
        elif way in WAYS:
            local = self.fresh(way.capitalize())
            lines, uses = WAYS[way]
            user.lines.append(lines.format(it=local, cls=cls))
            for expression in self.random.sample(uses, self.random.randint(1, len(uses))):
                self.show(user, expression.format(it=local, cls=cls))
        elif way == "make":
            local = self.fresh("made")
            user.lines.append(f"{local} = {cls}('m')")
            user.bound.append(Bound(local, "object", "made"))
        elif way == "sub":
            local = self.fresh("Sub")
            user.lines.append(f"class {local}({cls}):\n    extra = 1")
            user.bound.append(Bound(local, "class", "made"))
        elif way == "hold":
            local = self.fresh("Holder")
            user.lines.append(
                f"class {local}:\n    def __init__(self):\n        self.inner = {cls}()\n\n"
                f"    def ask(self):\n        return self.inner.get('k')"
            )
            self.show(user, f"{local}().ask()")
            self.show(user, f"{local}().inner.purge()")
        elif way == "typed":
            local = self.fresh("typed")
            note = self.random.choice([cls, f"'{cls}'", f"'{cls} | None'"])
            user.lines.append(
                f"def {local}(it: {note}):\n    return it.get('k'), it.purge()"
            )
            self.show(user, f"{local}({cls}())")
        elif way == "catch" and self.forwards:
            legacy = self.fresh("caught")
            user.lines.append(
                f"def {legacy}():\n    from {self.legacy} import Failure, fail\n    try:\n"
                f"        fail()\n    except Failure:\n        return 'caught'"
            )
            self.show(user, f"{legacy}()")
            objects = [other.expression for other in user.bound if other.kind == "object"]
            for other in objects[:2]:
                self.show(user, f"isinstance({other}, {cls})")
        elif way == "give":
            local = self.fresh("give")
            note = self.random.choice(["", f" -> {cls}", f" -> '{cls}'"])
            user.lines.append(f"def {local}(){note}:\n    return {cls}('g')")
            user.bound.append(Bound(local, "function", "made"))
        else:
            local = self.fresh("alias")
            user.lines.append(f"{local} = {cls}")
            user.bound.append(Bound(local, "class", "made"))

    def patch(self, user: User) -> None:
        """Replaces a class for a moment and looks who sees it."""
        with_classes = [
            (other, bound) for other in self.users for bound in other.bound
            if bound.kind == "class" and "." not in bound.expression
        ]
        legacy = f"{self.legacy}.{self.old['Manager']}"
        function = self.fresh("patched")
        user.lines.append("from unittest import mock")
        if with_classes and self.random.random() < 0.6:
            other, bound = self.random.choice(with_classes)
            if self.random.random() < 0.5:
                head = f"mock.patch('{other.module}.{bound.expression}', Fake)"
            else:
                user.lines.append(f"import {other.module}")
                head = f"mock.patch.object({other.module}, '{bound.expression}', Fake)"
            asked = f"{other.module}.main()"
            user.lines.append(f"import {other.module}")
        else:
            head = f"mock.patch('{legacy}', Fake)"
            if self.random.random() < 0.3:
                local = self.fresh("whole")
                user.lines.append(f"import {self.legacy} as {local}")
                head = f"mock.patch.object({local}, '{self.old['Manager']}', Fake)"
            if self.users and self.random.random() < 0.5:
                other = self.random.choice(self.users)
                user.lines.append(f"import {other.module}")
                asked = f"{other.module}.main()"
            else:
                user.lines.append(
                    f"def {function}_asked():\n    from {self.legacy} import "
                    f"{self.old['Manager']}\n    return {self.old['Manager']}().get('k')"
                )
                asked = f"{function}_asked()"
        user.lines.append(f"def {function}():\n    with {head}:\n        return {asked}")
        self.show(user, f"{function}()")
