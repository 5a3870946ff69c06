"""Text as files hold it: encoding, byte order mark, line ends."""

from __future__ import annotations

from rookery.errors import ToolError
from rookery.tools.place import Place

BOM = "\ufeff"


def encode(text: str, place: Place) -> bytes:
    """Return the bytes of a text; of what `decode` returned, the same bytes. Raises ToolError."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise ToolError(f"{place}: the text has half a character and cannot be written.") from error


def decode(data: bytes) -> str:
    """Return bytes as text; those that are not UTF-8 survive until `encode`."""
    return data.decode("utf-8", "surrogateescape")


def printable(text: str) -> str:
    """Return the text with U+FFFD for bytes that are not UTF-8, as it can be sent."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def has_crlf(text: str) -> bool:
    """Whether most lines end as on Windows."""
    return 2 * text.count("\r\n") > text.count("\n")


def to_crlf(text: str) -> str:
    """Return the text with all lines ended as on Windows."""
    return text.replace("\r\n", "\n").replace("\n", "\r\n")
