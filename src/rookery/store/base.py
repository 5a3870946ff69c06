"""What every store of sessions is: logs of events that only grow, one writer at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from msgspec import Struct

from rookery.errors import SessionError
from rookery.store.lease import Lease

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
"""What can be the id of a session."""


class Summary(Struct, frozen=True, kw_only=True):
    """A session as a list shows it."""

    id: str
    revision: int
    """How many events it has, with those it shares with the session it was forked from."""
    created: datetime
    updated: datetime
    """When something was last written; both in UTC."""
    parent: str | None = None
    """What it was forked from; None: nothing, or that was deleted."""
    about: dict[str, Any] = {}
    """What its writer says of it, as plain data: a title, counts."""


class Page(Struct, frozen=True):
    """A part of a list; `next` is where the following one begins, None at the end."""

    sessions: list[Summary]
    next: str | None = None


@runtime_checkable
class SessionStore(Protocol):
    """A place for sessions. It knows nothing of what their events say: each is JSON as bytes.

    Safe to use from several threads. What is written is durable when the call returns, whole or
    not at all. All methods raise SessionError with what is wrong and what to do, and its subclass
    SessionConflictError where another writer is in the way. `rookery.testing.stores` has a suite
    that tells whether a store does what is written here.
    """

    @property
    def blocking(self) -> bool:
        """Whether a call may wait, for a disk or a network: then it is made in a thread."""
        ...

    def create(self, id: str, about: Mapping[str, Any]) -> None:  # noqa: A002 -- what it is called everywhere
        """Begin a session without events. An id that is there already is a conflict."""
        ...

    def acquire(self, id: str, owner: str, seconds: float) -> Lease:  # noqa: A002
        """Take the right to write for some seconds. It is a conflict while somebody has it.

        It is free when it was given back, when its time is over, and when its owner is a process
        of this machine that has ended (`rookery.store.lease.here`).
        """
        ...

    def renew(self, lease: Lease, seconds: float) -> None:
        """Keep the right to write for that long from now. A lease taken over is a conflict."""
        ...

    def release(self, lease: Lease) -> None:
        """Give the right to write back; nothing happens where it was taken over."""
        ...

    def append(
        self,
        lease: Lease,
        events: Sequence[bytes],
        expected: int,
        about: Mapping[str, Any] | None = None,
    ) -> int:
        """Add events and return the new revision; `about` replaces what is said of the session.

        A conflict, with nothing written: the lease was taken over, or the session has not
        `expected` events. A lease whose time is over still holds where nobody took it over.
        """
        ...

    def read(self, id: str, offset: int = 0) -> list[bytes]:  # noqa: A002
        """Return the events from `offset` on, those shared with a parent too."""
        ...

    def find(self, id: str) -> Summary | None:  # noqa: A002
        """Return what a session is, or None if there is none of this id."""
        ...

    def page(self, limit: int = 50, after: str | None = None) -> Page:
        """List sessions, those written last first; `after` is the `next` of an earlier page."""
        ...

    def fork(self, id: str, new: str, at: int | None = None) -> None:  # noqa: A002
        """Begin a session `new` that shares the first `at` events of another; None: all.

        Nothing is copied, and neither sees what the other adds. Both can be written at once.
        """
        ...

    def delete(self, id: str) -> None:  # noqa: A002
        """Remove a session; what its forks share stays theirs. A conflict while it is written."""
        ...

    def close(self) -> None:
        """Let go of files and connections; they are opened again when the store is used."""
        ...


def check_name(name: str) -> str:
    """Return the id of a session. Raises SessionError where it cannot be one."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise SessionError(
            f"{name!r:.150} cannot be the id of a session: 1 to 128 letters, digits, '.', '_' and "
            "'-', the first one a letter or digit."
        )
    return name


def missing(name: str) -> SessionError:
    """Return the error for a session that is not there."""
    return SessionError(f"There is no session {name!r:.150}.")


def check_limit(limit: int) -> None:
    """Check the length of a page. Raises SessionError."""
    if not 1 <= limit <= 1000:
        raise SessionError(f"A page has 1 to 1000 sessions, not {limit}.")


def check_span(what: str, at: int, revision: int) -> None:
    """Check a place in a log. Raises SessionError."""
    if not 0 <= at <= revision:
        raise SessionError(f"{what} must be from 0 to {revision}, the number of events, not {at}.")


def order_of(after: str | None) -> int:
    """Return the place in the order of writes that a page ends before. Raises SessionError."""
    try:
        return 2**63 - 1 if after is None else int(after)
    except ValueError:
        raise SessionError(f"after must be the `next` of a page, not {after!r:.50}.") from None
