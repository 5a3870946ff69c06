"""Cases of `rookery.rules.thinking`."""

from __future__ import annotations

from typing import Any

from rookery.emulation.signature import sign
from rookery.rules import thinking
from rookery.testing.conformance.refusals.case import (
    ENABLED,
    LATEST_MODEL,
    Case,
    assistant,
    call,
    message,
    result,
    text,
    thought,
    tool,
    user,
)

USE_ADAPTIVE = (
    '"thinking.type.{}" is not supported for this model. Use "thinking.type.adaptive" and '
    '"output_config.effort" to control thinking behavior.'
)
FIRST = (
    "messages.{}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `{}`. When "
    "`thinking` is enabled, a final `assistant` message must start with a thinking block "
    "(preceeding the lastmost set of `tool_use` and `tool_result` blocks). We recommend you "
    "include thinking blocks from previous turns. To avoid this requirement, disable `thinking`. "
    "Please consult our documentation at "
    "https://docs.claude.com/en/docs/build-with-claude/extended-thinking"
)


def modes(**fields: Any) -> Any:
    return message(messages=[user("hi")], **fields)


def effort(level: str, kind: str | None = None, **fields: Any) -> Any:
    thinks = {"thinking": {"type": kind}} if kind else {}
    return message(output_config={"effort": level}, **thinks, **fields)


SIGNED = sign("Thought.", shown=True)


def handed_back(*later: Any, thinking: str = "Thought.", signature: str = SIGNED) -> Any:
    """Return a request that has an earlier reply with this thinking."""
    block = {"type": "thinking", "thinking": thinking, "signature": signature}
    return message(messages=[user("hi"), assistant(block, text("so")), user("on"), *later])


BUDGET = (
    "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation "
    "at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-"
    "window-size"
)

CASES = [
    Case(
        thinking.THINKING_ADAPTIVE,
        "adaptive thinking is not supported on this model",
        modes(thinking={"type": "adaptive"}),
    ),
    Case(
        thinking.THINKING_TYPE,
        USE_ADAPTIVE.format("enabled"),
        modes(model="claude-opus-4-7", thinking=ENABLED),
    ),
    *(
        Case(
            thinking.THINKING_TYPE,
            USE_ADAPTIVE.format("disabled"),
            modes(model=model, thinking={"type": "disabled"}),
        )
        for model in (LATEST_MODEL, "claude-fable-5", "claude-mythos-5-2")
    ),
    Case(
        thinking.THINKING_TYPE,
        USE_ADAPTIVE.format("disabled"),
        {"model": LATEST_MODEL, "messages": [user("hi")], "thinking": {"type": "disabled"}},
        path="/v1/messages/count_tokens",
    ),
    Case(
        thinking.THINKING_OFF_BETWEEN_TOOLS,
        'To turn thinking off on this model, send "thinking": {"type": "between_tools"} instead of '
        '{"type": "disabled"}. The model does not think before responding. The short updates it '
        "writes between tool calls come back as thinking blocks.",
        modes(model="claude-sonnet-5-5", thinking={"type": "disabled"}),
    ),
    Case(
        thinking.THINKING_BETWEEN_TOOLS,
        '"thinking.type.between_tools" is not supported for this model.',
        modes(model=LATEST_MODEL, thinking={"type": "between_tools"}),
    ),
    Case(
        thinking.EFFORT_UNSUPPORTED,
        "This model does not support the effort parameter.",
        effort("low"),
    ),
    Case(
        thinking.EFFORT_LEVEL,
        "This model does not support effort level 'xhigh'. Supported levels: high, low, max, "
        "medium.",
        effort("xhigh", model="claude-sonnet-4-6"),
    ),
    Case(
        thinking.EFFORT_LEVEL,
        "This model does not support effort level 'max'. Supported levels: high, low, medium.",
        effort("max", model="claude-opus-4-5"),
    ),
    *(
        Case(
            thinking.EFFORT_WITHOUT_THINKING,
            "output_config.effort 'xhigh' is not supported when thinking is disabled on this "
            "model. Use effort 'high' or below, or enable thinking.",
            effort("xhigh", "disabled", model=model),
        )
        for model in ("claude-opus-5", "claude-haiku-5-5")
    ),
    Case(
        thinking.EFFORT_WITHOUT_THINKING,
        "output_config.effort 'max' is not supported when thinking is disabled on this "
        "model. Use effort 'high' or below, or enable thinking.",
        effort("max", "between_tools", model="claude-sonnet-5-5"),
    ),
    Case(
        thinking.BUDGET_OVER_MAX_TOKENS,
        BUDGET,
        message(max_tokens=1024, thinking=ENABLED),
    ),
    Case(  # the beta is for requests with tools
        thinking.BUDGET_OVER_MAX_TOKENS,
        BUDGET,
        message(max_tokens=1024, thinking=ENABLED),
        betas="interleaved-thinking-2025-05-14",
    ),
    Case(
        thinking.THINKING_FIRST,
        FIRST.format(1, "tool_use"),
        message(
            thinking=ENABLED,
            tools=[tool()],
            messages=[user("hi"), assistant(call("a")), user(result("a"))],
        ),
    ),
    Case(  # of a turn with two steps the first counts
        thinking.THINKING_FIRST,
        FIRST.format(1, "text"),
        message(
            thinking=ENABLED,
            messages=[
                user("hi"),
                assistant(text("so"), call("a")),
                user(result("a")),
                assistant(thought(), call("b")),
                user(result("b")),
            ],
        ),
    ),
    Case(
        thinking.THINKING_FIRST,
        FIRST.format(1, "text"),
        message(thinking=ENABLED, messages=[user("hi"), assistant("So")]),
    ),
    Case(
        thinking.THINKING_LAST,
        "messages.1: The final block in an assistant message cannot be `thinking`.",
        message(messages=[user("hi"), assistant(text("a"), thought()), user("b")]),
    ),
    Case(
        thinking.THINKING_PREFILLED,
        "messages.1.content.0: When thinking is disabled, an `assistant` message in the final "
        "position cannot contain `thinking`. To use thinking blocks, enable `thinking` in your "
        "request.",
        message(messages=[user("hi"), assistant(thought(), text("So"))]),
    ),
    Case(
        thinking.THINKING_SIGNATURE,
        "messages.1.content.0: Invalid `signature` in `thinking` block",
        handed_back(signature=SIGNED[:-8] + "AAAA" + SIGNED[-4:]),
    ),
    Case(
        thinking.THINKING_SIGNATURE,
        "messages.1.content.0: Invalid `signature` in `thinking` block",
        handed_back(signature=SIGNED[:-1]),
    ),
    Case(
        thinking.THINKING_SIGNATURE,
        "messages.1.content.0: Invalid `signature` in `thinking` block",
        handed_back(signature=""),
    ),
    Case(  # of an earlier turn
        thinking.THINKING_SIGNATURE,
        "messages.1.content.0: Invalid `signature` in `thinking` block",
        handed_back(assistant(text("a")), user("b"), thinking="Other."),
    ),
    Case(
        thinking.THINKING_MODIFIED,
        "messages.1.content.0: `thinking` or `redacted_thinking` blocks in the latest assistant "
        "message cannot be modified. These blocks must remain as they were in the original "
        "response.",
        handed_back(thinking="Other."),
    ),
]
