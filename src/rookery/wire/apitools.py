"""Tools that the API defines, by version (platform.claude.com, "Tool reference").

The name of each is fixed. Of those that run on the client (bash, text editor, memory, computer)
the API knows the schema; those of the server it runs itself.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from rookery.wire.citations import Citations
from rookery.wire.mcp import McpToolset
from rookery.wire.shapes import Absent, Block, Cached, Natural, Positive, Record, Typed
from rookery.wire.toolsets import ApiTool, BrowserToolset, Callers, ComputerToolset


class NamedTool(ApiTool, frozen=True):
    """One tool; each has a field `name` with its only value."""

    allowed_callers: Absent[Callers] = None
    defer_loading: Absent[bool] = None
    strict: Absent[bool] = None


class ClientTool(NamedTool, frozen=True):
    """A tool that runs on the client."""

    input_examples: Absent[list[dict[str, Any]]] = None


class Bash20241022(ClientTool, frozen=True, kw_only=True, tag="bash_20241022"):
    """A shell."""

    name: Literal["bash"]


class Bash20250124(ClientTool, frozen=True, kw_only=True, tag="bash_20250124"):
    """A shell."""

    name: Literal["bash"]


class TextEditor20241022(ClientTool, frozen=True, kw_only=True, tag="text_editor_20241022"):
    """An editor of files."""

    name: Literal["str_replace_editor"]


class TextEditor20250124(ClientTool, frozen=True, kw_only=True, tag="text_editor_20250124"):
    """An editor of files."""

    name: Literal["str_replace_editor"]


class TextEditor20250429(ClientTool, frozen=True, kw_only=True, tag="text_editor_20250429"):
    """An editor of files, without undo."""

    name: Literal["str_replace_based_edit_tool"]


class TextEditor20250728(ClientTool, frozen=True, kw_only=True, tag="text_editor_20250728"):
    """An editor of files that shows long ones in part."""

    name: Literal["str_replace_based_edit_tool"]
    max_characters: Annotated[int, Meta(ge=1)] | None = None


class Memory20250818(ClientTool, frozen=True, kw_only=True, tag="memory_20250818"):
    """Files that outlive the conversation."""

    name: Literal["memory"]


class Computer20241022(ClientTool, frozen=True, kw_only=True, tag="computer_20241022"):
    """A screen, a mouse and a keyboard."""

    name: Literal["computer"]
    display_width_px: Annotated[int, Meta(ge=1)]
    display_height_px: Annotated[int, Meta(ge=1)]
    display_number: Natural | None = None


class Computer20250124(Computer20241022, frozen=True, kw_only=True, tag="computer_20250124"):
    """A screen, a mouse and a keyboard."""


class Computer20251124(Computer20241022, frozen=True, kw_only=True, tag="computer_20251124"):
    """A screen, a mouse and a keyboard, with zoom."""

    enable_zoom: Absent[bool] = None


# --- run by the API ------------------------------------------------------------------------------


class CodeExecution20250522(NamedTool, frozen=True, kw_only=True, tag="code_execution_20250522"):
    """Python in a container."""

    name: Literal["code_execution"]


class CodeExecution20250825(
    CodeExecution20250522, frozen=True, kw_only=True, tag="code_execution_20250825"
):
    """A shell and an editor in a container."""


class CodeExecution20260120(
    CodeExecution20250522, frozen=True, kw_only=True, tag="code_execution_20260120"
):
    """The same, with a state that is kept, and calls of other tools."""


class CodeExecution20260521(
    CodeExecution20250522, frozen=True, kw_only=True, tag="code_execution_20260521"
):
    """The same, a later version."""


class UserLocation(Block, tag="approximate"):
    """Where the user is, for the search."""

    city: Annotated[str, Meta(min_length=1, max_length=255)] | None = None
    country: Annotated[str, Meta(min_length=2, max_length=2)] | None = None
    region: Annotated[str, Meta(min_length=1, max_length=255)] | None = None
    timezone: Annotated[str, Meta(min_length=1, max_length=255)] | None = None


class WebTool(NamedTool, frozen=True):
    """What web search and web fetch have in common."""

    allowed_domains: list[str] | None = None
    blocked_domains: list[str] | None = None
    max_uses: Positive | None = None


class WebSearch20250305(WebTool, frozen=True, kw_only=True, tag="web_search_20250305"):
    """Search on the web."""

    name: Literal["web_search"]
    user_location: Typed[UserLocation] | None = None


class WebSearch20260209(WebSearch20250305, frozen=True, kw_only=True, tag="web_search_20260209"):
    """Search on the web, with results filtered by code."""


class WebSearch20260318(WebSearch20250305, frozen=True, kw_only=True, tag="web_search_20260318"):
    """Search on the web, with results that can be left out of the reply."""

    response_inclusion: Absent[Literal["full", "excluded"]] = None


class SourceAll(Block, tag="all"):
    """Every result."""


class SourceNone(Block, tag="none"):
    """No result."""


class SourceTool(Block, tag="tool_reference"):
    """A tool of the request."""

    name: str


class SourceOnly(Block, tag="only"):
    """The results of these tools."""

    tools: list[Typed[SourceTool]]


class SourceExcept(Block, tag="except"):
    """Every result but those of these tools."""

    tools: list[Typed[SourceTool]]


class UrlSources(Record, frozen=True):
    """Where the addresses that may be fetched come from."""

    client_tool_results: Absent[SourceAll | SourceNone | SourceOnly | SourceExcept] = None
    server_tool_results: Absent[SourceAll | SourceNone | SourceOnly | SourceExcept] = None
    user_input: Absent[SourceAll | SourceNone] = None


class WebFetch20250910(WebTool, frozen=True, kw_only=True, tag="web_fetch_20250910"):
    """Fetching of pages and PDFs."""

    name: Literal["web_fetch"]
    citations: Citations | None = None
    max_content_tokens: Positive | None = None
    url_sources: UrlSources | None = None


class WebFetch20260209(WebFetch20250910, frozen=True, kw_only=True, tag="web_fetch_20260209"):
    """The same, with content filtered by code."""


class WebFetch20260309(WebFetch20250910, frozen=True, kw_only=True, tag="web_fetch_20260309"):
    """The same, with a choice whether pages may come from a cache."""

    use_cache: Absent[bool] = None


class WebFetch20260318(WebFetch20260309, frozen=True, kw_only=True, tag="web_fetch_20260318"):
    """The same, with results that can be left out of the reply."""

    response_inclusion: Absent[Literal["full", "excluded"]] = None


class ToolSearchBm25(NamedTool, frozen=True, kw_only=True, tag="tool_search_tool_bm25_20251119"):
    """Search among deferred tools, by words."""

    name: Literal["tool_search_tool_bm25"]


class ToolSearchBm25Latest(ToolSearchBm25, frozen=True, kw_only=True, tag="tool_search_tool_bm25"):
    """The same, under its other tag."""


class ToolSearchRegex(NamedTool, frozen=True, kw_only=True, tag="tool_search_tool_regex_20251119"):
    """Search among deferred tools, by pattern."""

    name: Literal["tool_search_tool_regex"]


class ToolSearchRegexLatest(
    ToolSearchRegex, frozen=True, kw_only=True, tag="tool_search_tool_regex"
):
    """The same, under its other tag."""


class Advisor(NamedTool, frozen=True, kw_only=True, tag="advisor_20260301"):
    """Another model to ask."""

    name: Literal["advisor"]
    model: str
    caching: Cached | None = None
    max_tokens: int | None = None
    max_uses: Positive | None = None


API_TOOLS = (
    Bash20241022
    | Bash20250124
    | TextEditor20241022
    | TextEditor20250124
    | TextEditor20250429
    | TextEditor20250728
    | Memory20250818
    | Computer20241022
    | Computer20250124
    | Computer20251124
    | ComputerToolset
    | BrowserToolset
    | McpToolset
    | CodeExecution20250522
    | CodeExecution20250825
    | CodeExecution20260120
    | CodeExecution20260521
    | WebSearch20250305
    | WebSearch20260209
    | WebSearch20260318
    | WebFetch20250910
    | WebFetch20260209
    | WebFetch20260309
    | WebFetch20260318
    | ToolSearchBm25
    | ToolSearchBm25Latest
    | ToolSearchRegex
    | ToolSearchRegexLatest
    | Advisor
)
