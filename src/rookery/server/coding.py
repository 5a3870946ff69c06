"""`Content-Encoding` of requests: gzip, br and zstd, decoded within a limit (RFC 9110, 8.4).

A few hundred bytes can decode to gigabytes, so each decoder is told how much it may make, and what
goes beyond that is never there. Decoding takes as long as tens of milliseconds: off the loop.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

from rookery.rules import http as rules

MAX_CODINGS = 3
"""Codings of one body, each of which may make as much as the limit."""

MAX_FRAMES = 64
"""Members of a gzip file, or frames of zstd, in a body: what follows one is copied to read it."""

ZSTD_WINDOW = 23
"""Log of the memory in bytes that a frame may ask of who decodes it: 8 MB (RFC 9659)."""


class _InvalidError(Exception):
    """The data is not of this coding."""


class _TooLargeError(Exception):
    """It decodes to more than the limit."""


def codings(header: str) -> list[str]:
    """Return the codings of a body in the order in which they are to be undone.

    Raises InvalidRequestError for a coding that is not supported, or too many.
    """
    names = [name.strip().lower() for name in header.split(",")]
    applied = [name for name in names if name and name != "identity"]
    if len(applied) > MAX_CODINGS or not set(applied) <= set(_DECODERS):
        raise rules.ENCODING_UNSUPPORTED.error(headers={"accept-encoding": "gzip, br, zstd"})
    return applied[::-1]


def decode(data: bytes, names: list[str], limit: int) -> bytes:
    """Undo `names` one after the other. Blocks.

    Raises RequestTooLargeError where more than `limit` bytes come of one, InvalidRequestError
    where the data is not of its coding.
    """
    try:
        for name in names:
            data = _DECODERS[name](data, limit)
    except _TooLargeError:
        raise rules.DECODED_TOO_LARGE.error() from None
    except _InvalidError:
        raise rules.ENCODING_INVALID.error() from None
    return data


class _Format(NamedTuple):
    """A format of frames, one after the other."""

    begin: Callable[[], Any]
    """Makes a decoder of one frame, with the methods of those of zlib, bz2 and zstd."""
    error: type[Exception]


def _frames(kind: _Format, data: bytes, limit: int) -> bytes:
    parts = []
    for _ in range(MAX_FRAMES):
        decoder = kind.begin()
        try:
            part = decoder.decompress(data, limit + 1)
        except kind.error as error:
            raise _InvalidError from error
        limit -= len(part)
        if limit < 0:
            raise _TooLargeError
        parts.append(part)
        if not decoder.eof:
            raise _InvalidError
        data = decoder.unused_data
        if not data:
            return b"".join(parts)
    raise _InvalidError


_GZIP = _Format(lambda: zlib.decompressobj(zlib.MAX_WBITS | 16), zlib.error)


def _gunzip(data: bytes, limit: int) -> bytes:
    return _frames(_GZIP, data, limit)


def _unzstd(data: bytes, limit: int) -> bytes:
    if sys.version_info >= (3, 14):
        from compression import zstd  # noqa: PLC0415
    else:
        from backports import zstd  # noqa: PLC0415
    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: ZSTD_WINDOW}
    return _frames(
        _Format(lambda: zstd.ZstdDecompressor(options=options), zstd.ZstdError), data, limit
    )


def _unbrotli(data: bytes, limit: int) -> bytes:
    import brotli  # noqa: PLC0415

    decoder = brotli.Decompressor()
    try:
        result: bytes = decoder.process(data, output_buffer_limit=limit + 1)
    except brotli.error as error:
        raise _InvalidError from error
    if len(result) > limit:
        raise _TooLargeError
    if not decoder.is_finished():
        raise _InvalidError
    return result


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "br": _unbrotli,
    "zstd": _unzstd,
}
