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

_TEXTS = {
    "text_delta": "text",
    "input_json_delta": "partial_json",
    "thinking_delta": "thinking",
    "signature_delta": "signature",
    "citations_delta": "",
    "compaction_delta": "",
}
"""The known deltas, and the field of each that is a text."""

_WHOLE = {"redacted_thinking", "fallback", "container_upload"}
_EVENTS = {
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
    "error",
}
"""Those that have their places; a `ping` and what is not known yet may be anywhere."""
_COUNTS = ("input_tokens", "output_tokens")


def faults(records: list[Record]) -> list[str]:
    """Return all that breaks the grammar of platform.claude.com, "Streaming messages"."""
    found: list[str] = []
    events = [record for record in records if record.event in _EVENTS]
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
    if "message_stop" in [record.event for record in records[:-1]]:
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
        if not _is_count(usage.get(name))
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
        self._ending = False
        self._deltas: list[str] = []

    def take(self, event: str, data: dict[str, Any]) -> None:
        match event:
            case "content_block_start":
                self._start(data)
            case "content_block_delta" if self._is_open(data):
                delta = data.get("delta") or {}
                self.found += _delta(self._open or {}, delta, self._deltas)
                self._deltas.append(str(delta.get("type")))
            case "content_block_stop" if self._is_open(data):
                self._stop()
            case "message_delta" | "message_stop":
                self._ending = True
                if self._open is not None:
                    self.found.append(f"{event} while block {self._count} is open")

    def _start(self, data: dict[str, Any]) -> None:
        if self._open is not None:
            self.found.append(f"block {data.get('index')} starts within another")
        if self._ending:
            self.found.append(f"block {data.get('index')!r} starts after message_delta")
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


def _delta(block: dict[str, Any], delta: dict[str, Any], before: list[str]) -> list[str]:
    kind, name = str(block.get("type")), str(delta.get("type"))
    known = kind in _DELTAS or kind in _WHOLE or kind.endswith("_tool_result")
    if name not in _TEXTS:
        return []
    if known and name not in _DELTAS.get(kind, ()):
        return [f"a {kind} block has a {name}"]
    if "signature_delta" in before:
        return [f"a {name} follows the signature"]
    field = _TEXTS[name]
    if field and not isinstance(delta.get(field), str):
        return [f"the {field} of a {name} is {delta.get(field)!r:.40}"]
    return []


def _end(events: list[Record]) -> list[str]:
    deltas = [record.data for record in events if record.event == "message_delta"]
    if events[-1].event == "error":
        return []
    if not deltas:
        return ["there is no message_delta"]
    reasons = [(delta.get("delta") or {}).get("stop_reason") for delta in deltas]
    found = []
    if not reasons[-1]:
        found.append("the last message_delta has no stop_reason")
    if not all(isinstance(reason, str | None) for reason in reasons):
        found.append(f"a stop_reason is no text: {reasons!r:.80}")
    counts = [(delta.get("usage") or {}).get("output_tokens") for delta in deltas]
    known = [count for count in counts if _is_count(count)]
    if len(known) < len(counts):
        found.append("a message_delta has no usage.output_tokens")
    at_start = ((events[0].data.get("message") or {}).get("usage") or {}).get("output_tokens")
    cumulative: list[Any] = [at_start, *known] if _is_count(at_start) else known
    if cumulative != sorted(cumulative):
        found.append(f"output_tokens decrease: {cumulative}")
    return found


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0
