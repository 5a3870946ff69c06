"""A second opinion on streams: what the API's documentation promises to a client, read naively.

It shares nothing with `rookery.wire.grammar`: plain JSON, one loop, every rule written out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from rookery.wire.events import Event

DELTAS: dict[str, dict[str, str | None]] = {
    "text": {"text_delta": "text", "citations_delta": "citation"},
    "thinking": {"thinking_delta": "thinking", "signature_delta": "signature"},
    "tool_use": {"input_json_delta": "partial_json"},
    "server_tool_use": {"input_json_delta": "partial_json"},
    "mcp_tool_use": {"input_json_delta": "partial_json"},
    "compaction": {"compaction_delta": None},
    "redacted_thinking": {},
    "container_upload": {},
    "fallback": {},
    "web_search_tool_result": {},
    "code_execution_tool_result": {},
    "mcp_tool_result": {},
}
ALL_DELTAS = {name for deltas in DELTAS.values() for name in deltas}


class BrokenError(Exception):
    """The stream breaks a promise."""


def need(holds: object, why: str) -> None:
    if not holds:
        raise BrokenError(why)


def is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


class Judge:
    """Reads one stream, event by event. Raises BrokenError."""

    def __init__(self) -> None:
        self.started = self.ending = self.stopped = False
        self.blocks = 0
        self.block: dict[str, Any] | None = None
        self.signatures = 0
        self.output_tokens = 0
        self.stop_reason: Any = None

    def read(self, name: str, data: bytes) -> None:
        need(not self.stopped, "something follows message_stop")
        body = json.loads(data.decode("utf-8"))
        need(isinstance(body, dict) and body["type"] == name, "the data is of another type")
        reader = getattr(self, name, None)
        if reader is not None:
            reader(body)

    def ping(self, body: Any) -> None:
        need(self.started, "a ping came before the message")

    def message_start(self, body: Any) -> None:
        need(not self.started, "a second message_start")
        message = body["message"]
        need(message["content"] == [], "the head has content")
        need(message.get("stop_reason") is None, "the head has a stop reason")
        need(is_count(message["usage"]["input_tokens"]), "the prompt is not counted")
        self.output_tokens = message["usage"].get("output_tokens") or 0
        self.started = True

    def content_block_start(self, body: Any) -> None:
        need(self.started and not self.ending and self.block is None, "a block out of place")
        need(body["index"] == self.blocks, "a gap in the indexes")
        self.block = body["content_block"]
        need(isinstance(self.block["type"], str), "a block without a type")
        self.signatures = 0
        if self.block["type"] == "text":
            need(isinstance(self.block["text"], str), "a text that is none")
        if self.block["type"] == "thinking":
            need(isinstance(self.block["thinking"], str), "a thought that is no text")
        if self.block["type"] in ("tool_use", "server_tool_use", "mcp_tool_use"):
            need(isinstance(self.block["input"], dict), "an input that is no object")

    def content_block_delta(self, body: Any) -> None:
        need(self.block is not None and body["index"] == self.blocks, "a delta out of place")
        assert self.block is not None
        kind = body["delta"]["type"]
        need(isinstance(kind, str), "a delta without a type")
        if kind not in ALL_DELTAS:
            return
        allowed = DELTAS.get(self.block["type"])
        if allowed is None:
            return
        need(kind in allowed, f"a {kind} for a {self.block['type']}")
        field = allowed[kind]
        if field is not None:
            need(field in body["delta"], "a delta without its content")
            if field != "citation":
                need(isinstance(body["delta"][field], str), "a delta that is no text")
        need(not self.signatures, "a delta after the signature")
        self.signatures += kind == "signature_delta"

    def content_block_stop(self, body: Any) -> None:
        need(self.block is not None and body["index"] == self.blocks, "a stop out of place")
        assert self.block is not None
        if self.block["type"] == "thinking":
            need(self.signatures == 1, "a thinking block without its one signature")
        self.block = None
        self.blocks += 1

    def message_delta(self, body: Any) -> None:
        need(self.started and self.block is None, "a message_delta out of place")
        now = body["usage"]["output_tokens"]
        need(is_count(now) and now >= self.output_tokens, "the count of the output shrinks")
        self.output_tokens = now
        for name in ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"):
            value = body["usage"].get(name)
            need(value is None or is_count(value), "a count that is none")
        need(self.stop_reason is None or body["delta"]["stop_reason"], "the reason is taken back")
        self.stop_reason = body["delta"].get("stop_reason")
        self.ending = True

    def message_stop(self, body: Any) -> None:
        need(self.ending, "message_stop without message_delta")
        need(isinstance(self.stop_reason, str), "no stop reason")
        self.stopped = True


def judge(events: Iterable[Event]) -> bool:
    """Return whether the events are a whole stream; False for the beginning of one.

    Raises BrokenError where they are neither.
    """
    judging = Judge()
    for event in events:
        judging.read(event.type, event.data)
    return judging.stopped
