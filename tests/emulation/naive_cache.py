"""The prompt cache once more, as slowly and plainly as its rules are written.

Written from the rules alone (section "Prompt caching" of the contract, and the documentation it
quotes) over plain JSON; it shares nothing with `rookery.emulation` and is what that is tested
against. Only tokens are asked for: `count` gives those of a prompt, cut off wherever one likes.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

Json = dict[str, Any]


@dataclass
class ModelRules:
    """What the rules say differs by model."""

    name: str
    minimum: int = 0
    keeps_thinking: bool = True
    config_first: bool = False
    default_thinking: str = "disabled"
    default_effort: str = "high"


@dataclass
class Piece:
    """One block of the prompt: where it is, what it says, its mark."""

    level: str
    text: str
    kind: str
    turn: int
    ttl: str | None
    can_be_marked: bool
    prompt: Json
    """The request, cut off after this block."""


@dataclass
class Written:
    """Something that is in the cache."""

    prefix: str
    ttl: str
    until: float


@dataclass
class Result:
    read: int
    short: int
    long: int
    rest: int
    pending: list[Written] = field(default_factory=list)


LIFE = {"5m": 5 * 60.0, "1h": 60 * 60.0}


class NaiveCache:
    def __init__(self) -> None:
        self.written: list[Written] = []

    def start(
        self,
        request: Json,
        model: ModelRules,
        workspace: str,
        now: float,
        count: Callable[[Json], int],
    ) -> Result:
        """Say what a request reads and is billed, when it starts."""
        request = forget_thinking(request) if not model.keeps_thinking else request
        pieces = cut_up(request)
        if not pieces:
            return Result(0, 0, 0, 0)

        @cache
        def tokens(n: int) -> int:
            return count(pieces[n].prompt)

        @cache
        def prefix(n: int) -> str:
            return prefix_until(pieces, n, request, model, workspace)

        total = tokens(len(pieces) - 1)
        marks = {
            n: ttl for n, ttl in marks_of(request, pieces).items() if tokens(n) >= model.minimum
        }
        if not marks:
            return Result(0, 0, 0, total)
        found = self.find(pieces, marks, prefix, now)
        if found is not None:
            # Refreshed: the entry that was hit, and those of marks within what was read.
            self.refresh([prefix(n) for n in [found, *(n for n in marks if n < found)]], now)
        a = 0 if found is None else tokens(found)
        after = [n for n in marks if found is None or n > found]
        hours = [n for n in after if marks[n] == "1h"]
        b = tokens(hours[-1]) if hours else a
        c = tokens(list(marks)[-1])
        pending = [Written(prefix(n), marks[n], now + LIFE[marks[n]]) for n in after]
        return Result(read=a, short=c - b, long=b - a, rest=total - c, pending=pending)

    def find(
        self, pieces: list[Piece], marks: dict[int, str], prefix: Callable[[int], str], now: float
    ) -> int | None:
        """The first place where something is found, from the last mark backwards."""
        for mark in sorted(marks, reverse=True):
            for n in looked_at(pieces, mark):
                if any(w.prefix == prefix(n) and now < w.until for w in self.written):
                    return n
        return None

    def refresh(self, prefixes: list[str], now: float) -> None:
        """What is alive lives on from now."""
        for entry in self.written:
            if entry.prefix in prefixes and now < entry.until:
                entry.until = max(entry.until, now + LIFE[entry.ttl])

    def begin(self, result: Result) -> None:
        """The response begins: from now on others can read what the request wrote."""
        self.written.extend(result.pending)


def marks_of(request: Json, pieces: list[Piece]) -> dict[int, str]:
    """The marks in their order, with that of automatic caching."""
    marks = {n: piece.ttl for n, piece in enumerate(pieces) if piece.ttl}
    if request.get("cache_control"):
        good = [n for n, piece in enumerate(pieces) if piece.can_be_marked]
        if good and good[-1] not in marks:
            marks[good[-1]] = request["cache_control"].get("ttl", "5m")
    return {n: marks[n] for n in sorted(marks)}


def looked_at(pieces: list[Piece], mark: int) -> list[int]:
    """The mark, and back from it, up to 20 positions; a run of calls or results is one."""
    seen = [mark]
    positions = 1
    while seen[-1] > 0:
        here, before = pieces[seen[-1]], pieces[seen[-1] - 1]
        joined = (
            here.kind == before.kind
            and here.kind in ("tool_use", "tool_result")
            and here.turn == before.turn
        )
        if not joined:
            if positions == 20:
                break
            positions += 1
        seen.append(seen[-1] - 1)
    return seen


def prefix_until(
    pieces: list[Piece], last: int, request: Json, model: ModelRules, workspace: str
) -> str:
    """Everything that must be equal for two prefixes to be one."""
    level = pieces[last].level
    thinking = request.get("thinking") or {"type": model.default_thinking}
    output = request.get("output_config") or {}
    config = [
        thinking["type"],
        thinking.get("budget_tokens"),
        output.get("effort") or model.default_effort,
    ]
    everything = json.dumps(request.get("messages"))
    parts: list[Any] = [workspace, model.name]
    if model.config_first:
        parts.append(config)
    if level in ("system", "messages"):
        parts.append(request.get("speed") or "standard")
        parts.append('"citations": {"enabled": true}' in everything)
        parts.append(output.get("format"))
    if level == "messages":
        choice = request.get("tool_choice") or {"type": "auto"}
        parts.append(
            [choice["type"], choice.get("name"), bool(choice.get("disable_parallel_tool_use"))]
        )
        parts.append('"type": "image"' in everything)
        parts.append(config)
    parts += [[piece.level, piece.turn, piece.text] for piece in pieces[: last + 1]]
    return json.dumps(parts)


def cut_up(request: Json) -> list[Piece]:
    """The prompt in its order: tools, system, messages."""
    pieces: list[Piece] = []
    tools = [tool for tool in request.get("tools") or [] if not tool.get("defer_loading")]
    web = [tool for tool in tools if tool.get("type", "").startswith(("web_search_", "web_fetch_"))]
    rest = [tool for tool in tools if tool not in web]
    common = {k: v for k, v in request.items() if k not in ("tools", "system", "messages")}
    for n, tool in enumerate(rest):
        prompt = {**common, "tools": rest[: n + 1], "messages": []}
        pieces.append(piece("tools", tool, "tool", prompt))
    for n, tool in enumerate(web):
        prompt = {**common, "tools": rest + web[: n + 1], "messages": []}
        pieces.append(piece("system", tool, "tool", prompt))
    if tools:
        common["tools"] = tools
    system = as_blocks(request.get("system") or [])
    for n, block in enumerate(system):
        prompt = {**common, "system": system[: n + 1], "messages": []}
        pieces.append(piece("system", block, "text", prompt))
    if system:
        common["system"] = system
    turn = 0
    for m, message in enumerate(request["messages"]):
        before = request["messages"][:m]
        if not before or before[-1]["role"] != message["role"]:
            turn += 1
        content = as_blocks(message["content"])
        for n, block in enumerate(content):
            cut = [*before, {"role": message["role"], "content": content[: n + 1]}]
            prompt = {**common, "messages": cut}
            role = message["role"]
            pieces.append(piece("messages", block, block["type"], prompt, turn=turn, role=role))
    return pieces


def piece(
    level: str, block: Json, kind: str, prompt: Json, *, turn: int = 0, role: str = ""
) -> Piece:
    mark = block.get("cache_control")
    return Piece(
        level=level,
        text=json.dumps([role, without_marks(block)]),
        kind=kind,
        turn=turn,
        ttl=mark.get("ttl", "5m") if mark else None,
        can_be_marked=kind not in ("thinking", "redacted_thinking") and block.get("text") != "",
        prompt=prompt,
    )


def without_marks(block: Json) -> Json:
    """The block as the model sees it: its own mark goes, and those of the blocks in it."""
    block = copy.deepcopy(block)
    block.pop("cache_control", None)
    for inner in block["content"] if isinstance(block.get("content"), list) else []:
        inner.pop("cache_control", None)
    return block


def as_blocks(content: Any) -> list[Json]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def forget_thinking(request: Json) -> Json:
    """Older models lose the thinking before the last user turn that is not results only."""
    messages = request["messages"]
    last = 0
    for n, message in enumerate(messages):
        kinds = {block["type"] for block in as_blocks(message["content"])}
        if message["role"] == "user" and kinds - {"tool_result"}:
            last = n
    kept = []
    for n, message in enumerate(messages):
        content = as_blocks(message["content"])
        if n < last:
            content = [b for b in content if b["type"] not in ("thinking", "redacted_thinking")]
        if content:
            kept.append({"role": message["role"], "content": content})
    return {**request, "messages": kept}
