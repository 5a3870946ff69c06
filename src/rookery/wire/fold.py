"""Messages to event streams and back: `fold(events(m)) == m` for every message.

The grammar (platform.claude.com, "Streaming messages")::

    message_start (content_block_start content_block_delta* content_block_stop)*
    message_delta+ message_stop

`ping` may stand anywhere, and so may events of a type that rookery does not know: the API adds
types. `error` anywhere ends the stream.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, get_args

import msgspec

from rookery.errors import StreamError
from rookery.wire.document import read
from rookery.wire.envelope import parse_error_object
from rookery.wire.events import (
    BlockDelta,
    BlockStart,
    BlockStop,
    Body,
    ErrorEvent,
    Event,
    EventType,
    MessageDelta,
    MessageStart,
    MessageStop,
    Ping,
)
from rookery.wire.messages import Reply

_END_FIELDS = ("stop_reason", "stop_sequence", "stop_details", "container")
"""The message's fields that are known at its end only; they travel in `message_delta`."""

_TEXTS = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}
"""The deltas that are pieces of one field of their block, which has the delta's name for it."""

_KNOWN = frozenset(get_args(EventType))

_encode = msgspec.json.Encoder().encode
_any = msgspec.json.Decoder()


# --- message to events ---------------------------------------------------------------------------


def events(reply: Reply, chunk: int = 24) -> Iterator[Event]:
    """Yield the events of a message; texts come in pieces of `chunk` characters.

    A usage without `output_tokens` gets them as 0, since clients ask for them.
    """
    message = reply.plain
    end = {name: message[name] for name in _END_FIELDS if name in message}
    usage = message.get("usage") or {}
    usage = {**usage, "output_tokens": usage.get("output_tokens", 0)}
    head = {**message, "content": [], "usage": {**usage, "output_tokens": 0}}
    head.update(dict.fromkeys(end))
    yield Event(body=MessageStart(head))
    for index, block in enumerate(message["content"]):
        yield from _block_events(index, block, chunk)
    yield Event(body=MessageDelta(delta=end, usage=usage))
    yield Event(body=MessageStop())


def _block_events(index: int, block: dict[str, Any], chunk: int) -> Iterator[Event]:
    start, deltas = _split(block, chunk)
    yield Event(body=BlockStart(index, start))
    for delta in deltas:
        yield Event(body=BlockDelta(index, delta))
    yield Event(body=BlockStop(index))


Split = tuple[dict[str, Any], list[dict[str, Any]]]


def _pieces(text: str, size: int) -> list[str]:
    return [text[i : i + size] for i in range(0, len(text), size)]


def _split(block: dict[str, Any], chunk: int) -> Split:
    """Return a block's start and its deltas; a block that is none of these comes whole."""
    match block:
        case {"type": "text", "text": str(text)}:
            return _split_text(block, text, chunk)
        case {"type": "thinking", "thinking": str(thinking)}:
            return _split_thinking(block, thinking, chunk)
        case {"type": "tool_use" | "server_tool_use", "input": value}:
            return _split_tool_use(block, value, chunk)
        case _:
            return block, []


def _split_text(block: dict[str, Any], text: str, chunk: int) -> Split:
    deltas: list[dict[str, Any]] = [
        {"type": "text_delta", "text": piece} for piece in _pieces(text, chunk)
    ]
    start = {**block, "text": ""}
    citations = block.get("citations")
    if isinstance(citations, list):
        start["citations"] = []
        deltas += [{"type": "citations_delta", "citation": citation} for citation in citations]
    return start, deltas


def _split_thinking(block: dict[str, Any], thinking: str, chunk: int) -> Split:
    deltas = [{"type": "thinking_delta", "thinking": piece} for piece in _pieces(thinking, chunk)]
    start = {**block, "thinking": ""}
    signature = block.get("signature")
    if isinstance(signature, str):
        start["signature"] = ""
        deltas.append({"type": "signature_delta", "signature": signature})
    return start, deltas


def _split_tool_use(block: dict[str, Any], value: Any, chunk: int) -> Split:
    pieces = [""] if value == {} else ["", *_pieces(_encode(value).decode(), chunk)]
    deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    return {**block, "input": {}}, deltas


# --- events to message ---------------------------------------------------------------------------


