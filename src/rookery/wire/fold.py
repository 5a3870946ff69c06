"""Messages to event streams and back: `fold(events(m)) == m` for every message.

`wire.grammar` has the order of events, and what a block may hold.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import Any

import msgspec

from rookery.errors import StreamError
from rookery.wire.document import read
from rookery.wire.events import (
    BlockDelta,
    BlockStart,
    BlockStop,
    Event,
    MessageDelta,
    MessageStart,
    MessageStop,
)
from rookery.wire.grammar import KNOWN, Grammar
from rookery.wire.inputs import pairs, parse_cut, whole_pairs
from rookery.wire.messages import Reply

CHUNK = 24
"""Characters of a delta."""

_END_FIELDS = ("stop_reason", "stop_sequence", "stop_details", "container")
"""The message's fields that are known at its end only; they travel in `message_delta`."""

_BESIDE_FIELDS = ("context_management",)
"""Those of them that stand beside the `delta`, where there are any."""

_GROWING = (
    "output_tokens_details",
    "server_tool_use",
    "iterations",
    "fallback_credit",
)
"""What of a usage is known at the end only, besides `output_tokens`."""

_END_COUNTS = (
    "input_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
    *_GROWING,
)
"""The usage of a `message_delta`; the rest is in the head only."""

_TEXTS = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}
"""The deltas that are pieces of one field of their block, which has the delta's name for it."""

_CUT_SHORT = frozenset(
    {"max_tokens", "model_context_window_exceeded", "refusal", "stop_sequence", "pause_turn"}
)
"""The stop reasons with which the input of a tool call may end anywhere."""

_encode = msgspec.json.Encoder().encode
_any = msgspec.json.Decoder()


# --- message to events ---------------------------------------------------------------------------


def events(reply: Reply, chunk: int = CHUNK, eager: Container[str] = ()) -> Iterator[Event]:
    """Yield the events of a message; texts come in pieces of `chunk` characters.

    The inputs of tools come one key with its value after the other, those of the tools named in
    `eager` as they are, also where they are cut off. A usage without `output_tokens` gets them as
    0, since clients ask for them.
    """
    message = reply.plain
    usage = message.get("usage") or {}
    usage = {**usage, "output_tokens": usage.get("output_tokens", 0)}
    yield Event(body=MessageStart(_head(message, usage)))
    last = len(message["content"]) - 1
    for index, block in enumerate(message["content"]):
        cut = reply.cut_input if index == last else None
        yield from _block_events(index, *_split(block, chunk, eager, cut))
    end = {name: message[name] for name in _END_FIELDS if name in message}
    counts = {name: usage[name] for name in _END_COUNTS if name in usage}
    edits = message.get("context_management")
    beside = {} if edits is None else {"context_management": edits}
    yield Event(body=MessageDelta(delta=end, usage=counts, **beside))
    yield Event(body=MessageStop())


def _head(message: dict[str, Any], usage: dict[str, Any]) -> dict[str, Any]:
    """Return the message as it is before its content: with the usage of its prompt."""
    later = [name for name in (*_END_FIELDS, *_BESIDE_FIELDS) if name in message]
    growing = {name: None for name in _GROWING if name in usage}
    begun = {**usage, **growing, "output_tokens": min(usage["output_tokens"], 1)}
    head = {**message, "content": [], **dict.fromkeys(later), "usage": begun}
    for block in message["content"]:
        match block:
            case {"type": "fallback", "from": {"model": first}}:
                return {**head, "model": first}
    return head


Split = tuple[dict[str, Any], list[dict[str, Any]]]


def _block_events(
    index: int, start: dict[str, Any], deltas: list[dict[str, Any]]
) -> Iterator[Event]:
    yield Event(body=BlockStart(index, start))
    for delta in deltas:
        yield Event(body=BlockDelta(index, delta))
    yield Event(body=BlockStop(index))


def _pieces(text: str, size: int) -> list[str]:
    return [text[i : i + size] for i in range(0, len(text), size)]


def _split(block: dict[str, Any], chunk: int, eager: Container[str], cut: str | None) -> Split:
    """Return a block's start and its deltas; a block that is none of these comes whole."""
    match block:
        case {"type": "text", "text": str(text)}:
            return _split_text(block, text, chunk)
        case {"type": "thinking", "thinking": str(thinking)}:
            return _split_thinking(block, thinking, chunk)
        case {"type": "tool_use" | "server_tool_use" | "mcp_tool_use", "input": dict(value)}:
            parts = _input_parts(value, cut, is_eager=block.get("name") in eager)
            pieces = ["", *(piece for part in parts for piece in _pieces(part, chunk))]
            deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
            return {**block, "input": {}}, deltas
        case {"type": "compaction"}:
            return _split_compaction(block)
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


def _split_compaction(block: dict[str, Any]) -> Split:
    fields: tuple[str, ...] = ("content", "encrypted_content")
    filled = {name: block[name] for name in fields if name in block}
    return {**block, **dict.fromkeys(filled)}, [{"type": "compaction_delta", **filled}]


