"""The grammar of a message stream, as a machine that every stream passes on its way to a client.

What leaves is always (platform.claude.com, "Streaming messages")::

    message_start
      (content_block_start content_block_delta* content_block_stop)*
    message_delta+
    message_stop

`ping`, and events of types that rookery does not know, may stand anywhere between the first event
and the last. `NEXT` is the order, `wire.deltas` what a block may hold; the official clients build
their message by both and fail on what breaks them.

A stream in order passes as the bytes that came. What a backend did wrong is put right only where
nothing is lost and nothing made up:

- blocks are numbered 0, 1, 2, ... whatever numbers the backend gave them;
- a block that is open when the next one starts, or when the message ends, is stopped;
- a stop where no block is open, a ping before the start, what is no JSON object with a type, and
  everything after `message_stop` is left out;
- the head of the message has `content: []` and no stop reason; a block starts with the fields that
  its deltas fill, empty;
- a thinking block that nobody signed gets the signature of its start, or an empty one, as its
  last delta: clients wait for exactly one;
- `output_tokens` is cumulative: where a `message_delta` has none or fewer than were counted before,
  it is the highest count so far. Input counts pass as they are: a compaction lowers them;
- a later `message_delta` repeats how the message ended, since clients overwrite it with each.

Everything else ends the stream with a StreamError: a missing, repeated or unreadable event, a delta
that its block cannot have or that comes after the signature, a message without counts or without a
stop reason, and an end before `message_stop`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeVar, get_args

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from rookery.errors import StreamError
from rookery.wire.deltas import (
    KNOWN_DELTAS,
    WHOLE,
    KnownDelta,
    SignatureDelta,
    UnknownDelta,
    kind_of,
)
from rookery.wire.document import read
from rookery.wire.envelope import parse_error_object
from rookery.wire.events import BlockDelta, BlockStop, ErrorEvent, Event, EventType, Verbatim

T = TypeVar("T")


class State(StrEnum):
    """What has been sent so far."""

    START = "before the message"
    BETWEEN = "between blocks"
    BLOCK = "in a block"
    ENDING = "after message_delta"
    DONE = "after message_stop"


NEXT: dict[State, dict[str, State]] = {
    State.START: {
        "message_start": State.BETWEEN,
    },
    State.BETWEEN: {
        "content_block_start": State.BLOCK,
        "content_block_stop": State.BETWEEN,  # left out
        "message_delta": State.ENDING,
    },
    State.BLOCK: {
        "content_block_delta": State.BLOCK,
        "content_block_stop": State.BETWEEN,
        "content_block_start": State.BLOCK,  # after a stop for the open one
        "message_delta": State.ENDING,  # after a stop for the open one
    },
    State.ENDING: {
        "content_block_stop": State.ENDING,  # left out
        "message_delta": State.ENDING,
        "message_stop": State.DONE,
    },
    State.DONE: {},
}
"""The state after each event that may come in a state. `error` and `ping` may come in each."""

KNOWN = frozenset(get_args(EventType))


# --- what is read of the events ------------------------------------------------------------------

Count = Annotated[int, Meta(ge=0)]


class _Counts(Struct):
    """The counts of a usage that may be missing or null."""

    input_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    output_tokens: Count | None = None


class _StartCounts(_Counts):
    input_tokens: Count


class _Head(Struct):
    usage: _StartCounts
    content: list[msgspec.Raw] | UnsetType | None = UNSET
    stop_reason: str | None = None


class _MessageStart(Struct):
    type: Literal["message_start"]
    message: _Head


class _BlockStart(Struct):
    type: Literal["content_block_start"]
    index: int
    content_block: dict[str, Any]


class _Delta(Struct):
    type: Literal["content_block_delta"]
    index: int
    delta: KnownDelta


class _AnyDelta(Struct):
    type: Literal["content_block_delta"]
    index: int
    delta: UnknownDelta


class _BlockStop(Struct):
    type: Literal["content_block_stop"]
    index: int


class _MessageDelta(Struct):
    type: Literal["message_delta"]
    delta: dict[str, Any]
    usage: _Counts | None = None


class _MessageStop(Struct):
    type: Literal["message_stop"]


class _Typed(Struct):
    type: str


_message_start = msgspec.json.Decoder(_MessageStart)
_block_start = msgspec.json.Decoder(_BlockStart)
_delta = msgspec.json.Decoder(_Delta)
_decode_delta = _delta.decode
_NONE: frozenset[type] = frozenset()
_any_delta = msgspec.json.Decoder(_AnyDelta)
_block_stop = msgspec.json.Decoder(_BlockStop)
_message_delta = msgspec.json.Decoder(_MessageDelta)
_message_stop = msgspec.json.Decoder(_MessageStop)
_error = msgspec.json.Decoder(ErrorEvent)
_typed = msgspec.json.Decoder(_Typed)


def _decode(decoder: msgspec.json.Decoder[T], event: Event) -> T:
    """Decode an event. Raises msgspec.DecodeError, also for what a decoder skips unread."""
    if not _is_utf8(event.data):
        raise msgspec.DecodeError("not UTF-8")
    return read(decoder, event.data)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _read(decoder: msgspec.json.Decoder[T], event: Event) -> T:
    try:
        return _decode(decoder, event)
    except msgspec.DecodeError as error:
        raise StreamError(f"A {event.type} event cannot be read: {error}") from error


# --- the machine ---------------------------------------------------------------------------------


class Grammar:
    """Takes the events of one stream, one by one, and gives what may be sent for each."""

    def __init__(self, *, verbatim: bool = False) -> None:
        """Wait for `message_start`. With `verbatim`, a Verbatim event ends all judging."""
        self.complete = False
        """Whether the message was sent to its end; what comes now is left out."""
        self._state = State.START
        self._next = NEXT[State.START]
        self._verbatim = verbatim
        self._free = False
        self._given = 0
        """The backend's number of the block."""
        self._index = -1
        """Our number of it."""
        self._kind = WHOLE
        self._plain = _NONE
        """The deltas that need no second look: those of an open block that is numbered well."""
        self._signature: str | None = None
        """That of the start of an open thinking block, until there is a delta with one."""
        self._signed = False
        self._output_tokens: int | None = None
        self._ended: dict[str, Any] = {}
        """What the message_deltas said so far."""

    def take(self, event: Event) -> Sequence[Event]:
        """Return what is sent for an event: mostly itself, at times nothing, or more.

        Raises StreamError where it breaks the grammar, and the APIError of an `error` event.
        """
        if event.type == "content_block_delta" and self._is_plain(event.data):
            return (event,)
        if self._verbatim and (self._free or event.__class__ is Verbatim):
            self._free = True
            return (event,)
        kind = event.type
        after = self._next.get(kind)
        if after is None:
            return self._beside(event)
        sent = _TAKERS[kind](self, event)
        if after is not self._state:
            self._state, self._next = after, NEXT[after]
            self.complete = after is State.DONE
            if after is not State.BLOCK:
                self._plain = _NONE
        return sent

    def _is_plain(self, data: bytes) -> bool:
        """Whether this is a delta as nearly all are. Streams cost what this does: keep it short."""
        try:
            body = _decode_delta(data)
        except (ValueError, RecursionError):
            return False
        return (
            body.index == self._index
            and body.delta.__class__ in self._plain
            and (data.isascii() or _is_utf8(data))
        )

    def end(self) -> None:
        """Take note that no event comes any more. Raises StreamError before `message_stop`."""
        if not self.complete and not self._free:
            raise StreamError("The stream ended before the message was complete.")

    def _beside(self, event: Event) -> Sequence[Event]:
        """Take what is not in the order: pings, errors, unknown events, and what is misplaced."""
        if self.complete:
            return ()
        if event.type == "error":
            raise parse_error_object(_read(_error, event).error)
        if event.type in KNOWN and event.type != "ping":
            raise StreamError(f"A {event.type} event came {self._state.value}.")
        if event.type == "ping" and self._state is State.START:
            return ()
        try:
            named = _decode(_typed, event).type
        except msgspec.DecodeError:
            return ()
        if named != event.type:
            raise StreamError(f"An event is both {event.type!r:.50} and {named!r:.50}.")
        return (event,)

    def _take_message_start(self, event: Event) -> Sequence[Event]:
        head = _read(_message_start, event).message
        if head.content:
            raise StreamError("The message starts with content.")
        self._output_tokens = head.usage.output_tokens
        if head.content is UNSET or head.content is None or head.stop_reason is not None:
            message = event.plain["message"]
            event = event.replace(message={**message, "content": [], "stop_reason": None})
        return (event,)

    def _take_block_start(self, event: Event) -> Sequence[Event]:
        body = _read(_block_start, event)
        block, kind = body.content_block, body.content_block.get("type")
        if not isinstance(kind, str):
            raise StreamError("A content block has no type.")
        before = self._close()
        self._kind = kind_of(kind)
        self._given = body.index
        self._index += 1
        self._signed = False
        given = block.get("signature")
        self._signature = (given if isinstance(given, str) else "") if kind == "thinking" else None
        changes: dict[str, Any] = {}
        if missing := _missing(block, self._kind.empty):
            changes["content_block"] = {**block, **missing}
        if body.index != self._index:
            changes["index"] = self._index
        self._plain = self._kind.plain if body.index == self._index else _NONE
        return (*before, event.replace(**changes) if changes else event)

    def _take_delta(self, event: Event) -> Sequence[Event]:
        body = _read_delta(event)
        delta = body.delta.__class__
        if body.index != self._given:
            raise StreamError(f"A delta is for block {body.index}, which is not open.")
        if delta not in self._kind.deltas:
            raise StreamError(f"A block of another type got a {delta.__name__}.")
        if self._signature is not None and delta is not UnknownDelta:
            if self._signed:
                raise StreamError(f"A {delta.__name__} came after the signature of its block.")
            if delta is SignatureDelta:
                self._signed = True
                self._plain = _NONE
        return (self._numbered(event),)

    def _take_block_stop(self, event: Event) -> Sequence[Event]:
        body = _read(_block_stop, event)
        if self._state is not State.BLOCK:
            return ()
        if body.index != self._given:
            raise StreamError(f"A stop is for block {body.index}, which is not open.")
        return (*self._sign(), self._numbered(event))

    def _take_message_delta(self, event: Event) -> Sequence[Event]:
        body = _read(_message_delta, event)
        before = self._close()
        changes: dict[str, Any] = {}
        counted = body.usage.output_tokens if body.usage is not None else None
        known = [count for count in (counted, self._output_tokens) if count is not None]
        if not known:
            raise StreamError("The message has no count of output tokens.")
        self._output_tokens = max(known)
        if counted != self._output_tokens:
            usage = event.plain.get("usage") or {}
            changes["usage"] = {**usage, "output_tokens": self._output_tokens}
        if not isinstance(body.delta.get("stop_reason", ""), str | None):
            raise StreamError("A stop reason is no string.")
        self._ended.update({name: v for name, v in body.delta.items() if v is not None})
        if any(body.delta.get(name) is None for name in self._ended):
            changes["delta"] = {**body.delta, **self._ended}
        return (*before, event.replace(**changes) if changes else event)

    def _take_message_stop(self, event: Event) -> Sequence[Event]:
        _read(_message_stop, event)
        if "stop_reason" not in self._ended:
            raise StreamError("The message ended without a stop reason.")
        return (event,)

    def _numbered(self, event: Event) -> Event:
        return event if self._given == self._index else event.replace(index=self._index)

    def _close(self) -> list[Event]:
        """Return what ends the open block, if there is one."""
        if self._state is not State.BLOCK:
            return []
        return [*self._sign(), Event(body=BlockStop(self._index))]

    def _sign(self) -> list[Event]:
        """Return the signature that an open thinking block lacks."""
        if self._signature is None or self._signed:
            return []
        delta = {"type": "signature_delta", "signature": self._signature}
        return [Event(body=BlockDelta(self._index, delta))]


_TAKERS: dict[str, Callable[[Grammar, Event], Sequence[Event]]] = {
    "message_start": Grammar._take_message_start,
    "content_block_start": Grammar._take_block_start,
    "content_block_delta": Grammar._take_delta,
    "content_block_stop": Grammar._take_block_stop,
    "message_delta": Grammar._take_message_delta,
    "message_stop": Grammar._take_message_stop,
}


def _read_delta(event: Event) -> _Delta | _AnyDelta:
    """Read a delta, as none of KnownDelta only if its type is of none. Raises StreamError."""
    body = _read(_any_delta, event)
    return _read(_delta, event) if body.delta.type in KNOWN_DELTAS else body


def _missing(block: dict[str, Any], empty: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that a block should start with and does not. Raises StreamError."""
    missing = {name: value for name, value in empty.items() if not block.get(name)}
    for name, value in empty.items():
        if name not in missing and type(block[name]) is not type(value):
            raise StreamError(f"The {name} of a content block is no {type(value).__name__}.")
    return {name: value for name, value in missing.items() if block.get(name) != value}
