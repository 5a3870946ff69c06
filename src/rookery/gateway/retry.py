"""Trying again: which failures, after how long, how often. One place for a whole hop.

The rules are those of the official client (anthropic 2.12, `_base_client.py`): the header
`x-should-retry` decides, else the status; `retry-after-ms` and `retry-after` say how long to wait.
Where they say nothing the wait is drawn from 0 up to a limit that doubles ("full jitter"), so that
callers who failed together do not come back together.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from msgspec import Struct

from rookery.errors import APIError
from rookery.gateway.meter import Clock
from rookery.providers.base import Call

AGENTS = 2
"""Times that an agent's request is sent again, as by the official client."""

FIRST = 0.5
"""Seconds that the first wait lasts at most; each further one twice as long."""
LONGEST = 8.0

TOTAL = 600.0
"""Seconds from the first attempt on in which another may begin."""

SHOULD_RETRY = "x-should-retry"

_STATUSES = frozenset({408, 409, 429})
"""Besides 500 and all above: a timeout, a conflict of locks, a limit of rates."""


class Retries(Struct, frozen=True, kw_only=True):
    """How often a gateway tries again, and in what time. Tests give their own clock and waits."""

    most: int = 0
    """Attempts after the first."""
    seconds: float = TOTAL
    """No attempt begins later than this after the first; none that is running is cut."""
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    random: Callable[[], float] = random.random
    """From 0 to 1."""
    monotonic: Callable[[], float] = time.monotonic


class Attempts:
    """The attempts at one request."""

    __slots__ = ("_begun", "_call", "_clock", "_made", "_next", "_retries")

    def __init__(self, retries: Retries, call: Call, clock: Clock) -> None:
        """Begin the first; `clock` is for a `retry-after` that is a date."""
        self._retries = retries
        self._call = call
        self._clock = clock
        self._made = 1
        self._next: tuple[APIError, float]
        self._begun = retries.monotonic()

    def again(self, error: APIError) -> bool:
        """Return whether to try again after `error`, before which nothing was passed on.

        The error that is given up on after several attempts says so in its headers, so that the
        caller of this hop does not multiply them.
        """
        seconds = self._seconds(error)
        if seconds is not None:
            self._next = (error, seconds)
            return True
        if self._made > 1:
            error.headers = {**error.headers, SHOULD_RETRY: "false"}
        return False

    async def wait(self) -> None:
        """Tell of the attempt that failed, and wait until the next."""
        error, seconds = self._next
        if self._call.on_retry is not None:
            self._call.on_retry(self._made, error, seconds)
        self._made += 1
        await self._retries.sleep(seconds)

    def _seconds(self, error: APIError) -> float | None:
        """Return the seconds until the next attempt; None: there is none."""
        if self._made > self._retries.most or not is_passing(error):
            return None
        seconds = told(error.headers, self._clock())
        if seconds is None:
            limit = min(FIRST * 2.0 ** min(self._made - 1, 30), LONGEST)
            seconds = limit * self._retries.random()
        left = self._begun + self._retries.seconds - self._retries.monotonic()
        return seconds if seconds <= left else None


def is_passing(error: APIError) -> bool:
    """Whether the same request may succeed later."""
    match error.headers.get(SHOULD_RETRY):
        case "true":
            return True
        case "false":
            return False
    return error.status in _STATUSES or error.status >= 500


def told(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that headers ask to wait; None where they ask for no time to come."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        return seconds if 0 < seconds < math.inf else None
    return _until(headers.get("retry-after", ""), now)


def _until(date: str, now: datetime) -> float | None:
    try:
        at = parsedate_to_datetime(date)
        seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    except (ValueError, OverflowError):
        return None
    return seconds.total_seconds() if seconds.total_seconds() > 0 else None