def _input_parts(value: dict[str, Any], cut: str | None, *, is_eager: bool) -> list[str]:
    """Return the JSON of an input in the parts that are sent one after the other."""
    if cut is not None:
        return [cut if is_eager else whole_pairs(cut)]
    if not value:
        return []
    text = _encode(value).decode()
    return [text] if is_eager else pairs(text)


# --- events to message ---------------------------------------------------------------------------


def fold(stream: Iterable[Event]) -> Reply:
    """Return the message of a complete stream. Raises StreamError or the stream's own APIError."""
    folder = Folder()
    for event in stream:
        folder.add(event)
    return folder.reply()


INVALID_JSON = "INVALID_JSON"
"""The key of the text that was to be the input of a tool call (platform.claude.com, "Fine-grained
tool streaming")."""


class Folder:
    """Builds a message from its events, one by one, and refuses what breaks the grammar."""

    def __init__(self, *, judged: bool = False, lenient: bool = False) -> None:
        """Wait for `message_start`; `judged` events have passed the grammar already.

        When `lenient`, the input of a tool call that is no object in JSON is one with its text.
        """
        self._lenient = lenient
        self._grammar = _Passed() if judged else Grammar()
        self._message: dict[str, Any] = {}
        self._content: list[dict[str, Any]] = []
        self._cut = ""
        """Why the input of the tool call that came last could not be read."""
        self._open({})

    @property
    def complete(self) -> bool:
        """Whether the message is."""
        return self._grammar.complete

    @property
    def head(self) -> dict[str, Any]:
        """The message so far without its content; empty before its start. Not to be changed."""
        return self._message

    def add(self, event: Event) -> None:
        """Take the next event.

        Raises StreamError where it does not belong here, and the APIError of an `error` event.
        """
        for one in self._grammar.take(event):
            if one.type in KNOWN:
                self._build(one)

    def _build(self, event: Event) -> None:
        try:
            body = event.body
        except msgspec.DecodeError as error:
            raise StreamError(f"A stream event cannot be read: {error}") from error
        match body:
            case MessageStart(message=message):
                self._message = message
            case BlockStart(content_block=block):
                self._require_whole_inputs()
                self._open(dict(block))
            case BlockDelta(delta=delta):
                self._apply(self._block, delta)
            case BlockStop():
                self._close(self._block)
            case MessageDelta():
                self._end(body, event.plain)
            case MessageStop() if self._message.get("stop_reason") not in _CUT_SHORT:
                self._require_whole_inputs()

    def reply(self) -> Reply:
        """Return the message. Raises StreamError before its `message_stop`."""
        self._grammar.end()
        return Reply(data=_encode({**self._message, "content": self._content}))

    def _open(self, block: dict[str, Any]) -> None:
        """Begin a block."""
        self._block = block
        self._texts: dict[str, list[str]] = {}
        self._citations: list[Any] = []
        self._json: list[str] = []
        match block:
            case {"type": "fallback", "to": {"model": served}}:
                self._message = {**self._message, "model": served}

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
                pieces.append(delta[name])

    def _close(self, block: dict[str, Any]) -> None:
        block.update({name: "".join(pieces) for name, pieces in self._texts.items()})
        if self._citations:
            block["citations"] = [*_list(block.get("citations") or [], block), *self._citations]
        if text := "".join(self._json):
            block["input"] = self._input(text)
        self._content.append(block)

    def _input(self, text: str) -> Any:
        """Read the input of a tool call; of one that is cut off, what is whole."""
        try:
            given = read(_any, text)
            return given if isinstance(given, dict) or not self._lenient else {INVALID_JSON: text}
        except msgspec.DecodeError as error:
            if self._lenient:
                return {INVALID_JSON: text}
            self._cut = f"The input of a tool call is not JSON: {error}"
            try:
                return parse_cut(text)
            except msgspec.DecodeError:
                raise StreamError(self._cut) from error

    def _end(self, body: MessageDelta, plain: dict[str, Any]) -> None:
        usage = {name: value for name, value in body.usage.items() if value is not None}
        beside = {name: value for name, value in plain.items() if value is not None}
        for name in ("type", "delta", "usage"):
            beside.pop(name, None)
        usage = {**self._message["usage"], **usage}
        self._message = {**self._message, **body.delta, **beside, "usage": usage}

    def _require_whole_inputs(self) -> None:
        if self._cut:
            raise StreamError(self._cut)


class _Passed:
    """In place of the grammar, for events that have passed it."""

    complete = False

    def take(self, event: Event) -> tuple[Event]:
        """Take each event as it is."""
        if event.type == "message_stop":
            self.complete = True
        return (event,)

    def end(self) -> None:
        """Raise StreamError before `message_stop`."""
        if not self.complete:
            raise StreamError("The stream ended before the message was complete.")


def _text(value: Any, where: dict[str, Any]) -> str:
    if not isinstance(value, str):
        raise StreamError(f"A text that is no string: {where!r:.200}")
    return value


def _list(value: Any, where: dict[str, Any]) -> list[Any]:
    if not isinstance(value, list):
        raise StreamError(f"Citations that are no list: {where!r:.200}")
    return value
