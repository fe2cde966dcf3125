"""Runs one program against the stub packages of a world and tells what it recorded."""

from __future__ import annotations

import functools
import importlib
import importlib.abc
import importlib.machinery
import sys
import types
import typing
from collections.abc import Callable, Sequence
from typing import Any

from worlds import World


class _Meta(type):
    def __repr__(cls) -> str:
        return f"<{tag(cls)}>"


class _Member(metaclass=_Meta):
    """Anything that a program may do with a member: call it, enter it, derive from it, ..."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        pass

    def __enter__(self) -> "_Member":
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def __repr__(self) -> str:
        return f"<one {tag(self)}>"


@functools.cache
def made(name: str) -> type:
    """A member with this tag."""
    parts = {"__tag__": name}
    if not name.endswith(".part"):
        parts["part"] = made(f"{name}.part")
    return _Meta(name, (_Member,), parts)


def tag(value: object) -> Any:
    """What tells a value from others in a record."""
    if value is None or isinstance(value, (str, int, bool)):
        return value
    if isinstance(value, (list, tuple)):
        return [tag(each) for each in value]
    if isinstance(value, dict):
        return {key: tag(each) for key, each in value.items()}
    if isinstance(value, types.ModuleType):
        return getattr(value, "__tag__", f"module {value.__name__}")
    return getattr(value, "__tag__", type(value).__name__)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self) -> None:
        self.modules: dict[str, dict[str, str]] = {}
        self.gone: frozenset[str] = frozenset()
        self.tops: frozenset[str] = frozenset()

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in self.modules or name in self.gone:
            return None
        package = any(other.startswith(name + ".") for other in self.modules)
        return importlib.machinery.ModuleSpec(name, self, is_package=package)

    def create_module(self, spec: object) -> None:
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        for name, label in self.modules[module.__name__].items():
            setattr(module, name, label if name == "__tag__" else made(label))


FINDER = _Finder()
sys.meta_path.insert(0, FINDER)
_RECORD: list[tuple[object, object]] = []


def rec(label: object, value: object = None) -> object:
    """Records a value."""
    _RECORD.append((label, tag(value)))
    return value


def hints(of: Any) -> object:
    """The annotations of a function or class, resolved."""
    return typing.get_type_hints(of)


def fails(action: Callable[[], object]) -> object:
    """The tag of what `action` returns, or of what it raises."""
    try:
        return tag(action())
    except Exception as error:
        return f"!{type(error).__name__}"


class _MonkeyPatch:
    """As much of pytest's as programs use."""

    def setattr(self, target: object, name: object, *value: object) -> None:
        if isinstance(target, str) and not value:
            import pkgutil

            path, _, leaf = target.rpartition(".")
            setattr(pkgutil.resolve_name(path), leaf, name)
        else:
            setattr(target, str(name), *value)


_PROBE = types.ModuleType("probe")
_PROBE.__dict__.update(
    rec=rec, hints=hints, fails=fails, made=made, yes=True, no=False, monkeypatch=_MonkeyPatch()
)
sys.modules["probe"] = _PROBE


def _purge() -> None:
    for name in [name for name in sys.modules if name.split(".")[0] in FINDER.tops]:
        del sys.modules[name]


def run(
    source: str, module: str, package: bool, world: World, *, legacy: bool = True
) -> dict[str, Any]:
    """What the program records, raises and leaves behind."""
    made.cache_clear()  # what a program patched in a member is no business of the next one
    FINDER.modules = world.modules
    FINDER.gone = frozenset() if legacy else frozenset(world.legacy)
    FINDER.tops = frozenset(name.split(".")[0] for name in world.modules) | {"top"}
    _purge()
    importlib.invalidate_caches()
    _RECORD.clear()
    try:
        code = compile(source, "<program>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return {"syntax": str(error)}
    program = types.ModuleType(module)
    parent, _, leaf = module.rpartition(".")
    program.__package__ = module if package else parent
    if package:
        program.__path__ = []
    if parent:
        setattr(importlib.import_module(parent), leaf, program)
    sys.modules[module] = program
    # The packages around legacy modules: in a real program something else has imported them.
    for name in world.legacy:
        around = name.rpartition(".")[0]
        if around and around not in world.legacy:
            importlib.import_module(around)
    failure = None
    try:
        exec(code, program.__dict__)
    except Exception as error:
        failure = type(error).__name__
    space = program.__dict__
    public = {
        name: tag(value)
        for name, value in space.items()
        if not isinstance(value, types.ModuleType)
        and not (name.startswith("__") and name.endswith("__"))
    }
    listed = space.get("__all__")
    exports = [fails(lambda name=name: space[name]) for name in listed] if listed else None
    return {
        "records": list(_RECORD),
        "failure": failure,
        "public": public,
        "exports": exports,
    }
