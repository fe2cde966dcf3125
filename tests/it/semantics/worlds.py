"""Stub packages, and the rules that move some of their modules.

A world's modules hold classes that are told apart by their tags. What a rule moves has the same
tag in both homes, and nothing else has: a right rewrite reads the tags it read before.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class World:
    """Modules before and after a move, in one tree, and the rules of the move."""

    name: str
    rules: str
    # Module to its members and their tags.
    modules: dict[str, dict[str, str]]
    # What may be deleted when nothing names it any more.
    legacy: tuple[str, ...]
    # The legacy modules that programs import.
    old: tuple[str, ...]
    # Other modules that they import.
    other: tuple[str, ...]
    # What the program under test may be called.
    users: tuple[tuple[str, bool], ...]
    # Whether rules leave anything without saying so.
    silent: bool = False
    rename: bool = False
    # Legacy members that no rule covers.
    unmapped: frozenset[str] = field(default_factory=frozenset)


def _plain(*names: str) -> dict[str, str]:
    return {name: f"{name}" for name in names}


_USERS = (("a.user", False), ("a.b.user", False), ("a.pkg", True), ("top", False))

_NAMES_MODULES = {
    "a": {"K": "a.K"},
    "a.b": {"K": "a.b.K"},
    "a.b.old": {"A": "tA", "C": "tC", "E": "tE", "Z": "tZ"},
    "a.b.rest": {"A": "rest.A", "K": "rest.K"},
    "a.older": {"C": "tC", "F": "tF"},
    "x": {"K": "x.K"},
    "x.y": {"A": "x.y.A"},
    "x.y.new": {"B": "tA", "C": "tC", "G": "tF", "A": "decoy.A", "Q": "tQ", "F": "decoy.F"},
    "x.y.other": {"E": "tE", "C": "decoy.C"},
}

_NAMES_RULES = """
schema = 1
name = "names"
description = "members, one by one"
[[move]]
id = "old"
from = "a.b.old"
to = "x.y.new"
names = {{ A = "B", C = "C", E = "x.y.other:E" }}
binding = "{binding}"
others = "{others}"
[[move]]
id = "older"
from = "a.older"
to = "x.y.new"
names = {{ C = "C", F = "G" }}
binding = "{binding}"
others = "{others}"
"""


def _names(name: str, binding: str = "keep", others: str = "manual") -> World:
    return World(
        name=name,
        rules=_NAMES_RULES.format(binding=binding, others=others),
        modules=_NAMES_MODULES,
        legacy=("a.b.old", "a.older"),
        old=("a.b.old", "a.older"),
        other=("a.b.rest", "a.b", "a", "x.y.new", "x.y.other"),
        users=_USERS,
        silent=others == "stay",
        rename=binding == "rename",
        unmapped=frozenset({"Z"}),
    )


_WHOLE = {"A": "tA", "C": "tC", "Z": "tZ", "__tag__": "module old"}
_SUB = {"D": "tD", "A": "sub.A", "__tag__": "module sub"}

WORLDS = [
    _names("names"),
    _names("rename", binding="rename"),
    _names("stay", others="stay"),
    World(
        name="whole",
        rules="""
schema = 1
name = "whole"
description = "modules with everything in them"
[[move]]
id = "old"
from = "a.b.old"
to = "x.y.new"
[[move]]
id = "older"
from = "a.older"
to = "a.newer"
""",
        modules={
            "a": {"K": "a.K"},
            "a.b": {"K": "a.b.K"},
            "a.b.old": _WHOLE,
            "a.b.old.sub": _SUB,
            "a.b.rest": {"A": "rest.A", "K": "rest.K"},
            "a.older": {"C": "older.C", "F": "tF", "__tag__": "module older"},
            "a.newer": {"C": "older.C", "F": "tF", "__tag__": "module older"},
            "x": {"K": "x.K"},
            "x.y": {"A": "x.y.A"},
            "x.y.new": _WHOLE,
            "x.y.new.sub": _SUB,
        },
        legacy=("a.b.old", "a.b.old.sub", "a.older"),
        old=("a.b.old", "a.older", "a.b.old.sub"),
        other=("a.b.rest", "a.b", "a", "x.y.new", "a.newer"),
        users=_USERS,
    ),
    World(
        name="package",
        rules="""
