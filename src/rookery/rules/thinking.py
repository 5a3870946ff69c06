"""Rules on thinking and effort: what a model takes, and where blocks of thinking are."""

from __future__ import annotations

from rookery.rules.rule import Rule
from rookery.rules.sources import ISSUES, UNTRACED

# --- what the model takes --------------------------------------------------------------------

THINKING_ADAPTIVE = Rule(
    "thinking_adaptive",
    "adaptive thinking is not supported on this model",
    "docs",
    'docs: "Errors", "Adaptive thinking not supported"',
)
THINKING_TYPE = Rule(
    "thinking_type",
    '"thinking.type.{type}" is not supported for this model. Use "thinking.type.adaptive" and '
    '"output_config.effort" to control thinking behavior.',
    "docs",
    'docs: "Errors", "Extended thinking not supported"; for `disabled`, bodies quoted in October '
    "2026",
)
THINKING_BETWEEN_TOOLS = Rule(
    "thinking_between_tools",
    '"thinking.type.between_tools" is not supported for this model.',
    "docs",
    'docs: "Troubleshooting thinking"',
)
THINKING_OFF_BETWEEN_TOOLS = Rule(
    "thinking_off_between_tools",
    'To turn thinking off on this model, send "thinking": {{"type": "between_tools"}} instead of '
    '{{"type": "disabled"}}. The model does not think before responding. The short updates it '
    "writes between tool calls come back as thinking blocks.",
    "docs",
    'docs: "Troubleshooting thinking"',
)
EFFORT_UNSUPPORTED = Rule(
    "effort_unsupported",
    "This model does not support the effort parameter.",
    "seen",
    "github.com/TauricResearch/TradingAgents/issues/831",
)
EFFORT_LEVEL = Rule(
    "effort_level",
    "This model does not support effort level '{level}'. Supported levels: {levels}.",
    "seen",
    UNTRACED,
)
EFFORT_WITHOUT_THINKING = Rule(
    "effort_without_thinking",
    "output_config.effort '{level}' is not supported when thinking is disabled on this model. Use "
    "effort '{highest}' or below, or enable thinking.",
    "docs",
    'docs: "Troubleshooting thinking"; it says so of `between_tools` too',
)
BUDGET_OVER_MAX_TOKENS = Rule(
    "budget_over_max_tokens",
    "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation "
    "at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-"
    "window-size",
    "seen",
    f"{ISSUES}8756",
)

# --- blocks of thinking in messages ----------------------------------------------------------

THINKING_FIRST = Rule(
    "thinking_first",
    "Expected `thinking` or `redacted_thinking`, but found `{block}`. When `thinking` is enabled, "
    "a final `assistant` message must start with a thinking block (preceeding the lastmost set of "
    "`tool_use` and `tool_result` blocks). We recommend you include thinking blocks from previous "
    "turns. To avoid this requirement, disable `thinking`. Please consult our documentation at "
    "https://docs.claude.com/en/docs/build-with-claude/extended-thinking",
    "seen",
    "github.com/anomalyco/opencode/issues/3077",
)
THINKING_LAST = Rule(
    "thinking_last",
    "The final block in an assistant message cannot be `thinking`.",
    "seen",
    "github.com/tailcallhq/forgecode/issues/2107",
)
THINKING_PREFILLED = Rule(
    "thinking_prefilled",
    "When thinking is disabled, an `assistant` message in the final position cannot contain "
    "`thinking`. To use thinking blocks, enable `thinking` in your request.",
    "seen",
    "github.com/tailcallhq/forgecode/issues/1853",
)

# --- signatures ------------------------------------------------------------------------------

THINKING_SIGNATURE = Rule(
    "thinking_signature",
    "Invalid `signature` in `thinking` block",
    "seen",
    ISSUES + '10627; docs: "Troubleshooting thinking"',
)
THINKING_MODIFIED = Rule(
    "thinking_modified",
    "`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified. "
    "These blocks must remain as they were in the original response.",
    "docs",
    'docs: "Errors", "Thinking blocks cannot be modified"',
)
