"""How the API keeps a conversation short: `context_management`, `compaction`, tool changes.

Sources: platform.claude.com, "Context editing", "Compaction", "Mid-conversation system messages
and tool changes".
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from rookery.wire.shapes import Absent, Block, Cached, Natural, Record, Typed
from rookery.wire.tools import Definition


class InputTokensTrigger(Block, tag="input_tokens"):
    """When the prompt has this many tokens."""

    value: Annotated[int, Meta(ge=1)]


class ToolUsesTrigger(Block, tag="tool_uses"):
    """When the conversation has this many calls of tools."""

    value: Annotated[int, Meta(ge=1)]


class KeptToolUses(Block, tag="tool_uses"):
    """The newest calls that stay."""

    value: Natural


class ClearedTokens(Block, tag="input_tokens"):
    """What clearing must save to be done."""

    value: Natural


class ClearToolUses(Block, tag="clear_tool_uses_20250919"):
    """Old results of tools are removed."""

    trigger: Absent[InputTokensTrigger | ToolUsesTrigger] = None
    keep: Absent[Typed[KeptToolUses]] = None
    clear_at_least: Typed[ClearedTokens] | None = None
    clear_tool_inputs: bool | list[str] | None = None
    exclude_tools: list[str] | None = None


class KeptTurns(Block, tag="thinking_turns"):
    """The newest turns whose thinking stays."""

    value: Annotated[int, Meta(ge=1)]


class AllTurns(Block, tag="all"):
    """All thinking stays."""


class ClearThinking(Block, tag="clear_thinking_20251015"):
    """Old thinking is removed."""

    keep: Absent[KeptTurns | AllTurns | Literal["all"]] = None


class CompactTrigger(Block, tag="input_tokens"):
    """When the prompt has this many tokens."""

    value: Annotated[int, Meta(ge=50_000)]


class Compact(Block, tag="compact_20260112"):
    """The conversation is replaced by a summary."""

    trigger: Typed[CompactTrigger] | None = None
    pause_after_compaction: Absent[bool] = None
    instructions: str | None = None


class ContextManagement(Record, frozen=True):
    """What is removed from the conversation, and when."""

    edits: Absent[list[ClearToolUses | ClearThinking | Compact]] = None


class CompactionConfig(Block, tag="summarize"):
    """The request is for a summary of its conversation."""

    instructions: str | None = None


# --- tools that come and go in the conversation --------------------------------------------------


class ChangedTool(Block, tag="tool_reference"):
    """A tool of the request."""

    name: str


class ChangedMcpTool(Block, tag="mcp_tool_reference"):
    """A tool of one of the request's MCP servers."""

    name: str
    server_name: str


class ChangedMcpToolset(Block, tag="mcp_toolset_reference"):
    """All tools of one of the request's MCP servers."""

    server_name: str


class DefinedTool(Block, tag="tool_definition"):
    """A tool that is defined here."""

    definition: Definition


class ToolAddition(Block, tag="tool_addition"):
    """From here on the tool is offered."""

    tool: ChangedTool | ChangedMcpTool | ChangedMcpToolset | DefinedTool
    cache_control: Cached | None = None


class ToolRemoval(Block, tag="tool_removal"):
    """From here on the tool is not offered."""

    tool: ChangedTool | ChangedMcpTool | ChangedMcpToolset
    cache_control: Cached | None = None


class Compaction(Block, tag="compaction"):
    """The summary of what was before it; null where the summary failed."""

    content: Annotated[str, Meta(min_length=1)] | None = None
    encrypted_content: str | None = None
    signature: str | None = None
    tool_changes: list[ToolAddition | ToolRemoval] | None = None
    cache_control: Cached | None = None
