"""Signatures of thinking: they carry the thinking, so that a block without its text still has it.

A signature of rookery's is a checksum and not a secret: its key is in this file. It finds what was
changed by accident, and works on every server and after every restart. What other servers signed
cannot be read and is taken as it is: a conversation that began elsewhere must be able to go on.
"""

from __future__ import annotations

import binascii
import zlib
from hashlib import blake2b
from typing import NamedTuple

_MAGIC = b"rookry"
_DIGEST = 11
_HEAD = len(_MAGIC) + 1 + _DIGEST
_KEY = b"a checksum, not a secret"
_MOST = 4 * 1024 * 1024
"""Bytes of thinking that a signature may unpack to."""


class Signed(NamedTuple):
    """What a signature carries."""

    thinking: str
    shown: bool
    """Whether the block had its text; text that is put into one that had none is ignored."""


class TamperedError(ValueError):
    """A signature of rookery's that was changed."""


def sign(thinking: str, *, shown: bool) -> str:
    """Return the signature of a block of thinking; the same block has the same one."""
    body = bytes([shown]) + zlib.compress(thinking.encode("utf-8", "surrogatepass"))
    return _encoded(_MAGIC + _digest(body) + body)


def read_signature(signature: str) -> Signed | None:
    """Return what a signature carries; None for one of another server.

    Raises TamperedError where it is one of rookery's and its content is not what was signed.
    """
    if not signature.startswith(_PREFIX):
        return None
    try:
        data = binascii.a2b_base64(signature, strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise TamperedError from error
    digest, body = data[len(_MAGIC) : _HEAD - 1], data[_HEAD - 1 :]
    if len(data) <= _HEAD or digest != _digest(body) or _encoded(data) != signature:
        raise TamperedError
    try:
        thinking = zlib.decompressobj().decompress(body[1:], _MOST)
    except zlib.error as error:  # signed by who knows the key
        raise TamperedError from error
    return Signed(thinking.decode("utf-8", "surrogatepass"), bool(body[0]))


def _encoded(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode()


_PREFIX = _encoded(_MAGIC)


def _digest(body: bytes) -> bytes:
    return blake2b(body, key=_KEY, digest_size=_DIGEST).digest()
