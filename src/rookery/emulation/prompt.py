"""A request as the model reads it: its blocks in the order of the prompt cache.

Tools come first, then the system prompt, then the messages, where consecutive messages of one
role are one turn (platform.claude.com, "Prompt caching" and "Tool use with prompt caching"). A
deferred tool is not in the prompt; web search and web fetch change the system prompt and not the
tools. A model that does not keep old thinking loses it where a user says something new.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from itertools import accumulate
from typing import Any, Literal, TypeVar, get_args

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from rookery.catalog.model import Model
from rookery.emulation.text import tokens_of, weigh
from rookery.emulation.tokens import measure, measure_tool
from rookery.wire.blocks import RedactedThinking, Text, Thinking, ToolResult
from rookery.wire.content import InputBlock
from rookery.wire.messages import CountRequest, InputMessage, ThinkingEnabled
from rookery.wire.shapes import Block
from rookery.wire.tools import ChoiceAny, ChoiceTool

TOKENS_PER_TURN = 4
"""Role and separators of one turn; chosen so that the documented examples come out."""
TOKENS_PER_REQUEST = 3
"""What opens the reply; chosen likewise."""
TOKENS_OF_THINKING = 32
"""The prompt that goes with `thinking.type` enabled; what the documented example leaves for it."""

Ttl = Literal["5m", "1h"]

B = TypeVar("B", bound=Any)

_encode = msgspec.json.Encoder().encode


class Level(IntEnum):
    """The parts of a prompt, in their order."""

    TOOLS = 0
    SYSTEM = 1
    MESSAGES = 2


class Position(Struct, frozen=True, gc=False):
    """A place where a prefix of the prompt can end: the end of one block."""

    level: Level
    block: Block | bytes
    """A block of the system prompt or a message, or a tool's definition as JSON."""
    text: bytes
    """Its text, as far as that is not among `tokens`."""
    tokens: int
    """Tokens that are not text."""
    ttl: Ttl | None = None
    """Of the breakpoint that is here."""
    role: str | None = None
    """Whose turn begins here."""


def positions(request: CountRequest, model: Model, *, all_thinking: bool = False) -> list[Position]:
    """Return the blocks of the prompt; with the thinking that the model loses if `all_thinking`."""
    tools, of_system = _tools(request, model)
    keeps = all_thinking or model.keeps_old_thinking
    lost_before = 0 if keeps else _last_said(request.messages)
    return [*tools, *of_system, *_system(request, model), *_messages(request, model, lost_before)]


class Counter:
    """The tokens of each prefix: they never get fewer with its length."""

    def __init__(self, laid_out: Sequence[Position], model: Model) -> None:
        """Count with the tokenizer of `model`; a text is weighed when it is asked for, and once."""
        self._texts = [position.text for position in laid_out]
        self._tokens = list(accumulate([position.tokens for position in laid_out]))
        self._model = model
        self._weights = {-1: 0}

    def __getitem__(self, at: int) -> int:
        """Return the tokens up to a position and with it; -1 is the last of the prompt."""
        at %= len(self._texts)
        weight = self._weights.get(at)
        if weight is None:
            known = at - 1 if at - 1 in self._weights else max(i for i in self._weights if i < at)
            between = b"".join(self._texts[known + 1 : at + 1])
            weight = self._weights[at] = self._weights[known] + weigh(between, self._model)
        return tokens_of(weight) + self._tokens[at]


def count_prompt(request: CountRequest, model: Model) -> int:
    """Return the input tokens of a request: tools with their overhead, system, messages."""
    laid_out = positions(request, model)
    return Counter(laid_out, model)[-1] if laid_out else 0


def has_marks(request: CountRequest) -> bool:
    """Whether a request asks for anything to be cached."""
    if request.cache_control is not None:
        return True
    if any(tool.get("cache_control") is not None for tool in request.tools or ()):
        return True
    blocks = [request.system, *(message.content for message in request.messages)]
    return any(
        getattr(block, "cache_control", None) is not None
        for content in blocks
        if isinstance(content, list)
        for block in content
    )


# --- tools ---------------------------------------------------------------------------------------

_IN_SYSTEM = ("web_search_", "web_fetch_")


