"""Server-sent events: events to bytes, and bytes in any split to records (WHATWG HTML, 9.2)."""

from __future__ import annotations

from typing import NamedTuple

from rookery.errors import StreamError
from rookery.wire.events import Event

MAX_RECORD = 64 * 1024 * 1024
"""Bytes of one record; a longer one is refused, so that a bad peer cannot fill the memory."""

_BOM = b"\xef\xbb\xbf"
_LF, _CR = b"\n\r"


class Record(NamedTuple):
    """One record: the `event` field ("message" where there is none) and its data lines."""

    event: str
    data: bytes


def encode(event: Event) -> bytes:
    """Return the event as one record; JSON of more than one line as that many data lines."""
    data = event.data
    if _LF in data or _CR in data:
        data = b"\ndata: ".join(data.splitlines())
    return b"event: %b\ndata: %b\n\n" % (event.type.encode(), data)


class Decoder:
    """Turns chunks of bytes into records. A record that is cut off at the end is never given."""

    def __init__(self, limit: int = MAX_RECORD) -> None:
        """Start at the beginning of a stream; a record may have `limit` bytes."""
        self._limit = limit
        self._open = bytearray()
        self._after_cr = False
        self._at_start = True
        self._held_back = b""

    def feed(self, chunk: bytes) -> list[Record]:
        """Return the records that this chunk completes. Raises StreamError on one too long."""
        text = self._normalise(chunk)
        if self._at_start:
            text = self._without_bom(text)
        if self._open:
            searched = len(self._open) - 1
            self._open += text
            if self._open.find(b"\n\n", searched) < 0:
                self._require(len(self._open) - self._open.endswith(b"\n"))
                return []
            text, self._open = bytes(self._open), bytearray()
        *complete, rest = text.split(b"\n\n")
        self._open += rest
        if len(text) > self._limit:
            self._require(max(len(rest) - rest.endswith(b"\n"), *map(len, complete), 0))
        return [record for part in complete if (record := _parse(part)) is not None]

    def _require(self, length: int) -> None:
        if length > self._limit:
            raise StreamError(f"A stream record is longer than {self._limit} bytes.")

    def _without_bom(self, text: bytes) -> bytes:
        """Return what follows a byte order mark; hold back what may be the start of one."""
        text = self._held_back + text
        self._at_start = len(text) < len(_BOM) and _BOM.startswith(text)
        self._held_back = text if self._at_start else b""
        return b"" if self._at_start else text.removeprefix(_BOM)

    def _normalise(self, chunk: bytes) -> bytes:
        """Turn CR and CRLF into LF; of a CRLF that is cut in two, the CR has become the LF."""
        if self._after_cr and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        if _CR not in chunk:
            return chunk
        self._after_cr = chunk.endswith(b"\r")
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
