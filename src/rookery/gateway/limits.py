"""Rate limits as figures: what is used of them, and the response headers that say so.

platform.claude.com, "Rate limits": buckets with continuous refill, for each model class; requests,
input tokens without those read from the cache, and output tokens as they are produced. Each
workspace has its own buckets here, and each process its own workspaces.

Nothing is refused: `reserve` is where a request would be.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

from msgspec import Struct

from rookery.catalog.model import Model
from rookery.wire.usage import Usage

PREFIX = b"anthropic-ratelimit-"
MINUTE = 60.0
BYTES_PER_TOKEN = 4.0
"""Of what is on its way, until its tokens are known."""

_NAME = re.compile(r"claude-(?P<line>[a-z]+)-(?P<major>\d)(?:-(?P<minor>\d)(?!\d))?")
_SHARED_GENERATIONS = ("fable", "mythos")


class Rates(Struct, frozen=True):
    """Limits for each minute; None where there is none."""

    requests: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None


class Bucket:
    """A limit that refills all the time, as the one moment at which it will be full again.

    It may be overdrawn: what was used is known afterwards.
    """

    __slots__ = ("_full_at", "_seconds", "limit")

    def __init__(self, limit: int) -> None:
        """Start full; `limit` a minute."""
        self.limit = limit
        self._seconds = MINUTE / limit
        self._full_at = 0.0

    def take(self, amount: float, now: float) -> None:
        """Use this much; a negative amount is given back."""
        self._full_at = max(self._full_at, now) + amount * self._seconds

    def missing(self, now: float) -> float:
        """Return the seconds until it is full."""
        return max(self._full_at - now, 0.0)

    def left(self, missing: float) -> float:
        """Return what can be used while so many seconds are missing; 0 where it is overdrawn."""
        return max(self.limit - missing / self._seconds, 0.0)


class _Names:
    """The headers of one limit."""

    __slots__ = ("limit", "remaining", "reset")

    def __init__(self, name: bytes) -> None:
        self.limit, self.remaining, self.reset = (
            b"%b%b-%b" % (PREFIX, name, figure) for figure in (b"limit", b"remaining", b"reset")
        )


_REQUESTS, _TOKENS, _INPUT, _OUTPUT = map(
    _Names, (b"requests", b"tokens", b"input-tokens", b"output-tokens")
)


class _Buckets:
    """Those of one workspace and model class, where there are limits."""

    __slots__ = ("input", "output", "requests")

    def __init__(self, rates: Rates) -> None:
        limits = (rates.requests, rates.input_tokens, rates.output_tokens)
        self.requests, self.input, self.output = (
            None if limit is None else Bucket(limit) for limit in limits
        )

    def show(self, headers: dict[bytes, bytes], now: float, wall: float) -> None:
        """Add the figures; a reset is the first whole second by which it is over.

        The sum of both kinds of tokens is full when the later of them is.
        """
        if self.requests is not None:
            missing = self.requests.missing(now)
            left = self.requests.left(missing)
            _add(headers, _REQUESTS, self.requests.limit, int(left), wall + missing)
        limit, sum_left, full_at = 0, 0.0, 0.0
        for names, bucket in ((_INPUT, self.input), (_OUTPUT, self.output)):
            if bucket is not None:
                missing = bucket.missing(now)
                left = bucket.left(missing)
                _add(headers, names, bucket.limit, _thousands(left), wall + missing)
                limit, sum_left = limit + bucket.limit, sum_left + left
                full_at = max(full_at, wall + missing)
        if limit:
            _add(headers, _TOKENS, limit, _thousands(sum_left), full_at)


class Limits:
    """What the requests of this process have used. May be shared by threads."""

    def __init__(
        self,
        rates: Rates | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Count against `rates`.

        `clock` gives seconds that never go back, `wall` those since 1970.
        """
        self.rates = rates or Rates()
        self.active = self.rates != Rates()
        """Whether there is a limit."""
        self.clock = clock
        self.wall = wall
        self.lock = threading.Lock()
        self._buckets: dict[tuple[str, str], _Buckets] = {}

    def reserve(self, workspace_id: str, model: Model | None, size: int) -> Reservation:
        """Count a request, with the input that a body of `size` bytes may have."""
        key = (workspace_id, model_class(model.id) if model is not None else "other")
        with self.lock:
            buckets = self._buckets.get(key)
            if buckets is None:
                buckets = self._buckets[key] = _Buckets(self.rates)
            if buckets.requests is not None:
                buckets.requests.take(1, self.clock())
        reservation = Reservation(self, buckets)
        reservation.charge(size / BYTES_PER_TOKEN, 0)
        return reservation


class Reservation:
    """What one request has been charged so far; each charge replaces the one before."""

    __slots__ = ("_buckets", "_input", "_limits", "_output")

    def __init__(self, limits: Limits, buckets: _Buckets) -> None:
        """Charge nothing yet."""
        self._limits = limits
        self._buckets = buckets
        self._input = self._output = 0.0

    def produce(self, size: int) -> None:
        """Charge the output that a text of `size` bytes may have, on top of what was."""
        self.charge(self._input, self._output + size / BYTES_PER_TOKEN)

    def settle(self, usage: Usage, *, complete: bool) -> None:
        """Charge what was used; where more was seen to be produced than is said yet, that."""
        written = usage.cache_creation_input_tokens or 0
        output = usage.output_tokens
        self.charge(usage.input_tokens + written, output if complete else max(output, self._output))

    def charge(self, input_tokens: float, output_tokens: float) -> None:
        """Charge this much in all."""
        buckets, now = self._buckets, self._limits.clock()
        with self._limits.lock:
            if buckets.input is not None and input_tokens != self._input:
                buckets.input.take(input_tokens - self._input, now)
            if buckets.output is not None and output_tokens != self._output:
                buckets.output.take(output_tokens - self._output, now)
            self._input, self._output = input_tokens, output_tokens

    def show(self, headers: dict[bytes, bytes]) -> None:
        """Put the figures into response headers, in place of those that a backend has given."""
        for name in [name for name in headers if name.startswith(PREFIX)]:
            del headers[name]
        limits = self._limits
        with limits.lock:
            self._buckets.show(headers, limits.clock(), limits.wall())


@lru_cache(maxsize=1024)
def model_class(model_id: str) -> str:
    """Return the class of models that share a limit.

    Generations share one, but for those from 5.5 on, which have their own
    (platform.claude.com, "Rate limits").
    """
    found = _NAME.match(model_id)
    if found is None:
        return model_id
    line, major, minor = found["line"], found["major"], found["minor"]
    alone = line not in _SHARED_GENERATIONS and int(major) >= 5 and minor is not None
    return f"{line}-{major}-{minor}" if alone else f"{line}-{major}"


def _thousands(tokens: float) -> int:
    return int(tokens / 1000 + 0.5) * 1000


def _add(headers: dict[bytes, bytes], names: _Names, limit: int, left: int, full_at: float) -> None:
    headers[names.limit] = _text(limit)
    headers[names.remaining] = b"%d" % min(left, limit)  # rounding may have gone beyond
    headers[names.reset] = _rfc3339(int(full_at) + 1)


@lru_cache(maxsize=1024)
def _text(number: int) -> bytes:
    return b"%d" % number


@lru_cache(maxsize=1024)
def _rfc3339(seconds: int) -> bytes:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
