"""A conversation as the JSON that came: what a message thread keeps of it.

Nothing is decoded to be kept or put together, but for messages with `cache_control`.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw, Struct

from rookery.wire.document import read

_encode = msgspec.json.Encoder().encode
_any = msgspec.json.Decoder()

_HOLDERS = frozenset({"content", "source"})
"""The fields of messages and blocks in which blocks stand. A tool's `input` is free and none."""

_DEEPEST = 5
"""A text in a document in a tool result in a message."""


class Conversation(Struct, frozen=True):
    """What a thread holds."""

    messages: bytes
    """The messages so far, joined by commas."""
    kept: dict[str, bytes]
    """The fields that the thread has from its first request."""
    pinned: dict[str, bytes]
    """The fields that must stay as they were, with sorted keys."""
    paused: bool = False
    """Whether it ends in a paused turn, which goes on with nothing new."""

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.messages) + sum(map(len, (*self.kept.values(), *self.pinned.values())))


def inside(array: Raw | bytes) -> bytes:
    """Return what stands between the brackets of a JSON array."""
    return bytes(array).strip()[1:-1].strip()


def joined(*parts: bytes) -> bytes:
    """Return items of an array, joined by commas; empty ones are left out."""
    return b",".join(filter(None, parts))


def without_marks(messages: Raw) -> bytes:
    """Return messages to be kept, without `cache_control`, each of which was for its own turn.

    A request may have four; the official client takes them away too where it sends a turn again.
    """
    data = bytes(messages)
    if b'"cache_control"' not in data:
        return inside(data)
    return inside(_encode(_unmarked(read(_any, data), _DEEPEST)))


def _unmarked(value: Any, depth: int) -> Any:
    if isinstance(value, list):
        return [_unmarked(item, depth) for item in value]
    if not isinstance(value, dict) or not depth:
        return value
    return {
        name: _unmarked(item, depth - 1) if name in _HOLDERS else item
        for name, item in value.items()
        if name != "cache_control"
    }
