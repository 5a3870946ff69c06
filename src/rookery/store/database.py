"""The SQLite file of sessions: made, opened and checked; its faults in plain words."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from rookery.errors import SessionError

SCHEMA_VERSION = 1
"""Of the tables, in the header of the file (`PRAGMA user_version`)."""

_APPLICATION = 0x726F6F6B
"""Tells the file from databases of others (`PRAGMA application_id`): "rook"."""

_TABLES = """
CREATE TABLE sessions (
    number INTEGER PRIMARY KEY,
    id TEXT UNIQUE, -- NULL: deleted, and kept for the forks that share its events
    parent INTEGER REFERENCES sessions (number),
    base INTEGER NOT NULL, -- how many events are the parent's
    revision INTEGER NOT NULL,
    about TEXT NOT NULL,
    created REAL NOT NULL, -- seconds since 1970, as `updated` and `expires`
    updated REAL NOT NULL,
    touched INTEGER NOT NULL, -- the order of the last writes
    owner TEXT, token TEXT, expires REAL -- the lease
);
CREATE UNIQUE INDEX sessions_touched ON sessions (touched);
CREATE INDEX sessions_parent ON sessions (parent);
CREATE TABLE events (
    session INTEGER NOT NULL REFERENCES sessions (number),
    place INTEGER NOT NULL, -- from 0, in the session with all it shares
    body BLOB NOT NULL,
    PRIMARY KEY (session, place)
);
"""

_FAULTS = {
    sqlite3.SQLITE_BUSY: "is locked by another program: try again, or find out who holds it",
    sqlite3.SQLITE_LOCKED: "is locked by another program: try again, or find out who holds it",
    sqlite3.SQLITE_FULL: "cannot grow: the disk is full. What was written before is safe",
    sqlite3.SQLITE_READONLY: "cannot be written: check the rights of the file and of its folder",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: check that its folder exists and can be written",
    sqlite3.SQLITE_PERM: "cannot be opened: check the rights of the file",
    sqlite3.SQLITE_CORRUPT: "is damaged: restore a copy, or `sqlite3 FILE .recover`",
    sqlite3.SQLITE_NOTADB: "is no SQLite database, or is damaged",
    sqlite3.SQLITE_IOERR: "cannot be read or written: the disk reports an error, or is full",
    sqlite3.SQLITE_TOOBIG: "does not take so much in one piece",
}


class Database:
    """A connection that is opened when it is needed, and shared by threads."""

    def __init__(self, path: Path, patience: float) -> None:
        """Use the file at `path`, waiting up to `patience` seconds for other programs."""
        self.path = path
        self._patience = patience
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._process = os.getpid()
        self._close: weakref.finalize[..., Any] | None = None

    @contextmanager
    def transaction(self, *, write: bool) -> Iterator[sqlite3.Connection]:
        """Do something whole or not at all. Raises SessionError for what SQLite reports."""
        self._look_for_fork()
        with self._lock, self._translated():
            connection = self._opened()
            connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the connection; the next transaction opens another."""
        self._look_for_fork()
        with self._lock:
            if self._close is not None:
                self._close()
            self._connection = None

    def _look_for_fork(self) -> None:
        """In a forked child, leave the connection alone: it is the parent's, as the lock may be."""
        if self._process != os.getpid():
            if self._close is not None:
                self._close.detach()
            self._lock, self._connection, self._process = threading.Lock(), None, os.getpid()

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._open()
            self._close = weakref.finalize(self, _close, self._connection, self._process)
        return self._connection

    def _open(self) -> sqlite3.Connection:
        _make_private(self.path)
        connection = sqlite3.connect(
            self.path, timeout=self._patience, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        if _number(connection, "SELECT count(*) FROM sqlite_master") == 0:
            # WAL: readers and the writer do not wait for each other. Kept by the file.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")  # who comes second finds the tables
            if _number(connection, "SELECT count(*) FROM sqlite_master") == 0:
                for statement in _TABLES.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {_APPLICATION}")
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            connection.execute("COMMIT")
        self._check(connection)
        connection.execute("PRAGMA synchronous = FULL")  # a commit is on the disk

    def _check(self, connection: sqlite3.Connection) -> None:
        if _number(connection, "PRAGMA application_id") != _APPLICATION:
            raise SessionError(f"{self.path} is a database of something else, not of sessions.")
        version = _number(connection, "PRAGMA user_version")
        if version > SCHEMA_VERSION:
            raise SessionError(
                f"{self.path} was written by a newer rookery (version {version} of its tables; "
                f"this one knows {SCHEMA_VERSION}). Nothing was changed; use the newer one."
            )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the kind, without its detail
            problem = _FAULTS.get(code, "cannot be used")
            raise SessionError(f"The database {self.path} {problem} ({error}).") from error
        except OSError as error:
            raise SessionError(
                f"The database {self.path} cannot be opened: {error.strerror}."
            ) from error


def _make_private(path: Path) -> None:
    """Make the file, for its owner alone, where there is none; SQLite's own would be for all."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        _sync(path.parent)
    if not stat.S_ISREG(path.stat().st_mode):  # opening a FIFO would wait for ever
        raise SessionError(f"{path} is not a file.")


def _sync(folder: Path) -> None:
    """Write the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _number(connection: sqlite3.Connection, statement: str) -> int:
    return int(connection.execute(statement).fetchone()[0])


def _close(connection: sqlite3.Connection, process: int) -> None:
    if process == os.getpid():
        connection.close()
