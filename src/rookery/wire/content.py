"""All blocks that a message of a request may have."""

from __future__ import annotations

from rookery.wire.blocks import (
    ContainerUpload,
    DocumentBlock,
    FallbackBlock,
    Image,
    McpToolResult,
    McpToolUse,
    RedactedThinking,
    SearchResult,
    ServerToolUse,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
)
from rookery.wire.context import Compaction, ToolAddition, ToolRemoval
from rookery.wire.mcp import McpToolListing
from rookery.wire.results import (
    AdvisorResult,
    BashResult,
    CodeExecutionResult,
    TextEditorResult,
    ToolSearchResult,
    WebFetchResult,
    WebSearchResult,
)

InputBlock = (
    Text
    | Image
    | DocumentBlock
    | SearchResult
    | Thinking
    | RedactedThinking
    | ToolUse
    | ToolResult
    | ServerToolUse
    | WebSearchResult
    | WebFetchResult
    | CodeExecutionResult
    | BashResult
    | TextEditorResult
    | ToolSearchResult
    | AdvisorResult
    | ContainerUpload
    | McpToolUse
    | McpToolResult
    | McpToolListing
    | Compaction
    | FallbackBlock
    | ToolAddition
    | ToolRemoval
)
