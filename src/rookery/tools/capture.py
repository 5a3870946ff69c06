"""What a program writes, as it comes: its beginning and its end, or what was not read yet."""

from __future__ import annotations

import codecs
import re
import threading

SHOWN = 8_000
"""How many characters are shown of the beginning of a long text, and of its end."""

_KEPT = 4 * SHOWN  # a character has at most four bytes

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
"""Characters that a terminal obeys, or that hide or turn around what stands next to them."""


def visible(text: str) -> str:
    """Return a text with such characters written out, as `\\x1b`; line ends become LF."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def printable(text: str) -> str:
    """Return what `surrogateescape` decoded as it can be sent and shown."""
    return visible(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


class Capture:
    """The beginning and the end of what was written; in between it is only counted."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.total = 0
        """Bytes written."""
        self._head = bytearray()
        self._tail = bytearray()

    def feed(self, data: bytes) -> None:
        """Take what was written next."""
        self.total += len(data)
        room = _KEPT - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        self._tail += data
        if len(self._tail) > 2 * _KEPT:
            del self._tail[:-_KEPT]

    def whole(self) -> bytes | None:
        """Return all that was written; None: that is more than is kept."""
        held = len(self._head) + len(self._tail)
        return bytes(self._head + self._tail) if held == self.total else None

    def __str__(self) -> str:
        """Return it as text to be shown, with a note in place of what is left out."""
        whole = self.whole()
        if whole is not None:
            text = whole.decode("utf-8", "surrogateescape")
            if len(text) <= 2 * SHOWN:
                return printable(text)
        head = self._head.decode("utf-8", "surrogateescape")[:SHOWN]
        end = self._tail if whole is None else whole
        tail = end.decode("utf-8", "surrogateescape")[-SHOWN:]
        left_out = self.total - _size(head) - _size(tail)
        return f"{printable(head)}\n({left_out:,} bytes left out here)\n{printable(tail)}"


class Unread:
    """The end of what was written and not read yet. Written in one thread, read in another."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.total = 0
        self._left_out = 0
        self._data = bytearray()
        self._lock = threading.Lock()
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def feed(self, data: bytes) -> None:
        """Take what was written next."""
        with self._lock:
            self.total += len(data)
            self._data += data
            if len(self._data) > 2 * _KEPT:
                self._left_out += len(self._data) - _KEPT
                del self._data[:-_KEPT]

    def read(self, *, final: bool) -> str:
        """Return what came since the last time, as text to be shown; `final`: no more comes."""
        with self._lock:
            data, left_out = bytes(self._data), self._left_out
            self._data.clear()
            self._left_out = 0
            if left_out:
                self._decoder.reset()
            text = self._decoder.decode(data, final)
        if len(text) > 2 * SHOWN:
            left_out += _size(text[: -2 * SHOWN])
            text = text[-2 * SHOWN :]
        note = f"({left_out:,} bytes left out here)\n" if left_out else ""
        return note + printable(text)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))
