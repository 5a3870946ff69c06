"""The entries of the prompt cache: digests of prefixes that can be read, each until its time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from rookery.emulation.prompt import Ttl

SECONDS: dict[Ttl, float] = {"5m": 300, "1h": 3600}

LIMIT = 50_000
"""Entries that are kept; so many take 10 MB."""


class Entry(NamedTuple):
    """A prefix, and how long after the start of a request that writes or reads it it lives."""

    digest: bytes
    ttl: Ttl


class Entries:
    """A bounded set of entries. Safe to share by threads; times are in seconds."""

    def __init__(self, limit: int = LIMIT) -> None:
        """Keep at most `limit`: those that would expire first leave first."""
        self._limit = limit
        self._expiry: dict[Ttl, OrderedDict[bytes, float]] = {ttl: OrderedDict() for ttl in SECONDS}
        """When each expires, by time to live; so each is roughly in the order of expiry."""
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return sum(map(len, self._expiry.values()))

    def first(self, digests: Iterable[bytes], now: float) -> bytes | None:
        """Return the first that can be read; forget those that have expired."""
        with self._lock:
            self._forget_expired(now)
            return next((digest for digest in digests if any(self._alive(digest, now))), None)

    def refresh(self, digests: Iterable[bytes], now: float) -> None:
        """Let those that can be read live on, each for its own time."""
        with self._lock:
            for digest in digests:
                for ttl in self._alive(digest, now):
                    self._keep(Entry(digest, ttl), now)

    def write(self, entries: Iterable[Entry], start: float) -> None:
        """Add what a request that started at `start` writes."""
        with self._lock:
            for entry in entries:
                self._keep(entry, start)
            while len(self) > self._limit:
                kept = [expiry for expiry in self._expiry.values() if expiry]
                min(kept, key=_first_expiry).popitem(last=False)

    def _alive(self, digest: bytes, now: float) -> list[Ttl]:
        return [ttl for ttl, expiry in self._expiry.items() if expiry.get(digest, now) > now]

    def _keep(self, entry: Entry, start: float) -> None:
        expiry = self._expiry[entry.ttl]
        # Of two requests, the one that started later may write earlier.
        end = start + SECONDS[entry.ttl]
        expiry[entry.digest] = max(expiry.get(entry.digest, end), end)
        expiry.move_to_end(entry.digest)

    def _forget_expired(self, now: float) -> None:
        for expiry in self._expiry.values():
            while expiry and _first_expiry(expiry) <= now:
                expiry.popitem(last=False)


def _first_expiry(expiry: OrderedDict[bytes, float]) -> float:
    return next(iter(expiry.values()))
