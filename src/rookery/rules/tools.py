"""Rules on the tools of a request and on `tool_choice`."""

from __future__ import annotations

from rookery.rules.rule import Rule

OBSERVED = "github.com/kangminlee-maker/local-OAuth-CLI-API-adapter: the API asked on 2026-09-04"

TOOL_NAMES = Rule(
    "tool_names",
    "tools: Tool names must be unique.",
    "seen",
    "github.com/anthropics/claude-code/issues/10687",
)
CHOICE_WITHOUT_TOOLS = Rule(
    "choice_without_tools",
    "tool_choice.{type} may only be specified while providing tools",
    "seen",
    OBSERVED,
)
CHOICE_UNKNOWN = Rule(
    "choice_unknown", "Tool '{name}' not found in provided tools", "seen", OBSERVED
)
CHOICE_FORCED = Rule(
    "choice_forced",
    'tool_choice: type "tool" and "any" are not supported for this model.',
    "docs",
    'docs: "What\'s new in Claude Fable 5.1", "Breaking changes"',
)
CHOICE_FORCED_THINKING = Rule(
    "choice_forced_thinking",
    "Thinking may not be enabled when tool_choice forces tool use.",
    "seen",
    "github.com/mastra-ai/mastra/issues/7507",
)
