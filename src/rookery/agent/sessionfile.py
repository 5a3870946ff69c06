"""Sessions as files: JSON whatever the suffix, written whole or not at all, read with suspicion."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw, Struct

from rookery.errors import SessionError

VERSION = 1
"""Of the file; the events in it have one of their own."""

LARGEST = 256 * 1024 * 1024
"""Bytes of a file that is read."""


class _Head(Struct):
    rookery_session: int


class Saved(Struct, kw_only=True):
    """What is in a file."""

    rookery_session: int = VERSION
    id: str
    events: list[Raw]


def write(path: Path, id: str, events: list[bytes]) -> None:  # noqa: A002
    """Write a session, readable, in place of what is at `path`; its mode is kept.

    A new file is its owner's alone. Raises SessionError; what was there stays then.
    """
    saved = Saved(id=id, events=[Raw(event) for event in events])
    data = msgspec.json.format(msgspec.json.encode(saved), indent=2) + b"\n"
    if len(data) > LARGEST:
        raise SessionError(
            f"The session is too large for a file: {len(data)} bytes, of which {LARGEST} could be "
            "read again. Keep it in a store."
        )
    try:
        _replace(Path(os.path.realpath(path)), data)
    except (OSError, ValueError) as error:
        raise SessionError(f"The session cannot be saved to {path}: {_reason(error)}.") from error


def read(path: Path) -> tuple[str, list[bytes]]:
    """Return the id and the events of a file. Raises SessionError for what is no session."""
    try:
        data = _bytes(path)
    except (OSError, ValueError) as error:
        raise SessionError(f"The session {path} cannot be read: {_reason(error)}.") from error
    saved = _decoded(data, path)
    return saved.id, [bytes(event) for event in saved.events]


def _decoded(data: bytes, path: Path) -> Saved:
    try:
        version = msgspec.json.decode(data, type=_Head).rookery_session
        if version > VERSION:
            raise SessionError(
                f"{path} was written by a newer rookery (version {version} of the file; this one "
                f"knows {VERSION}). Use that one."
            )
        return msgspec.json.decode(data, type=Saved)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SessionError(
            f"{path} is no session of rookery, or is damaged: {_kind(data) or error}. Nothing of "
            "it was used."
        ) from error


def _kind(data: bytes) -> str:
    """Say what a file is that is not JSON, where that can be told."""
    if data[:1] == b"\x80" or (data[-1:] == b"." and data[:1] not in (b"{", b"")):
        return "it is a pickle, which rookery never reads, as it could run code; a session is JSON"
    if data[:2] == b"\x1f\x8b":
        return "it is compressed (gzip); a session is plain JSON"
    return "" if data.strip() else "it is empty"


def _bytes(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a FIFO is not waited for
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise ValueError("it is not a file")
        if found.st_size > LARGEST:
            raise ValueError(f"it has {found.st_size} bytes; {LARGEST} are the most")
        return file.read(LARGEST)


def _replace(path: Path, data: bytes) -> None:
    """Put bytes at a path: on the disk first, and then in one step by that name."""
    new = path.with_name(f".{path.name}.{os.urandom(6).hex()}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with contextlib.suppress(FileNotFoundError):
                os.fchmod(descriptor, stat.S_IMODE(path.stat().st_mode) & 0o777)
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        new.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _reason(error: Any) -> str:
    return getattr(error, "strerror", None) or str(error)
