"""From what a program says to a store: a store as it is, a path, or the file of the user."""

from __future__ import annotations

import os
from pathlib import Path

from rookery.errors import SessionError
from rookery.store.base import SessionStore


def open_store(where: SessionStore | str | os.PathLike[str]) -> SessionStore:
    """Return a store: `where` itself, or SQLite at that path; "sqlite" is the user's own file.

    Raises SessionError where the folder of the user's file cannot be made.
    """
    if isinstance(where, SessionStore) and not isinstance(where, type):
        return where
    if not isinstance(where, str | os.PathLike) or not os.fspath(where):
        raise SessionError(f'A store is a SessionStore, a path or "sqlite", not {where!r:.100}.')
    from rookery.store.sqlite import SQLiteStore  # noqa: PLC0415 -- its library only when used

    return SQLiteStore(_made(own_file()) if where == "sqlite" else where)


def own_file() -> Path:
    """Return where the sessions of a user are kept (XDG base directories: state)."""
    base = os.environ.get("XDG_STATE_HOME", "")
    folder = Path(base) if Path(base).is_absolute() else Path.home() / ".local" / "state"
    return folder / "rookery" / "sessions.db"


def _made(file: Path) -> Path:
    """Make the folder of a file, for its owner alone."""
    folder = file.parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SessionError(f"{folder} cannot be made: {error.strerror}.") from error
    return file
