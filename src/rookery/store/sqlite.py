"""Sessions in an SQLite file: they outlive processes, and several processes share them."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from rookery.errors import SessionConflictError, SessionError
from rookery.store.base import Page, Summary, check_limit, check_name, check_span, missing, order_of
from rookery.store.database import Database
from rookery.store.lease import Holder, Lease, demand_free, demand_held, demand_revision, taken

_SUMMARY = """
SELECT s.id, s.revision, s.created, s.updated, p.id, s.about, s.touched
FROM sessions s LEFT JOIN sessions p ON p.number = s.parent WHERE s.id IS NOT NULL AND
"""


class _Row(NamedTuple):
    """What of a session its writers need."""

    number: int
    parent: int | None
    base: int
    revision: int
    holder: Holder | None


class SQLiteStore:
    """A SessionStore in a file, in WAL mode; each write is on the disk when its call returns."""

    blocking = True

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        patience: float = 5.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Keep sessions in the file at `path`, made for its owner alone where there is none.

        Nothing is opened yet. A lock of another program is waited for up to `patience` seconds;
        `clock` gives the seconds since 1970.
        """
        self._database = Database(Path(path), patience)
        self._clock = clock

    def __repr__(self) -> str:
        return f"SQLiteStore({str(self._database.path)!r})"

    def create(self, id: str, about: Mapping[str, Any]) -> None:  # noqa: A002
        """Begin a session (see SessionStore)."""
        with self._database.transaction(write=True) as connection:
            self._add(connection, id, _text(about), None, 0)

    def acquire(self, id: str, owner: str, seconds: float) -> Lease:  # noqa: A002
        """Take the right to write (see SessionStore)."""
        with self._database.transaction(write=True) as connection:
            row, now = _get(connection, id), self._clock()
            lease = taken(id, row.holder, owner, now)
            _hold(connection, row, owner, lease.token, now + seconds)
            return lease

    def renew(self, lease: Lease, seconds: float) -> None:
        """Keep the right to write (see SessionStore)."""
        with self._database.transaction(write=True) as connection:
            row = _held(connection, lease)
            _hold(connection, row, lease.owner, lease.token, self._clock() + seconds)

    def release(self, lease: Lease) -> None:
        """Give the right to write back (see SessionStore)."""
        with self._database.transaction(write=True) as connection:
            connection.execute(
                "UPDATE sessions SET owner = NULL, token = NULL, expires = NULL "
                "WHERE id = ? AND token = ?",
                (lease.session, lease.token),
            )

    def append(
        self,
        lease: Lease,
        events: Sequence[bytes],
        expected: int,
        about: Mapping[str, Any] | None = None,
    ) -> int:
        """Add events (see SessionStore)."""
        with self._database.transaction(write=True) as connection:
            row = _held(connection, lease)
            demand_revision(lease.session, expected, row.revision)
            connection.executemany(
                "INSERT INTO events (session, place, body) VALUES (?, ?, ?)",
                [(row.number, row.revision + i, body) for i, body in enumerate(events)],
            )
            revision = row.revision + len(events)
            connection.execute(
                "UPDATE sessions SET revision = ?, about = coalesce(?, about), updated = ?, "
                "touched = (SELECT max(touched) + 1 FROM sessions) WHERE number = ?",
                (revision, None if about is None else _text(about), self._clock(), row.number),
            )
            return revision

    def read(self, id: str, offset: int = 0) -> list[bytes]:  # noqa: A002
        """Return the events (see SessionStore)."""
        with self._database.transaction(write=False) as connection:
            row = _get(connection, id)
            end = revision = row.revision
            check_span("offset", offset, revision)
            bodies: list[bytes] = []
            while end > offset:  # from the last part, the session's own, to what it shares
                own = connection.execute(
                    "SELECT body FROM events WHERE session = ? AND place >= ? AND place < ? "
                    "ORDER BY place DESC",
                    (row.number, offset, end),
                )
                bodies.extend(body for (body,) in own)
                if row.parent is None:
                    break
                end = min(end, row.base)
                row = _numbered(connection, row.parent)
        if len(bodies) != revision - offset:
            raise SessionError(
                f"{self._database.path} is damaged: of session {id}, events are missing."
            )
        return bodies[::-1]

    def find(self, id: str) -> Summary | None:  # noqa: A002
        """Return what a session is (see SessionStore)."""
        with self._database.transaction(write=False) as connection:
            found = connection.execute(f"{_SUMMARY} s.id = ?", (id,)).fetchone()
            return None if found is None else self._summary(found)

    def page(self, limit: int = 50, after: str | None = None) -> Page:
        """List sessions (see SessionStore)."""
        check_limit(limit)
        with self._database.transaction(write=False) as connection:
            found = connection.execute(
                f"{_SUMMARY} s.touched < ? ORDER BY s.touched DESC LIMIT ?",
                (order_of(after), limit + 1),
            ).fetchall()
        more = str(found[limit - 1][-1]) if len(found) > limit else None
        return Page([self._summary(row) for row in found[:limit]], more)

    def fork(self, id: str, new: str, at: int | None = None) -> None:  # noqa: A002
        """Begin a session that shares the events of another (see SessionStore)."""
        with self._database.transaction(write=True) as connection:
            row = _get(connection, id)
            base = row.revision if at is None else at
            check_span("at", base, row.revision)
            about = connection.execute(
                "SELECT about FROM sessions WHERE number = ?", (row.number,)
            ).fetchone()[0]
            self._add(connection, new, about, row.number, base)

    def delete(self, id: str) -> None:  # noqa: A002
        """Remove a session (see SessionStore)."""
        with self._database.transaction(write=True) as connection:
            row = _get(connection, id)
            demand_free(id, row.holder, self._clock())
            connection.execute(
                "UPDATE sessions SET id = NULL, about = '{}', owner = NULL, token = NULL "
                "WHERE number = ?",
                (row.number,),
            )
            _remove_unshared(connection, row.number)

    def close(self) -> None:
        """Close the file; it is opened again when the store is used."""
        self._database.close()

    def _add(
        self,
        connection: sqlite3.Connection,
        name: str,
        about: str,
        parent: int | None,
        base: int,
    ) -> None:
        now = self._clock()
        if _row(connection, "id", check_name(name)) is not None:
            raise SessionConflictError(f"There is a session {name!r} already.")
        connection.execute(
            "INSERT INTO sessions (id, parent, base, revision, about, created, updated, touched) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT coalesce(max(touched), 0) + 1 FROM sessions))",
            (name, parent, base, base, about, now, now),
        )

    def _summary(self, row: tuple[Any, ...]) -> Summary:
        name, revision, created, updated, parent, about, _ = row
        try:
            return Summary(
                id=name,
                revision=revision,
                created=datetime.fromtimestamp(created, UTC),
                updated=datetime.fromtimestamp(updated, UTC),
                parent=parent,
                about=msgspec.json.decode(about, type=dict[str, Any]),
            )
        except (msgspec.MsgspecError, ValueError, TypeError, OverflowError) as error:
            raise SessionError(f"{self._database.path} is damaged: {error}") from error


