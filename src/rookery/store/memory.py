"""Sessions in memory: gone with the process, and shared by whoever has the store."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from rookery.errors import SessionConflictError
from rookery.store.base import (
    Page,
    Summary,
    check_limit,
    check_name,
    check_span,
    missing,
    order_of,
)
from rookery.store.lease import (
    Holder,
    Lease,
    demand_free,
    demand_held,
    demand_revision,
    taken,
)


class _Log:
    """One session; a fork holds its parent, whether or not that was deleted."""

    def __init__(self, name: str, about: bytes, parent: _Log | None, base: int, now: float) -> None:
        self.id = name
        self.about = about
        self.parent = parent
        self.base = base
        """How many events are the parent's."""
        self.own: list[bytes] = []
        self.created = self.updated = now
        self.order = 0
        self.holder: Holder | None = None

    @property
    def revision(self) -> int:
        return self.base + len(self.own)

    def events(self, start: int, end: int) -> list[bytes]:
        shared = self.parent.events(start, min(end, self.base)) if self.parent else []
        return [*shared, *self.own[max(0, start - self.base) : max(0, end - self.base)]]


class MemoryStore:
    """A SessionStore in memory."""

    blocking = False

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        """Begin without sessions; `clock` gives the seconds since 1970."""
        self._lock = threading.RLock()
        self._clock = clock
        self._logs: dict[str, _Log] = {}
        self._order = itertools.count(1)

    def create(self, id: str, about: Mapping[str, Any]) -> None:  # noqa: A002
        """Begin a session (see SessionStore)."""
        with self._lock:
            self._add(id, msgspec.json.encode(about), None, 0)

    def acquire(self, id: str, owner: str, seconds: float) -> Lease:  # noqa: A002
        """Take the right to write (see SessionStore)."""
        with self._lock:
            log, now = self._get(id), self._clock()
            lease = taken(id, log.holder, owner, now)
            log.holder = Holder(owner, lease.token, now + seconds)
            return lease

    def renew(self, lease: Lease, seconds: float) -> None:
        """Keep the right to write (see SessionStore)."""
        with self._lock:
            self._held(lease).holder = Holder(lease.owner, lease.token, self._clock() + seconds)

    def release(self, lease: Lease) -> None:
        """Give the right to write back (see SessionStore)."""
        with self._lock:
            log = self._logs.get(lease.session)
            if log is not None and log.holder is not None and log.holder.token == lease.token:
                log.holder = None

    def append(
        self,
        lease: Lease,
        events: Sequence[bytes],
        expected: int,
        about: Mapping[str, Any] | None = None,
    ) -> int:
        """Add events (see SessionStore)."""
        with self._lock:
            log = self._held(lease)
            demand_revision(log.id, expected, log.revision)
            if about is not None:
                log.about = msgspec.json.encode(about)
            log.own.extend(events)
            self._touch(log)
            return log.revision

    def read(self, id: str, offset: int = 0) -> list[bytes]:  # noqa: A002
        """Return the events (see SessionStore)."""
        with self._lock:
            log = self._get(id)
            check_span("offset", offset, log.revision)
            return log.events(offset, log.revision)

    def find(self, id: str) -> Summary | None:  # noqa: A002
        """Return what a session is (see SessionStore)."""
        with self._lock:
            log = self._logs.get(id)
            return None if log is None else self._summary(log)

    def page(self, limit: int = 50, after: str | None = None) -> Page:
        """List sessions (see SessionStore)."""
        check_limit(limit)
        with self._lock:
            end = order_of(after)
            newest = sorted(self._logs.values(), key=lambda log: -log.order)
            found = [log for log in newest if log.order < end]
            more = str(found[limit - 1].order) if len(found) > limit else None
            return Page([self._summary(log) for log in found[:limit]], more)

    def fork(self, id: str, new: str, at: int | None = None) -> None:  # noqa: A002
        """Begin a session that shares the events of another (see SessionStore)."""
        with self._lock:
            parent = self._get(id)
            base = parent.revision if at is None else at
            check_span("at", base, parent.revision)
            self._add(new, parent.about, parent, base)

    def delete(self, id: str) -> None:  # noqa: A002
        """Remove a session (see SessionStore)."""
        with self._lock:
            demand_free(id, self._get(id).holder, self._clock())
            del self._logs[id]

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def _add(self, name: str, about: bytes, parent: _Log | None, base: int) -> None:
        if check_name(name) in self._logs:
            raise SessionConflictError(f"There is a session {name!r} already.")
        self._logs[name] = log = _Log(name, about, parent, base, self._clock())
        self._touch(log)

    def _touch(self, log: _Log) -> None:
        log.updated, log.order = self._clock(), next(self._order)

    def _get(self, name: str) -> _Log:
        log = self._logs.get(name)
        if log is None:
            raise missing(name)
        return log

    def _held(self, lease: Lease) -> _Log:
        log = self._get(lease.session)
        demand_held(lease, log.holder)
        return log

    def _summary(self, log: _Log) -> Summary:
        parent = log.parent
        known = parent is not None and self._logs.get(parent.id) is parent
        return Summary(
            id=log.id,
            revision=log.revision,
            created=datetime.fromtimestamp(log.created, UTC),
            updated=datetime.fromtimestamp(log.updated, UTC),
            parent=parent.id if parent is not None and known else None,
            about=msgspec.json.decode(log.about),
        )
