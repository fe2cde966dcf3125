"""Runs a scene on an object and writes down all that can be seen of it."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
from collections.abc import Callable
from enum import Enum
from typing import Any

import redis

from .calls import Scene

# Read from the clock, so never the same twice.
TRANSIENT = ("start_time",)


def shown(value: Any) -> dict[str, Any]:
    """Return `value` as JSON can hold it, with its type."""
    kind = type(value).__name__
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            field.name: getattr(value, field.name)
            for field in dataclasses.fields(value)
            if field.name not in TRANSIENT
        }
        return {"type": kind, "value": fields}
    if isinstance(value, bytes):
        return {"type": kind, "value": value.decode("latin-1")}
    if isinstance(value, set | frozenset):
        return {"type": "set", "value": sorted(value)}
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return {"type": kind, "value": value}
    return {"type": kind}


def kind(value: object) -> str:
    """Return what a name is, in the words of the rules."""
    if inspect.isclass(value):
        return "class"
    if inspect.iscoroutinefunction(value):
        return "coroutine function"
    return "function" if inspect.isfunction(value) else "instance"


def parameters(value: Callable[..., Any]) -> list[dict[str, Any]]:
    """Return what `value` can be called with, `self` left out."""
    found = inspect.signature(value).parameters.values()
    return [
        {
            "name": each.name,
            "kind": each.kind.name,
            "optional": each.default is not each.empty or each.kind.name.startswith("VAR_"),
        }
        for each in found
        if each.name != "self"
    ]


def snapshot(admin: redis.Redis) -> dict[str, Any]:
    """Return every key of every database: its type, its content, its time to live."""
    found = {}
    readers: dict[str, Callable[[redis.Redis, bytes], Any]] = {
        "string": lambda db, key: _text(db.get(key)),
        "list": lambda db, key: [_text(each) for each in db.lrange(key, 0, -1)],
        "set": lambda db, key: sorted(_text(each) for each in db.smembers(key)),
        "hash": lambda db, key: {_text(f): _text(v) for f, v in sorted(db.hgetall(key).items())},
    }
    for number in (0, 1):
        with database(admin, number) as db:
            for key in sorted(db.keys("*")):
                kind = db.type(key).decode()
                found[f"{number}/{_text(key)}"] = {
                    "type": kind,
                    "value": readers[kind](db, key),
                    "ttl": db.ttl(key),
                }
    return found


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="backslashreplace")


async def perform(
    view: Any, scene: Scene, admin: redis.Redis, names: dict[str, Any]
) -> list[dict[str, Any]]:
    """Run the scene's calls on `view`; return what each gave, and what the server then held."""
    for number, *command in scene.seed:
        with database(admin, number) as db:
            db.execute_command(*command)
    outcomes = []
    for call in scene.calls:
        outcome = await _outcome(view, call, names)
        outcome["server"] = await asyncio.to_thread(snapshot, admin)
        outcomes.append(outcome)
    return outcomes


def database(admin: redis.Redis, number: int) -> redis.Redis:
    """Return a connection like `admin`, to another database."""
    options = admin.connection_pool.connection_kwargs
    same = {name: options.get(name) for name in ("host", "port", "username", "password")}
    return redis.Redis(**same, db=number)


async def _outcome(view: Any, call: tuple[Any, ...], names: dict[str, Any]) -> dict[str, Any]:
    try:
        waited, value = await _result(view, call, names)
    except Exception as error:
        return {"raised": type(error).__name__}
    if call[0] == "keys":  # in no order
        value = sorted(value)
    return {"awaited": waited, **shown(value)}


async def _result(view: Any, call: tuple[Any, ...], names: dict[str, Any]) -> tuple[bool, Any]:
    member, *arguments = call
    if member.startswith("."):
        return False, getattr(view, member[1:])
    if member == "@pipeline":
        async with view.pipeline() as pipe:
            for name, *rest in arguments[0]:
                queued = getattr(pipe, name)(*rest)
                if inspect.iscoroutine(queued):
                    await queued
            return True, await pipe.execute()
    if member == "@client":
        client = view.get_redis_client()
        return False, [shown(getattr(client, name)(*rest)) for name, *rest in arguments[0]]
    # A dictionary in the last place is the keywords, if it holds names of parameters.
    keywords: dict[str, Any] = {}
    if arguments and isinstance(arguments[-1], dict) and _are_keywords(view, member, arguments[-1]):
        keywords = arguments.pop()
    arguments = [_named(each, names) for each in arguments]
    value = getattr(view, member)(*arguments, **keywords)
    if inspect.iscoroutine(value):
        return True, await value
    return False, value


KEYWORDS = {
    "default", "ex", "expire_seconds", "nx", "ttl", "ttl_seconds", "user_id", "value",
}  # fmt: skip


def _are_keywords(_view: Any, _member: str, last: dict[str, Any]) -> bool:
    return bool(last) and set(last) <= KEYWORDS


def _named(value: Any, names: dict[str, Any]) -> Any:
    if isinstance(value, str) and value.startswith("@"):
        return names[value[1:]]
    if isinstance(value, Enum):
        return value.name
    return value
