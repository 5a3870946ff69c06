"""Cases of `rookery.rules.output`."""

from __future__ import annotations

from typing import Any

from rookery.rules import output, types
from rookery.testing.conformance.refusals.case import (
    ENABLED,
    LATEST_MODEL,
    Case,
    assistant,
    message,
    text,
    tool,
    user,
)
from rookery.wire.versions import V2023

NO_PREFILL = (
    "This model does not support assistant message prefill. The conversation must end with a user "
    "message."
)
SCHEMA = {"type": "object", "properties": {}, "additionalProperties": False}


def no_output(what: str, **fields: Any) -> Case:
    return Case(
        output.NO_OUTPUT_WITH,
        f"max_tokens: 0 cannot be combined with {what}",
        message(max_tokens=0, **fields),
    )


CASES = [
    *(
        Case(
            output.MAX_TOKENS,
            f"max_tokens: {most + 1} > {most}, which is the maximum allowed number of output "
            f"tokens for {model}",
            message(model=model, max_tokens=most + 1),
        )
        for model, most in (("claude-haiku-4-5", 64_000), (LATEST_MODEL, 128_000))
    ),
    no_output("stream", stream=True),
    no_output("thinking.type.enabled", thinking=ENABLED),
    no_output(
        "output_config.format", output_config={"format": {"type": "json_schema", "schema": SCHEMA}}
    ),
    no_output("a tool_choice that forces tool use", tools=[tool()], tool_choice={"type": "any"}),
    *(
        Case(
            types.EXTRA_FIELD,
            f"{name}: Extra inputs are not permitted",
            message(**{name: 1}),
        )
        for name in ("temperature", "top_p", "top_k")
    ),
    *(
        Case(
            output.SAMPLING_DEPRECATED,
            f"`{name}` is deprecated for this model.",
            message(model=LATEST_MODEL, **{name: value}),
            version=V2023,
        )
        for name, value in (("temperature", 0.5), ("top_p", 0.5), ("top_k", 5))
    ),
    Case(
        output.SAMPLING_ONE_OF,
        "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
        message(temperature=0.5, top_p=0.5),
        version=V2023,
    ),
    Case(
        output.STOP_EMPTY,
        "stop_sequences: each stop sequence must be non-empty",
        message(stop_sequences=["x", ""]),
    ),
    Case(
        output.STOP_BLANK,
        "stop_sequences: each stop sequence must contain non-whitespace",
        message(stop_sequences=["\n"]),
    ),
    *(
        Case(
            output.PREFILL_UNSUPPORTED,
            NO_PREFILL,
            message(model=model, messages=[user("hi"), assistant("So")]),
        )
        for model in (LATEST_MODEL, "claude-sonnet-4-6")
    ),
    *(
        Case(
            output.PREFILL_WHITESPACE,
            "messages: final assistant content cannot end with trailing whitespace",
            message(messages=[user("hi"), last]),
        )
        for last in (assistant("So "), assistant(text("So\n")))
    ),
    *(
        Case(
            output.SPEED_UNSUPPORTED,
            f"'{model}' does not support the `speed` parameter.",
            message(model=model, speed="fast"),
        )
        for model in ("claude-haiku-4-5", "claude-opus-4-7")
    ),
    Case(
        output.GEO_UNSUPPORTED,
        "inference_geo is not supported for this model",
        message(inference_geo="us"),
    ),
    Case(
        output.GEO_UNKNOWN,
        "inference_geo: must be one of ['global', 'us']",
        message(model=LATEST_MODEL, inference_geo="mars"),
    ),
    Case(
        output.PREFILL_WITH_FORMAT,
        "output_config.format: structured output is not supported with assistant message prefill",
        message(
            messages=[user("hi"), assistant("So")],
            output_config={"format": {"type": "json_schema", "schema": SCHEMA}},
        ),
    ),
    *(
        Case(
            output.CONTAINER_WITHOUT_CODE,
            "container: Container identifier can only be provided when using the code execution "
            "tool",
            message(container=given, tools=[tool()]),
        )
        for given in ("container_1", {"id": "container_1"})
    ),
    Case(
        output.SAMPLING_WITH_THINKING,
        "`temperature` may only be set to 1 when thinking is enabled or in adaptive mode. Please "
        "consult our documentation at https://platform.claude.com/docs/en/build-with-claude/"
        "extended-thinking",
        message(thinking=ENABLED, temperature=0.5),
        version=V2023,
    ),
    Case(
        output.TOP_K_WITH_THINKING,
        "`top_k` must be unset when thinking is enabled or in adaptive mode",
        message(thinking=ENABLED, top_k=5),
        version=V2023,
    ),
    Case(
        output.TOP_P_WITH_THINKING,
        "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled or in "
        "adaptive mode",
        message(model="claude-sonnet-4-6", thinking={"type": "adaptive"}, top_p=0.9),
        version=V2023,
    ),
]
