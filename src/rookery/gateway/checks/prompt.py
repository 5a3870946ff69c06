"""The checks on what decides the prompt; they hold for messages and for token counting."""

from __future__ import annotations

from rookery.catalog.model import Model
from rookery.gateway.checks.base import Check
from rookery.gateway.checks.cache import check_cache
from rookery.gateway.checks.context import (
    check_compaction,
    check_context_management,
    check_task_budget,
)
from rookery.gateway.checks.conversation import check_messages
from rookery.gateway.checks.media import check_media
from rookery.gateway.checks.signatures import check_signatures
from rookery.gateway.checks.thinking import check_effort, check_thinking
from rookery.gateway.checks.tools import check_tool_choice, check_tools
from rookery.providers.base import Call
from rookery.rules import output, prompt
from rookery.wire.messages import CountRequest


def check_system(body: CountRequest, model: Model, call: Call) -> None:
    """Check the system prompt."""
    if isinstance(body.system, list) and not all(block.text for block in body.system):
        raise prompt.SYSTEM_PROMPT_EMPTY.error()


def check_speed(body: CountRequest, model: Model, call: Call) -> None:
    """Check `speed`."""
    if body.speed == "fast" and not (model.fast or model.ignores_fast):
        raise output.SPEED_UNSUPPORTED.error(model=body.model)


CHECKS: tuple[Check[CountRequest], ...] = (
    check_tool_choice,
    check_tools,
    check_compaction,
    check_messages,
    check_signatures,
    check_media,
    check_system,
    check_thinking,
    check_effort,
    check_task_budget,
    check_cache,
    check_context_management,
    check_speed,
)
"""In the order in which the API reads the fields."""
