"""Pages and text of a PDF in base64, by a scan with bounded work.

It is not a reader: page objects are counted, also those in compressed object streams, and what
text operators show is collected, so that its amount can be weighed. What is encoded in a way that
this does not know counts as no text (platform.claude.com, "PDF support").
"""

from __future__ import annotations

import binascii
import re
import zlib
from collections.abc import Iterator
from typing import NamedTuple

MAX_INFLATED = 4 * 1024 * 1024
"""Bytes of streams that are looked into, of one document, at most."""
_STREAMS = 4000
_DICTIONARY = 2048
"""Bytes before a stream in which its dictionary is looked for."""
_HEAD = 1024
"""Bytes in which the header of a PDF stands."""
_KEPT = 32


class Pdf(NamedTuple):
    """What a scan found."""

    pages: int
    text: bytes
    """What is shown on the pages, as it was found; its order and words may be broken up."""
    encrypted: bool


class NotPdfError(ValueError):
    """The data is not base64 of a PDF."""


def read_pdf(text: str) -> Pdf:
    """Scan a document. Raises NotPdfError.

    The last ones are remembered by a hash of their text, since clients send them again and again.
    """
    key = len(text), hash(text)
    found = _remembered.get(key)
    if found is None:
        found = _scan(_decoded(text))
        if len(_remembered) >= _KEPT:
            _remembered.pop(next(iter(_remembered)), None)
        _remembered[key] = found
    return found


_remembered: dict[tuple[int, int], Pdf] = {}


def _decoded(text: str) -> bytes:
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError) as error:  # ValueError: characters beyond ASCII
        raise NotPdfError from error
    if b"%PDF-" not in data[:_HEAD]:
        raise NotPdfError
    return data


_PAGE = re.compile(rb"/Type\s{0,9}/Page(?![A-Za-z])")
_COUNT = re.compile(
    rb"/Type\s{0,9}/Pages\b[^>]{0,400}?/Count\s{1,9}(\d{1,9})"
    rb"|/Count\s{1,9}(\d{1,9})[^>]{0,400}?/Type\s{0,9}/Pages\b"
)
_ENCRYPT = re.compile(rb"/Encrypt\s{0,9}(?:\d{1,9}\s{1,9}\d{1,9}\s{1,9}R|<<)")
_STREAM = re.compile(rb"(?<!end)stream\r?\n")


def _scan(data: bytes) -> Pdf:
    texts: list[bytes] = []
    pages, count = _pages(data)
    for dictionary, body in _streams(data):
        if b"/ObjStm" in dictionary:
            found, counted = _pages(body)
            pages, count = pages + found, max(count, counted)
        elif b"BT" in body:
            texts.append(_shown(body))
    # An updated file has old pages too; the count of its page tree is that of the latest ones.
    total = count if 0 < count <= pages else pages or count
    return Pdf(max(1, total), b" ".join(filter(None, texts)), bool(_ENCRYPT.search(data)))


def _pages(data: bytes) -> tuple[int, int]:
    """Return the page objects, and the largest count that a node of the page tree claims."""
    counts = (int(one or other) for one, other in _COUNT.findall(data))
    return len(_PAGE.findall(data)), max(counts, default=0)


def _streams(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the dictionary and the content of each stream, as far as the limits go."""
    at, left = 0, MAX_INFLATED
    for _ in range(_STREAMS):
        found = _STREAM.search(data, at)
        if found is None or left <= 0:
            return
        end = data.find(b"endstream", found.end())
        if end < 0:
            return
        before = data[max(at, found.start() - _DICTIONARY) : found.start()]
        dictionary = before.rpartition(b"obj")[2]
        body = _body(data[found.end() : end], dictionary, left)
        left -= len(body)
        yield dictionary, body
        at = end


def _body(raw: bytes, dictionary: bytes, limit: int) -> bytes:
    """Return a stream, decompressed if it is of the usual kind; nothing if it is of another."""
    if b"/Image" in dictionary:
        return b""
    if b"/Filter" not in dictionary:
        return raw[:limit]
    if b"/FlateDecode" not in dictionary:
        return b""
    try:
        return zlib.decompressobj().decompress(raw, limit)
    except zlib.error:
        return b""


_SHOWN = re.compile(
    rb"\(((?:[^()\\]|\\.)*)\)|<([0-9A-Fa-f\s]*)>|(-\d{3,9})(?=[\s(<\]])|(T[*dDm]|ET)\b", re.DOTALL
)
"""Strings of text operators; kerning as wide as a space; operators that begin a new line."""
_ESCAPE = re.compile(rb"\\(?:[0-7]{1,3}|\r\n|.)", re.DOTALL)


def _shown(body: bytes) -> bytes:
    """Return what the text operators of a content stream show."""
    parts = []
    for literal, hexed, kerning, operator in _SHOWN.findall(body):
        if literal:
            parts.append(_ESCAPE.sub(b"a", literal))
        elif hexed:
            # Two bytes a glyph, of a font of its own: how many is known, which ones is not.
            parts.append(b"a" * (len(hexed) // 4))
        elif operator or kerning:
            parts.append(b" ")
    return re.sub(rb" {2,}", b" ", b"".join(parts))
