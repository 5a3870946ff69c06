"""Server-sent events: events to bytes, and bytes in any split to records (WHATWG HTML, 9.2)."""

from __future__ import annotations

from typing import NamedTuple

from rookery.errors import StreamError
from rookery.wire.events import Event

MAX_RECORD = 64 * 1024 * 1024
"""Bytes of one record; a longer one is refused, so that a bad peer cannot fill the memory."""


class Record(NamedTuple):
    """One record: the `event` field ("message" where there is none) and its data lines."""

    event: str
    data: bytes


def encode(event: Event) -> bytes:
    """Return the event as one record."""
    return b"event: %b\ndata: %b\n\n" % (event.type.encode(), event.data)


class Decoder:
    """Turns chunks of bytes into records. A record that is cut off at the end is never given."""

    def __init__(self) -> None:
        """Start at the beginning of a stream."""
        self._buffer = b""
        self._held_cr = False
        self._at_start = True

    def feed(self, chunk: bytes) -> list[Record]:
        """Return the records that this chunk completes. Raises StreamError on one too long."""
        text = self._buffer + self._normalise(chunk)
        if self._at_start and text:
            if text in (b"\xef", b"\xef\xbb"):  # the first bytes of a byte order mark
                self._buffer = text
                return []
            self._at_start = False
            text = text.removeprefix(b"\xef\xbb\xbf")
        *complete, self._buffer = text.split(b"\n\n")
        if len(self._buffer) > MAX_RECORD:
            raise StreamError(f"A stream record is longer than {MAX_RECORD} bytes.")
        return [record for part in complete if (record := _parse(part)) is not None]

    def _normalise(self, chunk: bytes) -> bytes:
        """Turn CR and CRLF into LF; a CR at the end waits for what follows it."""
        if self._held_cr:
            chunk = b"\r" + chunk
            self._held_cr = False
        if b"\r" not in chunk:
            return chunk
        if chunk.endswith(b"\r"):
            chunk, self._held_cr = chunk[:-1], True
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _parse(part: bytes) -> Record | None:
    """Read the lines of one record; None where it has no data."""
    event = ""
    data: list[bytes] = []
    for line in part.split(b"\n"):
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            data.append(value)
        elif name == b"event":
            event = value.decode("utf-8", "replace")
    if not data:
        return None
    return Record(event or "message", data[0] if len(data) == 1 else b"\n".join(data))
