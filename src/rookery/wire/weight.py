"""Whether a large body can be decoded in a time that others can wait.

A JSON decoder holds the interpreter from its first byte to its last, in whatever thread, and what
that takes depends on what the bytes are: 32 MB of text 0.05 s, of empty lists 3 s, of numbers with
sixty digits 8 s. So a body that is large is first looked through in a rough and cheap way. What is
refused here would be far too long as a prompt.
"""

from __future__ import annotations

from rookery.rules.http import TOO_MANY_DIGITS, TOO_MANY_VALUES

LARGE = 1024 * 1024
"""Bytes up to which any body is decoded at once: 0.3 s at worst."""

MAX_VALUES = 500_000
"""Commas and opening brackets of a body, those in strings too: each value has one, or nearly."""

MAX_DIGITS = 512 * 1024
"""Digits of a body in rows of `ROW`: they may be numbers that are too long to be read fast."""

ROW = 25

_SLICE = 1024 * 1024
"""Bytes that are searched at a time; in between, other threads get their turn."""

_DIGITS = bytes(0x30 if 0x30 <= byte <= 0x39 else 0x20 for byte in range(256))


def check_weight(data: bytes) -> None:
    """Check a large body; takes some 6 ms for each MB. Raises InvalidRequestError."""
    if sum(data.count(mark) for mark in (b",", b"[", b"{")) > MAX_VALUES:
        raise TOO_MANY_VALUES.error(maximum=MAX_VALUES)
    slices = (data[start : start + _SLICE] for start in range(0, len(data), _SLICE))
    row = b"0" * ROW
    if sum(piece.translate(_DIGITS).count(row) for piece in slices) * ROW > MAX_DIGITS:
        raise TOO_MANY_DIGITS.error()
