"""Messages to event streams and back: `fold(events(m)) == m` for every message.

The grammar (platform.claude.com, "Streaming messages")::

    message_start (content_block_start content_block_delta* content_block_stop)*
    message_delta+ message_stop

`ping` may stand anywhere; `error` anywhere ends the stream.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from rookery.errors import StreamError
from rookery.wire.envelope import parse_error_object
from rookery.wire.events import (
    BlockDelta,
    BlockStart,
    BlockStop,
    Body,
    ErrorEvent,
    Event,
    MessageDelta,
    MessageStart,
    MessageStop,
    Ping,
)
from rookery.wire.messages import Reply

_END_FIELDS = ("stop_reason", "stop_sequence", "stop_details", "container")
"""The message's fields that are known at its end only; they travel in `message_delta`."""

_to_json = msgspec.json.Encoder().encode


# --- message to events ---------------------------------------------------------------------------


def events(reply: Reply, chunk: int = 24) -> Iterator[Event]:
    """Yield the events of a message; texts come in pieces of `chunk` characters."""
    message = reply.plain
    end = {name: message[name] for name in _END_FIELDS if name in message}
    usage = message.get("usage") or {}
    head = {**message, "content": [], "usage": {**usage, "output_tokens": 0}}
    head.update(dict.fromkeys(end))
    yield Event(body=MessageStart(head))
    for index, block in enumerate(message["content"]):
        yield from _block_events(index, block, chunk)
    yield Event(body=MessageDelta(delta=end, usage=usage))
    yield Event(body=MessageStop())


def _block_events(index: int, block: dict[str, Any], chunk: int) -> Iterator[Event]:
    split = _SPLIT.get(block.get("type", ""))
    start, deltas = split(block, chunk) if split else (block, [])
    yield Event(body=BlockStart(index, start))
    for delta in deltas:
        yield Event(body=BlockDelta(index, delta))
    yield Event(body=BlockStop(index))


Split = tuple[dict[str, Any], list[dict[str, Any]]]


def _pieces(text: str, size: int) -> list[str]:
    return [text[i : i + size] for i in range(0, len(text), size)]


def _split_text(block: dict[str, Any], chunk: int) -> Split:
    deltas: list[dict[str, Any]] = [
        {"type": "text_delta", "text": piece} for piece in _pieces(block["text"], chunk)
    ]
    start = {**block, "text": ""}
    if block.get("citations"):
        start["citations"] = []
        deltas += [{"type": "citations_delta", "citation": c} for c in block["citations"]]
    return start, deltas


def _split_thinking(block: dict[str, Any], chunk: int) -> Split:
    deltas = [
        {"type": "thinking_delta", "thinking": piece} for piece in _pieces(block["thinking"], chunk)
    ]
    if "signature" not in block:
        return {**block, "thinking": ""}, deltas
    deltas.append({"type": "signature_delta", "signature": block["signature"]})
    return {**block, "thinking": "", "signature": ""}, deltas


def _split_tool_use(block: dict[str, Any], chunk: int) -> Split:
    pieces = ["", *_pieces(_to_json(block["input"]).decode(), chunk)] if block["input"] else [""]
    deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    return {**block, "input": {}}, deltas


_SPLIT: dict[str, Callable[[dict[str, Any], int], Split]] = {
    "text": _split_text,
    "thinking": _split_thinking,
    "tool_use": _split_tool_use,
    "server_tool_use": _split_tool_use,
}


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
        self._block: dict[str, Any] | None = None
        self._json: list[str] = []
        self._text: dict[str, list[str]] = {}
        self._ending = False
        self.complete = False

    def add(self, event: Event) -> None:
        """Take the next event.

        Raises StreamError where it does not belong here, and the APIError of an `error` event.
        """
        try:
            body = event.body
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise StreamError(f"A stream event cannot be read: {error}") from error
        if isinstance(body, Ping):
            return
        if isinstance(body, ErrorEvent):
            raise parse_error_object(body.error)
        self._take(body)

    def _take(self, body: Body) -> None:
        match body:
            case MessageStart(message=message):
                self._require(self._message is None, body)
                self._message = {**message, "content": []}
            case BlockStart(index=index, content_block=block):
                self._require(self._between() and index == self._count(), body)
                self._block = dict(block)
            case BlockDelta(index=index, delta=delta):
                self._require(self._block is not None and index == self._count(), body)
                self._apply(delta)
            case BlockStop(index=index):
                self._require(self._block is not None and index == self._count(), body)
                self._close_block()
            case MessageDelta():
                self._require(self._message is not None and self._block is None, body)
                self._finish(body)
            case _:
                self._require(self._ending, body)
                self.complete = True

    def reply(self) -> Reply:
        """Return the message. Raises StreamError before its `message_stop`."""
        if not self.complete:
            raise StreamError("The stream ended before the message was complete.")
        return Reply(data=_to_json(self._message))

    def _between(self) -> bool:
        return self._message is not None and self._block is None and not self._ending

    def _count(self) -> int:
        return len(self._message["content"]) if self._message else 0

    def _require(self, fits: bool, body: Body) -> None:
        if self.complete or not fits:
            raise StreamError(f"Unexpected event in the stream: {body!r:.200}")

    def _apply(self, delta: dict[str, Any]) -> None:
        block = self._block
        if block is None:
            raise StreamError("A delta without a block.")
        match delta:
            case {"type": "input_json_delta", "partial_json": str(piece)}:
                self._json.append(piece)
            case {"type": "citations_delta", "citation": citation}:
                block["citations"] = [*(block.get("citations") or []), citation]
            case {"type": "text_delta" | "thinking_delta" | "signature_delta" as kind}:
                name = str(kind).removesuffix("_delta")
                text = delta.get(name)
                if not isinstance(text, str):
                    raise StreamError(f"A {kind} without its text: {delta!r:.200}")
                self._text.setdefault(name, [block.get(name) or ""]).append(text)

    def _close_block(self) -> None:
        block = self._block or {}
        block.update({name: "".join(pieces) for name, pieces in self._text.items()})
        if text := "".join(self._json):
            try:
                block["input"] = msgspec.json.decode(text)
            except msgspec.DecodeError as error:
                raise StreamError(f"The input of a tool call is not JSON: {error}") from error
        if self._message is not None:
            self._message["content"].append(block)
        self._block, self._json, self._text = None, [], {}

    def _finish(self, body: MessageDelta) -> None:
        message = self._message if self._message is not None else {}
        message.update(body.delta)
        message["usage"] = {**message.get("usage", {}), **body.usage}
        if body.context_management is not msgspec.UNSET:
            message["context_management"] = body.context_management
        self._ending = True
