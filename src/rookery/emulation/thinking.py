"""Whether an emulated model thinks, and how its thinking is shown.

By model family, as "Thinking" and "Extended thinking" (platform.claude.com) have it: what holds if
the request says nothing, which effort skips it for simple tasks, where it stands among the calls
of tools, and what is returned of it. What the thinking says is the engine's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rookery.catalog.model import Model
from rookery.emulation.draft import Draft
from rookery.emulation.signature import sign
from rookery.wire.blocks import ToolResult
from rookery.wire.kinds import tag
from rookery.wire.messages import CountRequest, MessagesRequest
from rookery.wire.tools import ChoiceAny, ChoiceTool

INTERLEAVED = "interleaved-thinking-2025-05-14"
"""The beta that lets `enabled` thinking also stand between the calls of one turn."""
_SKIPS_SIMPLE = ("low", "medium")


def with_thinking(
    request: MessagesRequest, draft: Draft, model: Model, betas: Sequence[str] = ()
) -> Draft:
    """Return the draft with a block of its thinking, as plain text, where the model thinks."""
    if not draft.thinking or isinstance(request.tool_choice, ChoiceAny | ChoiceTool):
        return draft
    place = _place(request, draft, model, betas)
    if place is None:
        return draft
    block: dict[str, Any] = {"type": "thinking", "thinking": draft.thinking, "signature": ""}
    content = [*draft.content[:place], block, *draft.content[place:]]
    return draft._replace(content=content)


def _place(
    request: MessagesRequest, draft: Draft, model: Model, betas: Sequence[str]
) -> int | None:
    """Return before which block the thinking stands; None where there is none."""
    chosen = mode(request, model)
    if chosen == "adaptive":
        skips = draft.simple and effort(request, model) in _SKIPS_SIMPLE
        return None if skips else 0
    if chosen == "enabled":
        between = model.thinking.interleaves and INTERLEAVED in betas
        return 0 if between or not _after_results(request) else None
    if chosen == "between_tools" and _after_results(request):
        calls = (i for i, block in enumerate(draft.content) if block["type"] == "tool_use")
        return next(calls, None)
    return None


def mode(request: CountRequest, model: Model) -> str:
    """Return the mode of thinking; a default that is named is a default."""
    if request.thinking is None:
        return model.thinking.default
    return tag(type(request.thinking))


def effort(request: CountRequest, model: Model) -> str | None:
    """Return the effort, likewise; None on models that have none."""
    asked = request.output_config.effort if request.output_config is not None else None
    return asked or model.effort.default


def _after_results(request: MessagesRequest) -> bool:
    """Whether the turn goes on after calls of tools."""
    last = request.messages[-1]
    return last.role == "user" and any(isinstance(block, ToolResult) for block in last.blocks)


def shown(
    content: list[dict[str, Any]], request: MessagesRequest, model: Model
) -> list[dict[str, Any]]:
    """Return the content with its thinking signed, and without its text where that is omitted."""
    display = getattr(request.thinking, "display", None) or model.thinking.display
    is_shown = display == "summarized" or mode(request, model) == "between_tools"
    return [_signed(block, is_shown) if _is_unsigned(block) else block for block in content]


def _is_unsigned(block: dict[str, Any]) -> bool:
    return block["type"] == "thinking" and not block["signature"]


def _signed(block: dict[str, Any], is_shown: bool) -> dict[str, Any]:
    thinking = block["thinking"]
    signature = sign(thinking, shown=is_shown)
    return {**block, "thinking": thinking if is_shown else "", "signature": signature}
