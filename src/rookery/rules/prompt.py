"""Rules on the messages of a prompt: their number, their roles, the pairs of calls and results."""

from __future__ import annotations

from rookery.errors import NotFoundError
from rookery.rules.rule import Rule
from rookery.rules.sources import ADAPTER, ISSUES, UNTRACED

OBSERVED = f"{ADAPTER}2026-08-31"

MODEL_NOT_FOUND = Rule("model_not_found", "model: {model}", "seen", f"{ISSUES}46401", NotFoundError)
PROMPT_TOO_LONG = Rule(
    "prompt_too_long",
    "prompt is too long: {tokens} tokens > {maximum} maximum",
    "client",
    f"Claude Code 2.1.330 matches it; {ISSUES}12186",
)

# --- messages and their content --------------------------------------------------------------

MESSAGES_EMPTY = Rule(
    "messages_empty", "messages: at least one message is required", "seen", OBSERVED
)
MESSAGES_TOO_MANY = Rule(
    "messages_too_many",
    "messages: List should have at most {maximum} items after validation, not {count}",
    "own",
    'docs: "Messages": 100,000; the words are those for other long lists',
)
USER_EMPTY = Rule("user_empty", "user messages must have non-empty content", "seen", OBSERVED)
CONTENT_EMPTY = Rule(
    "content_empty",
    "all messages must have non-empty content except for the optional final assistant message",
    "seen",
    "github.com/microsoft/autogen/issues/6083",
)
TEXT_EMPTY = Rule("text_empty", "text content blocks must be non-empty", "seen", f"{ISSUES}59812")
TEXT_BLANK = Rule(
    "text_blank", "text content blocks must contain non-whitespace text", "seen", f"{ISSUES}23369"
)
BLOCK_OF_ROLE = Rule(
    "block_of_role",
    "`{block}` blocks can only be in `{role}` messages",
    "seen",
    UNTRACED,
)
DOCUMENT_OF_ASSISTANT = Rule(
    "document_of_assistant",
    "`document` blocks can only be in `user` messages",
    "own",
    'docs: "API versioning": since 2026-10-21',
)
CITATIONS_OF_USER = Rule(
    "citations_of_user",
    "Extra inputs are not permitted",
    "own",
    'docs: "API versioning": since 2026-10-21',
)

# --- messages of role `system` ---------------------------------------------------------------

_DIRECTIVE = (
    "; the directive-only form (content: [] with output_config) is accepted at any position"
)

SYSTEM_UNSUPPORTED = Rule(
    "system_unsupported",
    "role 'system' is not supported on this model",
    "seen",
    f"{ISSUES}61412",
)
SYSTEM_EMPTY = Rule(
    "system_empty", "system content must contain at least one block", "seen", OBSERVED
)
SYSTEM_BLOCKS = Rule(
    "system_blocks",
    "role 'system' supports text, tool_addition, and tool_removal blocks only",
    "seen",
    OBSERVED,
)
SYSTEM_FIRST = Rule(
    "system_first",
    f"use the top-level 'system' parameter for the initial system prompt{_DIRECTIVE}",
    "seen",
    OBSERVED,
)
SYSTEM_BEFORE = Rule(
    "system_before",
    f"role 'system' must precede an 'assistant' message or end the array{_DIRECTIVE}",
    "seen",
    OBSERVED,
)
SYSTEM_AFTER = Rule(
    "system_after",
    "role 'system' must follow a 'user' message, or an 'assistant' message that ends in the "
    "result of a server tool",
    "own",
    'docs: "Mid-conversation system messages", "Limitations"',
)
SYSTEM_BLANK = Rule(
    "system_blank", "system text blocks must contain non-whitespace text", "seen", OBSERVED
)
SYSTEM_PROMPT_EMPTY = Rule(
    "system_prompt_empty",
    "system: text content blocks must be non-empty",
    "own",
    "as of messages",
)

# --- calls of tools and their results --------------------------------------------------------

TOOL_USE_UNANSWERED = Rule(
    "tool_use_unanswered",
    "`tool_use` ids were found without `tool_result` blocks immediately after: {ids}. Each "
    "`tool_use` block must have a corresponding `tool_result` block in the next message.",
    "docs",
    f'docs: "Server tools"; with its path: {ISSUES}1686',
)
TOOL_USE_AGAIN = Rule("tool_use_again", "`tool_use` ids must be unique", "seen", f"{ISSUES}20901")
TOOL_RESULT_UNEXPECTED = Rule(
    "tool_result_unexpected",
    "unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each `tool_result` block must "
    "have a corresponding `tool_use` block in the previous message.",
    "seen",
    f"{ISSUES}18947",
)
TOOL_RESULT_AGAIN = Rule(
    "tool_result_again",
    "each tool_use must have a single result. Found multiple `tool_result` blocks with id: {id}",
    "seen",
    f"{ISSUES}14110",
)
SERVER_RESULT_UNEXPECTED = Rule(
    "server_result_unexpected",
    "unexpected `tool_use_id` found in `{block}` blocks: {id}. Each `{block}` block must have a "
    "corresponding `server_tool_use` block before it.",
    "seen",
    f"{ISSUES}64383",
)
SERVER_TOOL_UNRESOLVED = Rule(
    "server_tool_unresolved",
    "`{tool}` tool use with id `{id}` was found without a corresponding `{block}` block",
    "docs",
    'docs: "Server tools"',
)
SERVER_TOOL_MISSING = Rule(
    "server_tool_missing",
    "`{tool}` tool use with id `{id}` was found without a corresponding `{block}` block, but no "
    "`{tool}` tool was provided",
    "docs",
    'docs: "Server tools" gives how it begins and ends',
)

# --- citations, search results, structured output --------------------------------------------

CITATIONS_MIXED = Rule(
    "citations_mixed",
    "citations must be enabled on all or none of the documents",
    "own",
    'docs: "Citations"',
)
SEARCH_CITATIONS_MIXED = Rule(
    "search_citations_mixed",
    "citations must be enabled on all or none of the search results",
    "own",
    'docs: "Search results", "Citation control"',
)
SEARCH_CITATIONS_NEEDED = Rule(
    "search_citations_needed",
    "citations must be enabled on search results beside the web search tool",
    "own",
    'docs: "Search results", "Limitations"',
)
SEARCH_RESULTS_MIXED = Rule(
    "search_results_mixed",
    "a tool result with `search_result` blocks can have no other blocks",
    "own",
    'docs: "Search results"',
)
CITATIONS_WITH_FORMAT = Rule(
    "citations_with_format",
    "output_config.format: structured output is not supported with citations",
    "own",
    'docs: "Structured outputs", "Feature compatibility"',
)
