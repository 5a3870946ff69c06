"""Rules on the request for a message beyond its prompt: sampling, limits, where it stops.

The texts are the API's where they are known; those marked "own words" are rookery's.
"""

from __future__ import annotations

from collections.abc import Callable

from rookery.catalog.model import Model
from rookery.providers.base import Call
from rookery.wire.blocks import Text
from rookery.wire.messages import MessagesRequest, ThinkingEnabled
from rookery.wire.tools import ChoiceAny, ChoiceTool
from rookery.wire.versions import V2023

Rule = Callable[[MessagesRequest, Model, Call], str | None]


def _sampling(body: MessagesRequest, model: Model, call: Call) -> str | None:
    given = {
        name: value
        for name in ("temperature", "top_p", "top_k")
        if (value := getattr(body, name)) is not None
    }
    if call.version != V2023:
        return next((f"{name}: Extra inputs are not permitted" for name in given), None)
    if model.sampling == "temperature_or_top_p" and {"temperature", "top_p"} <= given.keys():
        return (
            "`temperature` and `top_p` cannot both be specified for this model. Please use only "
            "one."
        )
    if model.sampling == "default_only":
        changed = (name for name, value in given.items() if value != _DEFAULTS.get(name))
        return next((f"`{name}` is deprecated for this model." for name in changed), None)
    return None


_DEFAULTS = {"temperature": 1, "top_p": 1}


def _max_tokens(body: MessagesRequest, model: Model, call: Call) -> str | None:
    if body.max_tokens > model.max_tokens:
        return (
            f"max_tokens: {body.max_tokens} > {model.max_tokens}, which is the maximum allowed "
            f"number of output tokens for {body.model}"
        )
    if body.max_tokens == 0:
        return _without_output(body)
    if isinstance(body.thinking, ThinkingEnabled) and (
        body.max_tokens <= body.thinking.budget_tokens
    ):
        return "`max_tokens` must be greater than `thinking.budget_tokens`."
    return None


def _without_output(body: MessagesRequest) -> str | None:
    """What `max_tokens` 0, which only warms the prompt cache, does not go with; own words."""
    excluded = {
        "stream": bool(body.stream),
        "thinking.type.enabled": isinstance(body.thinking, ThinkingEnabled),
        "output_config.format": bool(body.output_config and body.output_config.format),
        "a tool_choice that forces tool use": isinstance(body.tool_choice, ChoiceAny | ChoiceTool),
    }
    found = next((name for name, is_given in excluded.items() if is_given), None)
    return f"max_tokens: 0 cannot be combined with {found}" if found else None


def _stop_sequences(body: MessagesRequest, model: Model, call: Call) -> str | None:
    for text in body.stop_sequences or ():
        if not text:
            return "stop_sequences: each stop sequence must be non-empty"
        if text.isspace():
            return "stop_sequences: each stop sequence must contain non-whitespace"
    return None


def _prefill(body: MessagesRequest, model: Model, call: Call) -> str | None:
    last = body.messages[-1]
    if last.role != "assistant":
        return None
    if not model.prefill:
        return (
            "This model does not support assistant message prefill. The conversation must end "
            "with a user message."
        )
    texts = [block.text for block in last.blocks[-1:] if isinstance(block, Text)]
    if texts and texts[0] != texts[0].rstrip():
        return "messages: final assistant content cannot end with trailing whitespace"
    return None


def _inference_geo(body: MessagesRequest, model: Model, call: Call) -> str | None:
    if body.inference_geo is None or model.inference_geo:
        return None
    return "inference_geo: not supported for this model."  # own words


RULES: list[Rule] = [_sampling, _max_tokens, _stop_sequences, _prefill, _inference_geo]
"""In the order in which they are asked; the first fault is the answer."""
