"""What of the Messages API needs a beta header, and what a version of the API took away.

One table. Without one of its headers a field is answered as if it did not exist (`Extra inputs
are not permitted`), a kind of block or tool is none of the expected tags, a value none of the
choices. What left beta is not in the table. A header that is not in it changes nothing: the API
refuses it, rookery does not (docs/server.md).

Sources: the beta namespace of the official client 2.12.0 and its list of headers; the pages of
platform.claude.com on each feature.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from rookery.wire import apitools, blocks, context, mcp, messages, results
from rookery.wire.messages import CountRequest, InputMessage, MessagesRequest
from rookery.wire.versions import V2023, V2026


class Gate(NamedTuple):
    """One row: any of `betas` opens a struct, a field of it, or one value of that field."""

    betas: tuple[str, ...]
    of: type[Struct]
    field: str = ""
    value: str = ""


THREADS = "message-threads-2026-08-12"
_CLEAR = ("context-management-2025-06-27",)
_COMPACT = ("compact-2026-01-12",)
_SUMMARIZE = ("compact-2026-09-04",)
_MCP_OLD = ("mcp-client-2025-04-04",)
_MCP_LISTING = ("mcp-client-2026-09-15",)
_MCP_TOOLSET = ("mcp-client-2025-11-20", *_MCP_LISTING)
_MCP = (*_MCP_OLD, *_MCP_TOOLSET)
_FALLBACK = ("server-side-fallback-2026-06-01", "server-side-fallback-2026-07-01")
_CREDIT = ("fallback-credit-2026-06-01", "fallback-credit-2026-07-01")
_TOOL_CHANGES = ("mid-conversation-tool-changes-2026-07-01", "inline-tools-2026-09-15")
_ADVISOR = ("advisor-tool-2026-03-01",)
_UPDATES = ("thinking-display-updates-2026-08-18",)
_BINDING = ("thinking-binding-controls-2026-08-01",)
_PER_TURN = (
    "mid-conversation-output-config-2026-07-01",
    "per-turn-control-2026-07-01",  # what Claude Code 2.1.330 calls it
)
_COMPUTER_2024 = ("computer-use-2024-10-22",)
_PROFILES = ("user-profiles-2026-03-24", "user-profiles-2026-08-18", "user-profiles-2026-09-04")

GATES: tuple[Gate, ...] = (
    Gate((*_CLEAR, *_COMPACT), CountRequest, "context_management"),
    Gate(_CLEAR, context.ClearToolUses),
    Gate(_CLEAR, context.ClearThinking),
    Gate(_COMPACT, context.Compact),
    Gate(_SUMMARIZE, CountRequest, "compaction"),
    Gate((*_COMPACT, *_SUMMARIZE), context.Compaction),
    Gate(_MCP, CountRequest, "mcp_servers"),
    Gate(_MCP_OLD, mcp.McpServer, "tool_configuration"),
    Gate(_MCP, blocks.McpToolUse),
    Gate(_MCP, blocks.McpToolResult),
    Gate(_MCP_TOOLSET, mcp.McpToolset),
    Gate(_MCP_LISTING, mcp.McpToolset, "tools"),
    Gate(_MCP_LISTING, mcp.McpToolListing),
    Gate(_FALLBACK, MessagesRequest, "fallbacks"),
    Gate(_FALLBACK, blocks.FallbackBlock),
    Gate(_CREDIT, MessagesRequest, "fallback_credit_token"),
    Gate((THREADS,), MessagesRequest, "thread"),
    Gate(("user-profiles-billing-2026-10-01",), CountRequest, "billing_policy"),
    Gate(_PROFILES, MessagesRequest, "user_profile_id"),
    Gate(("structured-outputs-2025-11-13",), CountRequest, "output_format"),
    Gate(("task-budgets-2026-03-13",), messages.OutputConfig, "task_budget"),
    Gate(_UPDATES, messages.ThinkingAdaptive, "display", "updates"),
    Gate(_UPDATES, messages.ThinkingEnabled, "display", "updates"),
    Gate(_BINDING, messages.ThinkingAdaptive, "block_binding"),
    Gate(_BINDING, messages.ThinkingEnabled, "block_binding"),
    Gate(("mid-conversation-system-clear-at-2026-08-21",), InputMessage, "clear_at"),
    Gate(_PER_TURN, InputMessage, "output_config"),
    Gate(_TOOL_CHANGES, context.ToolAddition),
    Gate(_TOOL_CHANGES, context.ToolRemoval),
    Gate(("inline-tools-2026-09-15",), context.DefinedTool),
    Gate(_ADVISOR, apitools.Advisor),
    Gate(_ADVISOR, blocks.ServerToolUse, "name", "advisor"),
    Gate(_ADVISOR, results.AdvisorResult),
    Gate(_COMPUTER_2024, apitools.Computer20241022),
    Gate(_COMPUTER_2024, apitools.Bash20241022),
    Gate(_COMPUTER_2024, apitools.TextEditor20241022),
    Gate(("computer-use-2025-01-24",), apitools.Computer20250124),
    Gate(("computer-use-2025-11-24",), apitools.Computer20251124),
)

KNOWN = frozenset(beta for gate in GATES for beta in gate.betas)
"""Every header of the table."""

REMOVED = {V2023: (), V2026: ("temperature", "top_k", "top_p")}
"""Fields that a version of the API no longer has (platform.claude.com, "Migrating")."""
