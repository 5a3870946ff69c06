"""Messages of every shape that the API has, made at random but the same each time."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

LETTERS = 'abc  \n"\\/{}[],:é✓🐦\u2028'
STOP_REASONS = ("end_turn", "max_tokens", "pause_turn", "model_context_window_exceeded")

Block = dict[str, Any]


class Maker:
    """Makes messages; with `beta`, also of what only the beta clients know."""

    def __init__(self, seed: int, *, beta: bool) -> None:
        self.random = Random(seed)  # noqa: S311 - no secrets here
        self.beta = beta

    def text(self) -> str:
        return "".join(self.random.choices(LETTERS, k=self.random.randrange(40)))

    def id(self, prefix: str) -> str:
        return f"{prefix}_{self.random.getrandbits(64):016x}"

    def value(self, depth: int = 3) -> Any:
        kinds: list[Callable[[], Any]] = [
            self.text,
            lambda: self.random.randrange(-(10**6), 10**6),
            lambda: self.random.randrange(-1000, 1000) / 8 + 0.0625,
            lambda: self.random.choice([True, False, None]),
        ]
        if depth:
            kinds.append(lambda: [self.value(depth - 1) for _ in range(self.random.randrange(4))])
            kinds.append(lambda: self.object(depth - 1))
        return self.random.choice(kinds)()

    def object(self, depth: int = 3) -> dict[str, Any]:
        return {f"k{n} {self.text()}": self.value(depth) for n in range(self.random.randrange(4))}

    def blocks(self) -> list[Block]:
        """One block, or a call of a server tool with its result."""
        kinds: list[Callable[[], list[Block]]] = [
            self.plain_text,
            self.cited_text,
            self.thinking,
            self.tool_use,
            self.web_search,
            lambda: [{"type": "redacted_thinking", "data": self.id("d")}],
            lambda: [{"type": "container_upload", "file_id": self.id("file")}],
        ]
        if self.beta:
            kinds += [self.compaction, self.mcp]
        return self.random.choice(kinds)()

    def plain_text(self) -> list[Block]:
        return [{"type": "text", "text": self.text(), "citations": None}]

    def cited_text(self) -> list[Block]:
        place = {"type": "char_location", "document_index": 0, "document_title": None}
        span = {"start_char_index": 0, "end_char_index": 9, "file_id": None}
        cited = [
            {**place, **span, "cited_text": self.text()} for _ in range(self.random.randrange(1, 3))
        ]
        return [{"type": "text", "text": self.text(), "citations": cited}]

    def thinking(self) -> list[Block]:
        said = self.random.choice(["", self.text()])  # omitted, or summarized
        return [{"type": "thinking", "thinking": said, "signature": self.id("s")}]

    def tool_use(self) -> list[Block]:
        call = {"id": self.id("toolu"), "name": "look", "input": self.object()}
        return [{"type": "tool_use", **call}]

    def web_search(self) -> list[Block]:
        tool_use_id = self.id("srvtoolu")
        found = {"type": "web_search_result", "title": self.text(), "url": "https://example.com"}
        hidden = {"encrypted_content": self.id("e"), "page_age": None}
        call = {"id": tool_use_id, "name": "web_search", "input": {"query": self.text()}}
        result = {"tool_use_id": tool_use_id, "content": [{**found, **hidden}]}
        return [
            {"type": "server_tool_use", **call},
            {"type": "web_search_tool_result", **result},
        ]

    def mcp(self) -> list[Block]:
        tool_use_id = self.id("mcptoolu")
        call = {"id": tool_use_id, "name": "f", "server_name": "s", "input": self.object()}
        result = {"tool_use_id": tool_use_id, "is_error": False, "content": self.text()}
        return [{"type": "mcp_tool_use", **call}, {"type": "mcp_tool_result", **result}]

    def compaction(self) -> list[Block]:
        said = self.random.choice([None, self.text()])
        return [{"type": "compaction", "content": said, "encrypted_content": self.id("e")}]

    def fallback(self, first: str, then: str) -> Block:
        hop = {"from": {"model": first}, "to": {"model": then}}
        return {"type": "fallback", **hop, "trigger": {"type": "refusal", "category": "cyber"}}

    def usage(self) -> dict[str, Any]:
        count = self.random.randrange
        written = {"ephemeral_5m_input_tokens": count(9), "ephemeral_1h_input_tokens": count(9)}
        usage: dict[str, Any] = {
            "input_tokens": count(1000),
            "cache_creation_input_tokens": sum(written.values()),
            "cache_read_input_tokens": count(1000),
            "cache_creation": written,
            "output_tokens": count(1000),
            "service_tier": "standard",
        }
        if count(2):
            usage["output_tokens_details"] = {"thinking_tokens": count(9)}
        if count(2):
            usage["server_tool_use"] = {"web_search_requests": count(9), "web_fetch_requests": 0}
        if self.beta and count(2):
            usage["iterations"] = [{"type": "message", "input_tokens": 1, "output_tokens": 1}]
        return usage

    def ending(self) -> dict[str, Any]:
        match self.random.randrange(4):
            case 0:
                details = {"type": "refusal", "category": None, "explanation": self.text()}
                return {"stop_reason": "refusal", "fields": {"stop_details": details}}
            case 1:
                return {"stop_reason": "stop_sequence", "stop_sequence": self.text()}
            case 2:
                return {"stop_reason": self.random.choice(STOP_REASONS)}
            case _:
                lives = {"id": self.id("container"), "expires_at": "2026-11-24T12:00:00Z"}
                return {"stop_reason": "end_turn", "fields": {"container": lives}}

    def reply(self) -> dict[str, Any]:
        """What stands under `reply` in a script."""
        content = [block for _ in range(self.random.randrange(5)) for block in self.blocks()]
        made: dict[str, Any] = {"content": content, "usage": self.usage(), **self.ending()}
        made["chunk"] = self.random.choice([1, 3, 24, 1000])
        if self.beta and self.random.randrange(3) == 0:
            middle = self.random.randrange(len(content) + 1)
            content.insert(middle, self.fallback("claude-opus-5-5", "claude-opus-5"))
            made["model"] = "claude-opus-5"
        if self.beta and self.random.randrange(2):
            edits = {"applied_edits": [{"type": "clear_tool_uses_20250919"}]}
            made["fields"] = {**made.get("fields", {}), "context_management": edits}
        return made


def script(count: int, *, beta: bool) -> dict[str, Any]:
    """Return a script with `count` messages; `message 7.` gets the one with the number 7."""
    maker = Maker(count, beta=beta)
    return {
        "rules": [
            {"match": {"text": f"message {number}."}, "reply": maker.reply()}
            for number in range(count)
        ]
    }
