"""The checks on a request for a message beyond its prompt."""

from __future__ import annotations

from rookery.catalog.model import Model
from rookery.emulation.thinking import INTERLEAVED
from rookery.gateway.checks.base import Check
from rookery.gateway.checks.media import check_media_limits
from rookery.providers.base import Call
from rookery.rules import output as rules
from rookery.rules import thinking as thinking_rules
from rookery.wire.blocks import RedactedThinking, ServerToolResult, ServerToolUse, Text, Thinking
from rookery.wire.messages import (
    ContainerParams,
    MessagesRequest,
    ThinkingAdaptive,
    ThinkingEnabled,
)
from rookery.wire.tools import ChoiceAny, ChoiceTool

GEOS = ("global", "us")
_LEAST_TOP_P = 0.95
_OF_SERVER = (ServerToolUse, ServerToolResult)
_DEFAULTS = {"temperature": 1, "top_p": 1}


def check_max_tokens(body: MessagesRequest, model: Model, call: Call) -> None:
    """Check `max_tokens`."""
    if body.max_tokens > model.max_tokens:
        raise rules.MAX_TOKENS.error(
            given=body.max_tokens, maximum=model.max_tokens, model=body.model
        )
    if body.max_tokens == 0:
        _without_output(body)
    elif isinstance(body.thinking, ThinkingEnabled):
        interleaved = bool(body.tools) and INTERLEAVED in call.betas
        if body.max_tokens <= body.thinking.budget_tokens and not interleaved:
            raise thinking_rules.BUDGET_OVER_MAX_TOKENS.error()


def _without_output(body: MessagesRequest) -> None:
    """Refuse what `max_tokens` 0, which only warms the prompt cache, does not go with."""
    excluded = {
        "stream": bool(body.stream),
        "thinking.type.enabled": isinstance(body.thinking, ThinkingEnabled),
        "output_config.format": bool(body.output_config and body.output_config.format),
        "a tool_choice that forces tool use": isinstance(body.tool_choice, ChoiceAny | ChoiceTool),
    }
    for what, given in excluded.items():
        if given:
            raise rules.NO_OUTPUT_WITH.error(what=what)


def check_stop_sequences(body: MessagesRequest, model: Model, call: Call) -> None:
    """Check `stop_sequences`."""
    for text in body.stop_sequences or ():
        if not text:
            raise rules.STOP_EMPTY.error()
        if text.isspace():
            raise rules.STOP_BLANK.error()


def check_sampling(body: MessagesRequest, model: Model, call: Call) -> None:
    """Check `temperature`, `top_p` and `top_k`."""
    if body.temperature is None and body.top_p is None and body.top_k is None:
        return
    values = {"temperature": body.temperature, "top_p": body.top_p, "top_k": body.top_k}
    given = {name: value for name, value in values.items() if value is not None}
    if model.sampling == "temperature_or_top_p" and {"temperature", "top_p"} <= given.keys():
        raise rules.SAMPLING_ONE_OF.error()
    if model.sampling == "default_only":
        for name, value in given.items():
            if value != _DEFAULTS.get(name):
                raise rules.SAMPLING_DEPRECATED.error(name=name)
    if isinstance(body.thinking, ThinkingEnabled | ThinkingAdaptive):
        _sampling_with_thinking(body)


def _sampling_with_thinking(body: MessagesRequest) -> None:
    if body.temperature not in (None, 1):
        raise rules.SAMPLING_WITH_THINKING.error()
    if body.top_k is not None:
        raise rules.TOP_K_WITH_THINKING.error()
    if body.top_p is not None and body.top_p < _LEAST_TOP_P:
        raise rules.TOP_P_WITH_THINKING.error()


def check_prefill(body: MessagesRequest, model: Model, call: Call) -> None:
    """Check a trailing message of the assistant.

    One with server tools is no prefill: so is a paused turn sent again, to go on ("Server tools").
    """
    last = body.messages[-1]
    if (
        last.role != "assistant"
        or body.compaction is not None
        or any(isinstance(block, _OF_SERVER) for block in last.blocks)
    ):
        return
    if not model.prefill:
        raise rules.PREFILL_UNSUPPORTED.error()
    if body.output_config is not None and body.output_config.format is not None:
        raise rules.PREFILL_WITH_FORMAT.error()
    blocks = last.blocks
    if not isinstance(body.thinking, ThinkingEnabled):
        for position, block in enumerate(blocks):
            if isinstance(block, Thinking | RedactedThinking):
                at = f"messages.{len(body.messages) - 1}.content.{position}"
                raise thinking_rules.THINKING_PREFILLED.error(at)
    end = blocks[-1] if blocks else None
    if isinstance(end, Text) and end.text != end.text.rstrip():
        raise rules.PREFILL_WHITESPACE.error()


def check_inference_geo(body: MessagesRequest, model: Model, call: Call) -> None:
    """Check `inference_geo`."""
    if body.inference_geo is None:
        return
    if not model.inference_geo:
        raise rules.GEO_UNSUPPORTED.error()
    if body.inference_geo not in GEOS:
        raise rules.GEO_UNKNOWN.error()


def check_container(body: MessagesRequest, model: Model, call: Call) -> None:
    """Check `container`."""
    asked: object = body.container
    if isinstance(asked, ContainerParams):
        asked = asked.id or asked.skills
    if not asked or any(
        str(tool.get("type")).startswith("code_execution_") for tool in body.tools or ()
    ):
        return
    raise rules.CONTAINER_WITHOUT_CODE.error()


CHECKS: tuple[Check[MessagesRequest], ...] = (
    check_max_tokens,
    check_stop_sequences,
    check_sampling,
    check_prefill,
    check_inference_geo,
    check_container,
    check_media_limits,
)
"""In the order in which the API reads the fields."""