def _tools(request: CountRequest, model: Model) -> tuple[list[Position], list[Position]]:
    """Return the definitions before the system prompt, and those that are part of it."""
    tools: list[Position] = []
    of_system: list[Position] = []
    tokens = _prompt_of_tools(model)
    for given in request.tools or ():
        tool = given
        if tool.get("defer_loading"):
            continue
        mark = tool.get("cache_control")
        ttl: Ttl | None = None
        if mark is not None:
            ttl = "1h" if mark.get("ttl") == "1h" else "5m"
            tool = {name: value for name, value in tool.items() if name != "cache_control"}
        data = _encode(tool)
        text, own = measure_tool(tool, data, model)
        if str(tool.get("type")).startswith(_IN_SYSTEM):
            of_system.append(Position(Level.SYSTEM, data, text, tokens + own, ttl))
        else:
            tools.append(Position(Level.TOOLS, data, text, tokens + own, ttl))
        tokens = 0
    return tools, of_system


def _prompt_of_tools(model: Model) -> int:
    """The part that each tool_choice has: a change of it keeps the tools in the cache."""
    return min(model.tool_prompt.auto_none, model.tool_prompt.any_tool)


def _prompt_of_choice(request: CountRequest, model: Model) -> int:
    """The part that only this tool_choice has."""
    if not request.tools:
        return 0
    forced = isinstance(request.tool_choice, ChoiceAny | ChoiceTool)
    whole = model.tool_prompt.any_tool if forced else model.tool_prompt.auto_none
    return whole - _prompt_of_tools(model)


# --- system and messages -------------------------------------------------------------------------


def _system(request: CountRequest, model: Model) -> list[Position]:
    system = request.system
    if isinstance(system, str):
        system = [Text(system)] if system else []
    return [_position(Level.SYSTEM, block, model) for block in system or ()]


def _messages(request: CountRequest, model: Model, lost_before: int) -> list[Position]:
    """Return the blocks, without the thinking in messages before the one numbered `lost_before`."""
    found: list[Position] = []
    opening = TOKENS_PER_TURN + TOKENS_PER_REQUEST + _prompt_of_choice(request, model)
    if isinstance(request.thinking, ThinkingEnabled):
        opening += TOKENS_OF_THINKING
    role = None
    for index, message in enumerate(request.messages):
        said = message.content
        for block in (Text(said),) if isinstance(said, str) else said:
            if index < lost_before and isinstance(block, _THINKING):
                continue
            if message.role == role:
                found.append(_position(Level.MESSAGES, block, model))
            else:
                role = message.role
                found.append(_position(Level.MESSAGES, block, model, opening, role))
                opening = TOKENS_PER_TURN
    return found


_THINKING = (Thinking, RedactedThinking)


def _last_said(messages: list[InputMessage]) -> int:
    """Return the number of the last user message that is more than results of tools."""
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        if message.role == "user" and not all(isinstance(b, ToolResult) for b in message.blocks):
            return index
    return 0


def _position(
    level: Level, block: Block, model: Model, opening: int = 0, role: str | None = None
) -> Position:
    mark = getattr(block, "cache_control", None)
    plain = block if mark is None and type(block) not in _HOLDERS else unmarked(block)
    text, tokens = measure(plain, model)
    ttl: Ttl | None = None
    if mark is not None:
        ttl = "1h" if mark.ttl == "1h" else "5m"
    return Position(level, plain, text, tokens + opening, ttl, role)


_HOLDERS = frozenset(
    kind for kind in get_args(InputBlock) if {"content", "source"} & {*kind.__struct_fields__}
)
"""Kinds of blocks that may have blocks in them."""


def unmarked(block: B) -> B:
    """Return a block without its mark and those of blocks in it: they are no part of the prompt."""
    changes: dict[str, Any] = {}
    if getattr(block, "cache_control", None) is not None:
        changes["cache_control"] = None
    inner = inner_blocks(block)
    plain = [unmarked(part) for part in inner]
    if inner and any(new is not old for new, old in zip(plain, inner, strict=True)):
        if isinstance(getattr(block, "content", None), list):
            changes["content"] = plain
        else:
            changes["source"] = replace(block.source, content=plain)
    return replace(block, **changes) if changes else block


def inner_blocks(block: Any) -> list[Any]:
    """Return the blocks in a result of a tool or a document; those of the wire may be dicts."""
    content = getattr(block, "content", None) or getattr(
        getattr(block, "source", None), "content", None
    )
    return content if isinstance(content, list) else []