schema = 1
name = "package"
description = "a package with what is below it, but for a part"
[[move]]
id = "package"
from = "a.b"
to = "x.y"
[[move]]
id = "keep"
from = "a.b.keep"
to = "a.b.keep"
[[move]]
id = "sub"
from = "a.b.sub"
to = "z.sub"
[[move]]
id = "one"
from = "a.one"
to = "x.one"
names = { A = "B", C = "C", K = "x.y:K" }
others = "same"
""",
        modules={
            "a": {"K": "a.K"},
            "a.b": {"K": "b.K", "L": "b.L", "__tag__": "package b"},
            "a.b.old": _WHOLE,
            "a.b.keep": {"A": "keep.A", "K": "keep.K"},
            "a.b.sub": _SUB,
            "a.b.sub.low": {"A": "low.A", "__tag__": "module low"},
            "a.one": {"A": "one.A", "C": "one.C", "K": "b.K", "V": "one.V"},
            "a.rest": {"A": "rest.A"},
            "x": {"K": "x.K"},
            "x.y": {"K": "b.K", "L": "b.L", "__tag__": "package b"},
            "x.y.old": _WHOLE,
            "x.one": {"B": "one.A", "C": "one.C", "V": "one.V", "A": "decoy.A"},
            "z": {"K": "z.K"},
            "z.sub": _SUB,
            "z.sub.low": {"A": "low.A", "__tag__": "module low"},
        },
        legacy=("a.b.old", "a.b.sub", "a.b.sub.low", "a.one"),
        old=("a.b.old", "a.b", "a.b.sub", "a.b.sub.low", "a.one"),
        other=("a.b.keep", "a.rest", "a", "x.y", "x.one"),
        users=(("a.user", False), ("a.pkg", True), ("top", False)),
    ),
    World(
        name="sibling",
        rules="""
schema = 1
name = "sibling"
description = "modules that stay in their package"
[[move]]
id = "old"
from = "a.b.old"
to = "a.b.new"
names = { A = "A", C = "D", E = "a.new:E" }
[[move]]
id = "manager"
from = "a.b.manager"
to = "a.b.new"
names = { A = "M", N = "N" }
[[move]]
id = "older"
from = "a.older"
to = "a.new"
names = { E = "E", F = "F" }
""",
        modules={
            "a": {"K": "a.K"},
            "a.b": {"K": "a.b.K"},
            "a.b.old": {"A": "tA", "C": "tC", "E": "tE", "Z": "tZ"},
            "a.b.manager": {"A": "manager.A", "N": "tN", "Z": "manager.Z"},
            "a.b.new": {"A": "tA", "D": "tC", "C": "decoy.C", "M": "manager.A", "N": "tN"},
            "a.b.rest": {"A": "rest.A", "K": "rest.K"},
            "a.older": {"E": "tE", "F": "tF"},
            "a.new": {"E": "tE", "F": "tF"},
        },
        legacy=("a.b.old", "a.b.manager", "a.older"),
        old=("a.b.old", "a.b.manager", "a.older"),
        other=("a.b.rest", "a.b", "a", "a.b.new", "a.new"),
        users=_USERS,
        unmapped=frozenset({"Z"}),
    ),
    World(
        name="top",
        rules="""
schema = 1
name = "top"
description = "to and from the top level"
[[move]]
id = "down"
from = "old"
to = "a.b.new"
names = { A = "B", C = "C" }
[[move]]
id = "up"
from = "a.old"
to = "new"
names = { A = "A", C = "D" }
[[move]]
id = "flat"
from = "gone"
to = "here"
""",
        modules={
            "a": {"K": "a.K"},
            "a.b": {"K": "a.b.K"},
            "old": {"A": "tA", "C": "tC", "Z": "tZ"},
            "a.old": {"A": "up.A", "C": "up.C", "Z": "up.Z"},
            "a.rest": {"A": "rest.A"},
            "a.b.new": {"B": "tA", "C": "tC", "A": "decoy.A"},
            "new": {"A": "up.A", "D": "up.C", "C": "decoy.C"},
            "gone": {"A": "gone.A", "V": "gone.V", "__tag__": "module gone"},
            "here": {"A": "gone.A", "V": "gone.V", "__tag__": "module gone"},
        },
        legacy=("old", "a.old", "gone"),
        old=("old", "a.old", "gone"),
        other=("a.rest", "a", "a.b", "new", "here", "a.b.new"),
        users=(("a.user", False), ("a.pkg", True), ("top", False)),
        unmapped=frozenset({"Z"}),
    ),
]