def fold(stream: Iterable[Event]) -> Reply:
    """Return the message of a complete stream. Raises StreamError or the stream's own APIError."""
    folder = Folder()
    for event in stream:
        folder.add(event)
    return folder.reply()


class Folder:
    """Builds a message from its events, one by one, and refuses what breaks the grammar."""

    def __init__(self) -> None:
        """Wait for `message_start`."""
        self._message: dict[str, Any] | None = None
        self._content: list[dict[str, Any]] = []
        self._ending = False
        self.complete = False
        self._open(None)

    def add(self, event: Event) -> None:
        """Take the next event.

        Raises StreamError where it does not belong here, and the APIError of an `error` event.
        """
        if event.type not in _KNOWN:
            return
        try:
            body = event.body
        except msgspec.DecodeError as error:
            raise StreamError(f"A stream event cannot be read: {error}") from error
        if isinstance(body, Ping):
            return
        if isinstance(body, ErrorEvent):
            raise parse_error_object(body.error)
        self._take(body)

    def _take(self, body: Body) -> None:
        message, block, count = self._message, self._block, len(self._content)
        match body:
            case MessageStart() if message is None:
                self._message = dict(body.message)
            case BlockStart(index=index) if self._between_blocks() and index == count:
                self._open(dict(body.content_block))
            case BlockDelta(index=index) if block is not None and index == count:
                self._apply(block, body.delta)
            case BlockStop(index=index) if block is not None and index == count:
                self._close(block)
            case MessageDelta() if message is not None and block is None and not self.complete:
                self._end(message, body)
            case MessageStop() if self._ending and not self.complete:
                self.complete = True
            case _:
                raise StreamError(f"Unexpected event in the stream: {body!r:.200}")

    def reply(self) -> Reply:
        """Return the message. Raises StreamError before its `message_stop`."""
        if self._message is None or not self.complete:
            raise StreamError("The stream ended before the message was complete.")
        return Reply(data=_encode({**self._message, "content": self._content}))

    def _between_blocks(self) -> bool:
        return self._message is not None and self._block is None and not self._ending

    def _open(self, block: dict[str, Any] | None) -> None:
        """Begin a block; None is the time between blocks."""
        self._block = block
        self._texts: dict[str, list[str]] = {}
        self._citations: list[Any] = []
        self._json: list[str] = []

    def _apply(self, block: dict[str, Any], delta: dict[str, Any]) -> None:
        match delta:
            case {"type": "input_json_delta", "partial_json": str(piece)}:
                self._json.append(piece)
            case {"type": "citations_delta", "citation": citation}:
                self._citations.append(citation)
            case {"type": "compaction_delta"}:
                block.update({name: value for name, value in delta.items() if name != "type"})
            case {"type": "text_delta" | "thinking_delta" | "signature_delta" as kind}:
                name = _TEXTS[kind]
                pieces = self._texts.setdefault(name, [_text(block.get(name) or "", block)])
                pieces.append(_text(delta.get(name), delta))
            case {"type": "input_json_delta" | "citations_delta"}:
                raise StreamError(f"A delta without its content: {delta!r:.200}")

    def _close(self, block: dict[str, Any]) -> None:
        block.update({name: "".join(pieces) for name, pieces in self._texts.items()})
        if self._citations:
            block["citations"] = [*_list(block.get("citations") or [], block), *self._citations]
        if text := "".join(self._json):
            try:
                block["input"] = read(_any, text)
            except msgspec.DecodeError as error:
                raise StreamError(f"The input of a tool call is not JSON: {error}") from error
        self._content.append(block)
        self._open(None)

    def _end(self, message: dict[str, Any], body: MessageDelta) -> None:
        usage = message.get("usage")
        usage = {**(usage if isinstance(usage, dict) else {}), **body.usage}
        message.update({**body.delta, "usage": usage})
        if body.context_management is not msgspec.UNSET:
            message["context_management"] = body.context_management
        self._ending = True


def _text(value: Any, where: dict[str, Any]) -> str:
    if not isinstance(value, str):
        raise StreamError(f"A text that is no string: {where!r:.200}")
    return value


def _list(value: Any, where: dict[str, Any]) -> list[Any]:
    if not isinstance(value, list):
        raise StreamError(f"Citations that are no list: {where!r:.200}")
    return value
