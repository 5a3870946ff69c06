"""MCP servers that the API calls, and their tools (platform.claude.com, "MCP connector")."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from rookery.wire.shapes import Absent, Block, Record, Typed
from rookery.wire.toolsets import ApiTool


class McpTool(Record, frozen=True):
    """A tool as its MCP server lists it."""

    name: str
    input_schema: dict[str, Any]
    description: str | None = None


class McpToolConfig(Record, frozen=True):
    """Whether one tool of an MCP server is offered."""

    defer_loading: Absent[bool] = None
    enabled: Absent[bool] = None


class McpToolset(ApiTool, frozen=True, kw_only=True, tag="mcp_toolset"):
    """The tools of one of the request's `mcp_servers`."""

    mcp_server_name: Annotated[str, Meta(min_length=1, max_length=255)]
    configs: dict[str, McpToolConfig] | None = None
    default_config: Absent[McpToolConfig] = None
    tools: list[McpTool] | None = None


class McpToolListing(Block, tag="mcp_tool_listing"):
    """The tools that an MCP server listed, handed back so that it is not asked again."""

    mcp_server_name: str
    tools: list[McpTool]


class ServerTools(Record, frozen=True):
    """Which tools of a server are offered; of the first MCP beta, before toolsets."""

    allowed_tools: list[str] | None = None
    enabled: bool | None = None


class McpServer(Block, tag="url"):
    """An MCP server that the API calls."""

    name: str
    url: str
    authorization_token: str | None = None
    tool_configuration: ServerTools | None = None


McpServers = Annotated[list[Typed[McpServer]], Meta(max_length=20)]
