"""Makes managers with settings of their own, for servers of their own."""

from __future__ import annotations

from typing import Any

from netra_backend.app.redis_manager import RedisManager, RedisSettings


def manager_for(url: str, *, strict: bool = False, **settings: Any) -> RedisManager:
    return RedisManager(redis_url=url, strict=strict, settings=RedisSettings(**settings))
