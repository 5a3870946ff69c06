"""Rules on the tools of a request and on `tool_choice`."""

from __future__ import annotations

from rookery.rules.rule import Rule
from rookery.rules.sources import ADAPTER, UNTRACED

OBSERVED = f"{ADAPTER}2026-09-04"

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

# --- which tools, and how they are offered ---------------------------------------------------

TOOL_TYPES = Rule(
    "tool_types",
    "'{model}' does not support tool types: {types}. Did you mean one of {accepted}?",
    "docs",
    'docs: "What\'s new in Claude Opus 5.5"',
)
TOOLSET_DISABLED = Rule(
    "toolset_disabled",
    "configs: at least one tool must be enabled",
    "own",
    'docs: "Tool reference", "Client toolsets"',
)
TOOLSET_DEFERRED = Rule(
    "toolset_deferred",
    "configs: defer_loading must be the same for all enabled tools",
    "own",
    'docs: "Tool reference", "Client toolsets"',
)
TOOLS_ALL_DEFERRED = Rule(
    "tools_all_deferred",
    "At least one tool must have defer_loading=false. All tools cannot be deferred.",
    "docs",
    'docs: "Tool search tool", "Error handling"',
)
TOOL_DEFERRED_CACHED = Rule(
    "tool_deferred_cached",
    "A tool with defer_loading cannot have cache_control",
    "own",
    'docs: "Tool search tool", "Prompt caching"',
)
TOOL_REFERENCE_UNKNOWN = Rule(
    "tool_reference_unknown",
    "Tool reference '{name}' not found in available tools",
    "docs",
    'docs: "Tool search tool", "Error handling"',
)
TOOL_PROGRAMMATIC = Rule(
    "tool_programmatic",
    "'{model}' does not support programmatic tool calling. The following tools have "
    '`allowed_callers` that require it: {tools}. Explicitly set `allowed_callers=["direct"]` on '
    "these tools, or use a model that supports programmatic tool calling.",
    "seen",
    f"github.com/mangowhoiscloud/geode/pull/632 has how it begins; {UNTRACED}",
)
TOOL_CALLER_MISSING = Rule(
    "tool_caller_missing",
    "allowed_callers names code execution, but no code execution tool was provided",
    "own",
    'docs: "Tool reference", "allowed_callers values"',
)
TOOL_STRICT_CALLERS = Rule(
    "tool_strict_callers",
    "strict tools are not supported with programmatic tool calling",
    "own",
    'docs: "Programmatic tool calling", "Feature incompatibilities"',
)
TOOLSET_CALLERS = Rule(
    "toolset_callers",
    "allowed_callers: a toolset takes 'direct' only",
    "own",
    'docs: "Tool reference", "Client toolsets"',
)
WEB_DOMAINS = Rule(
    "web_domains",
    "only one of allowed_domains and blocked_domains may be given",
    "own",
    'docs: "Web search tool", "Domain filtering"',
)
CHOICE_INDIRECT = Rule(
    "choice_indirect",
    "tool_choice: the tool '{name}' cannot be called directly; its allowed_callers do not have "
    "'direct'",
    "own",
    'docs: "Programmatic tool calling", "Error handling"',
)
CHOICE_PARALLEL = Rule(
    "choice_parallel",
    "tool_choice: disable_parallel_tool_use is not supported with programmatic tool calling",
    "own",
    'docs: "Programmatic tool calling", "Feature incompatibilities"',
)
