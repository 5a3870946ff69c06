"""What an image costs, from its size, and its size from the head of its base64 data.

Only as much is decoded as a header needs, however long the data is, and no length that the data
claims is believed: reading past the end ends the reading (platform.claude.com, "Vision" and
"Coordinates and bounding boxes").
"""

from __future__ import annotations

import binascii
import re
from bisect import bisect_left
from collections.abc import Callable
from typing import Literal, NamedTuple

from rookery.catalog.model import ImageTier

PATCH = 28
"""Pixels of a side of the square that is one token."""

MediaType = Literal["image/jpeg", "image/png", "image/gif", "image/webp"]

_SEGMENTS = 2000
"""Segments of a JPEG that are looked at; those before its size are profiles and comments."""


class Header(NamedTuple):
    """What the head of an image says; pixels."""

    media_type: MediaType
    width: int
    height: int


class Damaged(NamedTuple):
    """The head of an image whose size cannot be read: its type, if at least that is known."""

    media_type: MediaType | None


def tokens_of_size(width: int, height: int) -> int:
    """Return the tokens of an image of this size, in pixels."""
    return -(-width // PATCH) * -(-height // PATCH)


def resized(width: int, height: int, tier: ImageTier) -> tuple[int, int]:
    """Return the size that the model sees: the largest of the same shape that the tier allows.

    The padded long edge and the tokens are limited; the other edge is rounded half to even.
    """
    long, short = max(width, height), min(width, height)

    def is_over(edge: int) -> bool:
        padded = -(-edge // PATCH) * PATCH
        across = _across(edge, long, short)
        return padded > tier.long_edge or tokens_of_size(edge, across) > tier.max_tokens

    if not is_over(long):
        return width, height
    edge = max(1, bisect_left(range(1, long + 1), True, key=is_over))
    across = _across(edge, long, short)
    return (edge, across) if width >= height else (across, edge)


def _across(edge: int, long: int, short: int) -> int:
    return max(1, round(edge / (long / short)))


def image_tokens(width: int, height: int, tier: ImageTier) -> int:
    """Return the tokens of an image after it was scaled down to its tier."""
    return tokens_of_size(*resized(width, height, tier))


# --- headers -------------------------------------------------------------------------------------

_IS_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}\Z")


class NotBase64Error(ValueError):
    """The data is not base64."""


class _Data:
    """Bytes behind base64 text, decoded where they are asked for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.size = len(text) // 4 * 3

    def at(self, offset: int, count: int) -> bytes:
        """Return `count` bytes, or fewer at the end. Raises NotBase64Error."""
        first = offset // 3
        last = -(-(offset + count) // 3)
        piece = self._text[first * 4 : last * 4]
        if not _IS_BASE64.match(piece):
            raise NotBase64Error
        try:
            return binascii.a2b_base64(piece)[offset - first * 3 :][:count]
        except binascii.Error as error:
            raise NotBase64Error from error


def read_header(text: str) -> Header | Damaged:
    """Read the head of an image in base64. Raises NotBase64Error if the text is not that.

    Only the beginning and the end of the text are judged, so that long data costs nothing.
    """
    if len(text) % 4 or not _IS_BASE64.match(text[-4:]):
        raise NotBase64Error
    data = _Data(text)
    magic = data.at(0, 12)
    for media_type, is_it, read in _FORMATS:
        if is_it(magic):
            size = read(data)
            return Header(media_type, *size) if size and all(size) else Damaged(media_type)
    return Damaged(None)


_Size = tuple[int, int] | None


def _png(data: _Data) -> _Size:
    head = data.at(12, 12)
    if head[:4] != b"IHDR" or len(head) < 12:
        return None
    return int.from_bytes(head[4:8], "big"), int.from_bytes(head[8:12], "big")


def _gif(data: _Data) -> _Size:
    head = data.at(6, 4)
    if len(head) < 4:
        return None
    return int.from_bytes(head[:2], "little"), int.from_bytes(head[2:], "little")


_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG markers that begin a frame, baseline or progressive; the excepted ones are tables."""
_BARE = frozenset((0x01, *range(0xD0, 0xD9)))
"""Markers without a length."""


def _jpeg(data: _Data) -> _Size:
    at = 2
    for _ in range(_SEGMENTS):
        head = data.at(at, 9)
        if len(head) < 4 or head[0] != 0xFF:
            return None
        marker = head[1]
        if marker == 0xFF:  # fill bytes
            at += 1
        elif marker in _BARE:
            at += 2
        elif marker in _FRAMES:
            return (
                (int.from_bytes(head[7:9], "big"), int.from_bytes(head[5:7], "big"))
                if len(head) == 9
                else None
            )
        else:
            at += 2 + max(2, int.from_bytes(head[2:4], "big"))
    return None


def _webp(data: _Data) -> _Size:
    head = data.at(12, 18)
    if len(head) < 13:
        return None
    if head[:4] == b"VP8L":
        bits = int.from_bytes(head[9:13], "little")
        return ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1) if head[8] == 0x2F else None
    if len(head) < 18:
        return None
    if head[:4] == b"VP8X":
        width, height = head[12:15], head[15:18]
        return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1
    if head[:4] == b"VP8 " and head[11:14] == b"\x9d\x01\x2a":
        width, height = head[14:16], head[16:18]
        return int.from_bytes(width, "little") & 0x3FFF, int.from_bytes(height, "little") & 0x3FFF
    return None


_FORMATS: list[tuple[MediaType, Callable[[bytes], bool], Callable[[_Data], _Size]]] = [
    ("image/png", lambda magic: magic.startswith(b"\x89PNG\r\n\x1a\n"), _png),
    ("image/jpeg", lambda magic: magic.startswith(b"\xff\xd8\xff"), _jpeg),
    ("image/gif", lambda magic: magic.startswith((b"GIF87a", b"GIF89a")), _gif),
    ("image/webp", lambda magic: magic[:4] == b"RIFF" and magic[8:] == b"WEBP", _webp),
]
