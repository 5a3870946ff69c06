"""Runs that begin with the same prompt: the first writes it to the cache, the others read it.

What is written can be read from when the reply begins (platform.claude.com, "Prompt caching").
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from rookery.agent.breakpoints import marks_of
from rookery.emulation.text import tokens_of, weigh

if TYPE_CHECKING:
    from rookery.agent.driver import Driver

PATIENCE = 2.0
"""Seconds that a run waits for the first one, at most."""

_encode = msgspec.json.Encoder().encode


class Warming:
    """Lets the first run of each prompt go ahead. It belongs to one event loop."""

    def __init__(self) -> None:
        """Begin with no prompt."""
        self._first: dict[bytes, tuple[asyncio.Event, float] | None] = {}
        """Of each prompt, when its first reply begins, and until when that is waited for."""

    async def turn(self, driver: Driver) -> None:
        """Wait until a run may begin: at once where it is the first, or shares nothing."""
        parts = _shared(driver)
        if parts is None:
            return
        key = hashlib.sha256(parts).digest()
        if key not in self._first:
            until = asyncio.get_running_loop().time() + PATIENCE
            self._first[key] = (driver.heard, until) if _is_cached(driver, parts) else None
            return
        if (first := self._first[key]) is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(first[1]):
                    await first[0].wait()


def _shared(driver: Driver) -> bytes | None:
    """Return what a run begins with, in front of its task; None: nothing of it is marked."""
    fields = driver.fields
    if driver.cache is None and not marks_of(fields):
        return None
    found = [fields["model"], fields.get("tools"), fields.get("system"), driver.history]
    return _encode(found)


def _is_cached(driver: Driver, parts: bytes) -> bool:
    """Whether it is long enough for the cache, by an estimate; not where the model is unknown."""
    model = driver.catalog.find(driver.fields["model"])
    return model is not None and tokens_of(weigh(parts, model)) >= model.cache_minimum
