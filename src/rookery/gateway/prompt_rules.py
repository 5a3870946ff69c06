"""Rules on what decides the prompt; they hold for messages and for token counting.

The texts are the API's where they are known; those marked "own words" are rookery's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rookery.catalog.model import Model
from rookery.gateway.pairing import tool_pairs
from rookery.providers.base import Call
from rookery.wire.blocks import (
    Block,
    DocumentBlock,
    RedactedThinking,
    ServerToolResult,
    ServerToolUse,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
)
from rookery.wire.messages import (
    CountRequest,
    InputMessage,
    ThinkingAdaptive,
    ThinkingDisabled,
    ThinkingEnabled,
)
from rookery.wire.tools import ChoiceAny, ChoiceTool
from rookery.wire.versions import V2023

MAX_BREAKPOINTS = 4
MAX_MESSAGES = 100_000

Rule = Callable[[CountRequest, Model, Call], str | None]


# --- messages ------------------------------------------------------------------------------------


def _message_count(body: CountRequest, model: Model, call: Call) -> str | None:
    if not body.messages:
        return "messages: at least one message is required"
    if len(body.messages) > MAX_MESSAGES:
        return (
            f"messages: List should have at most {MAX_MESSAGES} items after validation, "
            f"not {len(body.messages)}"
        )
    return None


def _content(body: CountRequest, model: Model, call: Call) -> str | None:
    last = len(body.messages) - 1
    for index, message in enumerate(body.messages):
        if not message.content and not (index == last and message.role == "assistant"):
            return (
                f"messages.{index}: all messages must have non-empty content except for the "
                "optional final assistant message"
            )
        if fault := _texts(message):
            return fault
    if isinstance(body.system, list) and not all(block.text for block in body.system):
        return "system: text content blocks must be non-empty"
    return None


def _texts(message: InputMessage) -> str | None:
    if isinstance(message.content, str):
        texts = [message.content] if message.content else []
    else:
        texts = [block.text for block in message.content if isinstance(block, Text)]
    for text in texts:
        if not text:
            return "messages: text content blocks must be non-empty"
        if text.isspace():
            return "messages: text content blocks must contain non-whitespace text"
    return None


_ROLES: dict[type[Block], str] = {
    ToolUse: "assistant",
    ServerToolUse: "assistant",
    Thinking: "assistant",
    RedactedThinking: "assistant",
    ToolResult: "user",
}
"""Blocks that belong to one role."""


def _roles(body: CountRequest, model: Model, call: Call) -> str | None:
    for index, message in enumerate(body.messages):
        if isinstance(message.content, str):
            continue
        for position, block in enumerate(message.content):
            role = _ROLES.get(type(block), message.role)
            if role != message.role:
                tag = type(block).__struct_config__.tag
                return f"messages.{index}: `{tag}` blocks can only be in `{role}` messages"
            if call.version != V2023 and (fault := _since_2026(message, block)):
                return f"messages.{index}.content.{position}.{fault}"
    return None


def _since_2026(message: InputMessage, block: Block) -> str | None:
    """The kinds of content that version 2026-10-21 no longer takes; own words."""
    if message.role == "assistant" and isinstance(block, DocumentBlock):
        return "document: `document` blocks can only be in `user` messages"
    if message.role == "user" and isinstance(block, Text) and block.citations:
        return "text.citations: Extra inputs are not permitted"
    return None


def _system_turns(body: CountRequest, model: Model, call: Call) -> str | None:
    for index, message in enumerate(body.messages):
        if message.role != "system":
            continue
        if not model.system_turns:
            return (
                'messages: Unexpected role "system". The Messages API accepts a top-level `system` '
                'parameter, not "system" as an input message role.'
            )
        before = body.messages[index - 1] if index else None
        after = body.messages[index + 1] if index + 1 < len(body.messages) else None
        if before is None or not (before.role == "user" or _ends_in_server_result(before)):
            return f"messages.{index}: a `system` message must come after a user turn"  # own words
        if after is not None and after.role != "assistant":
            return (  # own words
                f"messages.{index}: a `system` message must be the last one or come before an "
                "assistant turn"
            )
    return None


def _ends_in_server_result(message: InputMessage) -> bool:
    return message.role == "assistant" and any(
        isinstance(block, ServerToolResult) for block in message.blocks[-1:]
    )


def _tool_pairs(body: CountRequest, model: Model, call: Call) -> str | None:
    return tool_pairs(body.messages)


# --- prompt cache --------------------------------------------------------------------------------


def _breakpoints(body: CountRequest, model: Model, call: Call) -> str | None:
    found = list(_marks(body))
    count = len(found) + (body.cache_control is not None)
    if count > MAX_BREAKPOINTS:
        return (
            f"A maximum of {MAX_BREAKPOINTS} blocks with cache_control may be provided. "
            f"Found {count}."
        )
    short = False
    for path, ttl in found:
        if ttl != "1h":
            short = True
        elif short:
            return (
                f"{path}.cache_control.ttl: a ttl='1h' cache_control block must not come after a "
                "ttl='5m' cache_control block. Note that blocks are processed in the following "
                "order: `tools`, `system`, `messages`."
            )
    return None


def _marks(body: CountRequest) -> Iterator[tuple[str, str | None]]:
    """Path and ttl of each explicit breakpoint, in the order of the prompt."""
    for index, tool in enumerate(body.tools or ()):
        if tool.get("cache_control") is not None:
            yield f"tools.{index}", tool["cache_control"].get("ttl")
    blocks: list[tuple[str, Block]] = []
    if isinstance(body.system, list):
        blocks += [(f"system.{index}", block) for index, block in enumerate(body.system)]
    for index, message in enumerate(body.messages):
        if not isinstance(message.content, str):
            blocks += [
                (f"messages.{index}.content.{position}", block)
                for position, block in enumerate(message.content)
            ]
    for path, block in blocks:
        control = getattr(block, "cache_control", None)
        if control is not None:
            yield path, control.ttl


# --- tools ---------------------------------------------------------------------------------------


def _tool_names(body: CountRequest, model: Model, call: Call) -> str | None:
    names = [tool["name"] for tool in body.tools or () if "name" in tool]
    return "tools: Tool names must be unique." if len(set(names)) < len(names) else None


def _tool_choice(body: CountRequest, model: Model, call: Call) -> str | None:
    choice = body.tool_choice
    if choice is None:
        return None
    if not body.tools:
        tag = type(choice).__struct_config__.tag
        return f"tool_choice.{tag} may only be specified while providing tools"
    if not isinstance(choice, ChoiceAny | ChoiceTool):
        return None
    if isinstance(choice, ChoiceTool) and choice.name not in {t.get("name") for t in body.tools}:
        return f"Tool '{choice.name}' not found in provided tools"
    if not model.forced_tool_choice:
        return 'tool_choice: type "tool" and "any" are not supported for this model.'
    if body.thinking is not None and not isinstance(body.thinking, ThinkingDisabled):
        return "Thinking may not be enabled when tool_choice forces tool use."
    return None


# --- what the model takes ------------------------------------------------------------------------


def _thinking(body: CountRequest, model: Model, call: Call) -> str | None:
    if body.thinking is None:
        return None
    tag = type(body.thinking).__struct_config__.tag
    if tag in model.thinking.types:
        return _disabled_at_effort(body, model)
    if isinstance(body.thinking, ThinkingAdaptive):
        return "adaptive thinking is not supported on this model"
    if isinstance(body.thinking, ThinkingEnabled):
        return (
            '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" '
            'and "output_config.effort" to control thinking behavior.'
        )
    return f'"thinking.type.{tag}" is not supported for this model.'  # own words


def _disabled_at_effort(body: CountRequest, model: Model) -> str | None:
    highest = model.thinking.disabled_max_effort
    effort = _effort(body)
    levels = model.effort.levels
    if highest is None or effort not in levels or not isinstance(body.thinking, ThinkingDisabled):
        return None
    if levels.index(effort) <= levels.index(highest):
        return None
    return (  # own words
        '"thinking.type.disabled" is not supported for this model with an effort above '
        f"'{highest}'."
    )


def _effort(body: CountRequest) -> str | None:
    return body.output_config.effort if body.output_config is not None else None


def _effort_level(body: CountRequest, model: Model, call: Call) -> str | None:
    effort = _effort(body)
    if effort is None or effort in model.effort.levels:
        return None
    if not model.effort.levels:
        return "This model does not support the effort parameter."
    levels = ", ".join(reversed(model.effort.levels))
    return f"This model does not support effort level '{effort}'. Supported levels: {levels}."


def _speed(body: CountRequest, model: Model, call: Call) -> str | None:
    if body.speed != "fast" or model.fast:
        return None
    return "speed: 'fast' is not supported for this model."  # own words


RULES: list[Rule] = [
    _message_count,
    _system_turns,
    _content,
    _roles,
    _tool_pairs,
    _breakpoints,
    _tool_names,
    _tool_choice,
    _thinking,
    _effort_level,
    _speed,
]
"""In the order in which they are asked; the first fault is the answer."""
