"""A request as the model reads it: its blocks in the order of the prompt cache.

Tools come first, then the system prompt, then the messages, where consecutive messages of one
role are one turn (platform.claude.com, "Prompt caching" and "Tool use with prompt caching"). A
deferred tool is not in the prompt; web search and web fetch change the system prompt and not the
tools. A model that does not keep old thinking loses it where a user says something new.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import Literal

import msgspec
from msgspec import Struct

from rookery.catalog.model import Model
from rookery.emulation.text import tokens_of
from rookery.emulation.tokens import measure, measure_tool
from rookery.wire.blocks import Block, RedactedThinking, Text, Thinking, ToolResult
from rookery.wire.messages import CountRequest, InputMessage, ThinkingEnabled
from rookery.wire.tools import ChoiceAny, ChoiceTool

TOKENS_PER_TURN = 4
"""Role and separators of one turn; chosen so that the documented examples come out."""
TOKENS_PER_REQUEST = 3
"""What opens the reply; chosen likewise."""
TOKENS_OF_THINKING = 32
"""The prompt that goes with `thinking.type` enabled; what the documented example leaves for it."""

Ttl = Literal["5m", "1h"]

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
    size: int
    """Weight of text."""
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


def ends(laid_out: Iterable[Position]) -> list[int]:
    """Return the tokens of each prefix; they never get fewer, and the last is the whole prompt."""
    size = tokens = 0
    found = []
    for position in laid_out:
        size += position.size
        tokens += position.tokens
        found.append(tokens_of(size) + tokens)
    return found


def count_prompt(request: CountRequest, model: Model) -> int:
    """Return the input tokens of a request: tools with their overhead, system, messages."""
    laid_out = positions(request, model)
    size = sum(position.size for position in laid_out)
    return tokens_of(size) + sum(position.tokens for position in laid_out)


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
        size, own = measure_tool(tool, model)
        if str(tool.get("type")).startswith(_IN_SYSTEM):
            of_system.append(Position(Level.SYSTEM, data, size, tokens + own, ttl))
        else:
            tools.append(Position(Level.TOOLS, data, size, tokens + own, ttl))
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


def _system(request: CountRequest, model: Model) -> Iterator[Position]:
    system = request.system
    if isinstance(system, str):
        system = [Text(system)] if system else []
    for block in system or ():
        ttl, plain = _unmarked(block)
        size, tokens = measure(plain, model)
        yield Position(Level.SYSTEM, plain, size, tokens, ttl)


def _messages(request: CountRequest, model: Model, lost_before: int) -> Iterator[Position]:
    """Yield the blocks, without the thinking in messages before the one numbered `lost_before`."""
    extra = TOKENS_PER_REQUEST + _prompt_of_choice(request, model)
    if isinstance(request.thinking, ThinkingEnabled):
        extra += TOKENS_OF_THINKING
    role = None
    for index, message in enumerate(request.messages):
        for block in message.blocks:
            if index < lost_before and isinstance(block, Thinking | RedactedThinking):
                continue
            ttl, plain = _unmarked(block)
            size, tokens = measure(plain, model)
            begins = None
            if message.role != role:
                role = begins = message.role
                tokens += TOKENS_PER_TURN + extra
                extra = 0
            yield Position(Level.MESSAGES, plain, size, tokens, ttl, begins)


def _unmarked(block: Block) -> tuple[Ttl | None, Block]:
    """Return the mark of a block, and the block without it: marks are no part of the prompt."""
    mark = getattr(block, "cache_control", None)
    if mark is None:
        return None, block
    return mark.ttl or "5m", msgspec.structs.replace(block, cache_control=None)


def _last_said(messages: list[InputMessage]) -> int:
    """Return the number of the last user message that is more than results of tools."""
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        if message.role == "user" and not all(isinstance(b, ToolResult) for b in message.blocks):
            return index
    return 0