def _row(connection: sqlite3.Connection, column: str, value: str | int) -> _Row | None:
    found = connection.execute(
        "SELECT number, parent, base, revision, owner, token, expires FROM sessions "  # noqa: S608 -- the column is ours
        f"WHERE {column} = ?",
        (value,),
    ).fetchone()
    if found is None:
        return None
    number, parent, base, revision, owner, token, expires = found
    holder = None if token is None else Holder(owner, token, expires)
    return _Row(number, parent, base, revision, holder)


def _get(connection: sqlite3.Connection, name: str) -> _Row:
    row = _row(connection, "id", name)
    if row is None:
        raise missing(name)
    return row


def _numbered(connection: sqlite3.Connection, number: int) -> _Row:
    row = _row(connection, "number", number)
    if row is None:
        raise SessionError("The database is damaged: the parent of a fork is missing.")
    return row


def _held(connection: sqlite3.Connection, lease: Lease) -> _Row:
    row = _get(connection, lease.session)
    demand_held(lease, row.holder)
    return row


def _hold(
    connection: sqlite3.Connection, row: _Row, owner: str, token: str, expires: float
) -> None:
    connection.execute(
        "UPDATE sessions SET owner = ?, token = ?, expires = ? WHERE number = ?",
        (owner, token, expires, row.number),
    )


def _remove_unshared(connection: sqlite3.Connection, number: int | None) -> None:
    """Remove what of a deleted session no fork shares; and then of those it was forked from."""
    while number is not None:
        [shared] = connection.execute(
            "SELECT max(base) FROM sessions WHERE parent = ?", (number,)
        ).fetchone()
        connection.execute(
            "DELETE FROM events WHERE session = ? AND place >= ?", (number, shared or 0)
        )
        if shared is not None:
            return
        row = _numbered(connection, number)
        connection.execute("DELETE FROM sessions WHERE number = ?", (number,))
        number = row.parent if row.parent and _is_deleted(connection, row.parent) else None


def _is_deleted(connection: sqlite3.Connection, number: int) -> bool:
    found = connection.execute("SELECT id FROM sessions WHERE number = ?", (number,)).fetchone()
    return found is not None and found[0] is None


def _text(about: Mapping[str, Any]) -> str:
    return msgspec.json.encode(about).decode()
