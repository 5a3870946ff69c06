"""The grammar of a message stream, written for judging and shared with nothing that is judged."""

from __future__ import annotations

from typing import Any

from rookery.testing.conformance.target import Record

_DELTAS = {
    "text": {"text_delta", "citations_delta"},
    "thinking": {"thinking_delta", "signature_delta"},
    "tool_use": {"input_json_delta"},
    "server_tool_use": {"input_json_delta"},
    "mcp_tool_use": {"input_json_delta"},
    "compaction": {"compaction_delta"},
}
"""The deltas of each kind of block; a known block that is not here has none."""

_WHOLE = {"redacted_thinking", "fallback", "container_upload"}
_COUNTS = ("input_tokens", "output_tokens")


def faults(records: list[Record]) -> list[str]:
    """Return all that breaks the grammar of platform.claude.com, "Streaming messages"."""
    found: list[str] = []
    events = [record for record in records if record.event != "ping"]
    for record in records:
        if not isinstance(record.data, dict):
            found.append(f"the data of a `{record.event}` is no JSON object")
        elif record.data.get("type") != record.event:
            found.append(f"`event: {record.event}` has data of type {record.data.get('type')!r}")
    names = [record.event for record in events]
    if not names or names[0] != "message_start":
        return [*found, f"the stream begins with {names[:1]}, not with message_start"]
    if names.count("message_start") > 1:
        found.append("there is more than one message_start")
    if names[-1] not in ("message_stop", "error"):
        found.append(f"the stream ends with {names[-1]}, not with message_stop")
    if "message_stop" in names[:-1]:
        found.append("something follows message_stop")
    return [*found, *_start(events[0].data), *_blocks(events), *_end(events)]


def _start(data: Any) -> list[str]:
    message = data.get("message") if isinstance(data, dict) else None
    if not isinstance(message, dict):
        return ["message_start has no message"]
    found = []
    for name, wanted in (("type", "message"), ("role", "assistant"), ("content", [])):
        if message.get(name) != wanted:
            found.append(f"message_start has {name} {message.get(name)!r:.80}")
    if message.get("stop_reason", "") is not None:
        found.append("message_start has no stop_reason null")
    usage = message.get("usage")
    if not isinstance(usage, dict):
        return [*found, "message_start has no usage"]
    return found + [
        f"message_start has {name} {usage.get(name)!r}"
        for name in _COUNTS
        if not isinstance(usage.get(name), int)
    ]


def _blocks(events: list[Record]) -> list[str]:
    blocks = _Blocks()
    for record in events:
        blocks.take(record.event, record.data if isinstance(record.data, dict) else {})
    return blocks.found


class _Blocks:
    """Follows the blocks of a stream, and notes what is out of order."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._open: dict[str, Any] | None = None
        self._count = 0
        self._deltas: list[str] = []

    def take(self, event: str, data: dict[str, Any]) -> None:
        match event:
            case "content_block_start":
                self._start(data)
            case "content_block_delta" if self._is_open(data):
                self._deltas.append(str((data.get("delta") or {}).get("type")))
                self.found += _delta(self._open or {}, self._deltas[-1])
            case "content_block_stop" if self._is_open(data):
                self._stop()
            case "message_delta" | "message_stop" if self._open is not None:
                self.found.append(f"{event} while block {self._count} is open")

    def _start(self, data: dict[str, Any]) -> None:
        if self._open is not None:
            self.found.append(f"block {data.get('index')} starts within another")
        if data.get("index") != self._count:
            self.found.append(f"block {data.get('index')!r} starts where {self._count} is due")
        self._open = data.get("content_block") or {}
        self._deltas = []

    def _is_open(self, data: dict[str, Any]) -> bool:
        if self._open is not None and data.get("index") == self._count:
            return True
        self.found.append(f"an event for block {data.get('index')!r}, which is not open")
        return False

    def _stop(self) -> None:
        if (self._open or {}).get("type") == "thinking":
            if self._deltas.count("signature_delta") != 1:
                self.found.append("a thinking block has not one signature")
            elif self._deltas[-1] != "signature_delta":
                self.found.append("the signature is not the last delta of its thinking block")
        self._open = None
        self._count += 1


def _delta(block: dict[str, Any], delta: str) -> list[str]:
    kind = str(block.get("type"))
    if kind in _WHOLE or kind.endswith("_tool_result"):
        return [f"a {kind} block has a {delta}"]
    if kind in _DELTAS and delta not in _DELTAS[kind]:
        return [f"a {kind} block has a {delta}"]
    return []


def _end(events: list[Record]) -> list[str]:
    deltas = [record.data for record in events if record.event == "message_delta"]
    if events[-1].event == "error":
        return []
    if not deltas:
        return ["there is no message_delta"]
    found = []
    if not (deltas[-1].get("delta") or {}).get("stop_reason"):
        found.append("the last message_delta has no stop_reason")
    counts = [(delta.get("usage") or {}).get("output_tokens") for delta in deltas]
    known = [count for count in counts if isinstance(count, int)]
    if len(known) < len(counts):
        found.append("a message_delta has no usage.output_tokens")
    if known != sorted(known):
        found.append(f"output_tokens decrease: {known}")
    return found
