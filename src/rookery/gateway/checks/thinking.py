"""Thinking and effort, by what the model takes."""

from __future__ import annotations

from rookery.catalog.model import Model
from rookery.providers.base import Call
from rookery.rules import thinking as rules
from rookery.wire.kinds import tag
from rookery.wire.messages import (
    CountRequest,
    ThinkingAdaptive,
    ThinkingBetweenTools,
    ThinkingDisabled,
)


def check_thinking(body: CountRequest, model: Model, call: Call) -> None:
    """Check `thinking`."""
    thinking = body.thinking
    if thinking is None:
        return
    given = tag(type(thinking))
    if given in model.thinking.types:
        return
    if isinstance(thinking, ThinkingAdaptive):
        raise rules.THINKING_ADAPTIVE.error()
    if isinstance(thinking, ThinkingBetweenTools):
        raise rules.THINKING_BETWEEN_TOOLS.error()
    if isinstance(thinking, ThinkingDisabled) and "between_tools" in model.thinking.types:
        raise rules.THINKING_OFF_BETWEEN_TOOLS.error()
    raise rules.THINKING_TYPE.error(type=given)


def check_effort(body: CountRequest, model: Model, call: Call) -> None:
    """Check `output_config.effort`, by itself and against `thinking`."""
    level = body.output_config.effort if body.output_config is not None else None
    if level is None:
        return
    levels, highest = model.effort.levels, model.thinking.disabled_max_effort
    if not levels:
        raise rules.EFFORT_UNSUPPORTED.error()
    if level not in levels:
        raise rules.EFFORT_LEVEL.error(level=level, levels=", ".join(sorted(levels)))
    if highest is None or levels.index(level) <= levels.index(highest):
        return
    if isinstance(body.thinking, ThinkingDisabled | ThinkingBetweenTools):
        raise rules.EFFORT_WITHOUT_THINKING.error(level=level, highest=highest)
