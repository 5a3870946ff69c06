"""Events of a message stream (platform.claude.com, "Streaming messages").

An event is a document: what came from a backend as bytes is relayed as the same bytes, and read
only by who needs to. Blocks and deltas are plain dicts, so that unknown ones survive.
"""

from __future__ import annotations

from typing import Any, Literal, Self

import msgspec
from msgspec import UNSET, Struct, UnsetType

from rookery.wire.document import Document

EventType = Literal[
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
    "ping",
    "error",
]


class _Body(Struct, frozen=True, tag_field="type"):
    """What every event body is made from; its tag is the event's type."""


class MessageStart(_Body, frozen=True, tag="message_start"):
    """The message without content, with the usage of its prompt."""

    message: dict[str, Any]


class BlockStart(_Body, frozen=True, tag="content_block_start"):
    """A block begins; blocks that have no deltas come whole."""

    index: int
    content_block: dict[str, Any]


class BlockDelta(_Body, frozen=True, tag="content_block_delta"):
    """A part of a block."""

    index: int
    delta: dict[str, Any]


class BlockStop(_Body, frozen=True, tag="content_block_stop"):
    """A block is complete."""

    index: int


class MessageDelta(_Body, frozen=True, tag="message_delta"):
    """Why the message ended, and its usage so far: cumulative, it overwrites."""

    delta: dict[str, Any]
    usage: dict[str, Any] = {}
    context_management: dict[str, Any] | UnsetType | None = UNSET


class MessageStop(_Body, frozen=True, tag="message_stop"):
    """The message is complete."""


class Ping(_Body, frozen=True, tag="ping"):
    """Nothing but a sign of life."""


class ErrorEvent(_Body, frozen=True, tag="error"):
    """The stream failed and ends here."""

    error: dict[str, Any]
    request_id: str | UnsetType | None = UNSET


Body = (
    MessageStart
    | BlockStart
    | BlockDelta
    | BlockStop
    | MessageDelta
    | MessageStop
    | Ping
    | ErrorEvent
)


class Event(Document[Body]):
    """One event. `type` is known without reading the rest."""

    __slots__ = ("type",)
    decoder = msgspec.json.Decoder(Body)
    type: EventType | str

    def __init__(self, kind: str = "", data: bytes | None = None, body: Body | None = None) -> None:
        """Hold an event: of type `kind` with its `data`, or made of a `body`."""
        super().__init__(data, body)
        self.type = kind if body is None else str(body.__struct_config__.tag)

    def replace(self, **fields: Any) -> Self:
        """Return an event of the same type with these fields set; all other bytes stay."""
        changed = super().replace(**fields)
        changed.type = self.type
        return changed


class Verbatim(Event):
    """An event that is sent as it is, right or wrong: what a script wants its client to meet."""

    __slots__ = ()


PING = Event(body=Ping())
