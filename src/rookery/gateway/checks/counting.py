"""What the API does not count (platform.claude.com, "Token counting").

A message may have these; asked for their tokens, the API refuses.
"""

from __future__ import annotations

from rookery.catalog.model import Model
from rookery.gateway.checks.base import Check
from rookery.gateway.checks.media import media
from rookery.providers.base import Call
from rookery.rules import media as rules
from rookery.wire.blocks import FileSource, UrlSource
from rookery.wire.kinds import tag
from rookery.wire.messages import CountRequest

SERVER_TOOLS = ("web_search_", "web_fetch_", "code_execution_", "tool_search_tool_")
"""Beginnings of the types that the API runs itself; it counts the advisor tool, not these."""


def check_sources(body: CountRequest, model: Model, call: Call) -> None:
    """Check that images and documents are in the request."""
    for medium in media(body):
        source = medium.block.source
        if isinstance(source, UrlSource | FileSource):
            raise rules.COUNT_SOURCE.error(f"{medium.place}.source", source=tag(type(source)))


def check_servers(body: CountRequest, model: Model, call: Call) -> None:
    """Check that all tools are the client's."""
    for index, tool in enumerate(body.tools or ()):
        kind = str(tool.get("type") or "")
        if kind.startswith(SERVER_TOOLS):
            raise rules.COUNT_SERVER_TOOL.error(f"tools.{index}", type=kind)
    if body.mcp_servers:
        raise rules.COUNT_MCP.error("mcp_servers")


CHECKS: tuple[Check[CountRequest], ...] = (check_servers, check_sources)
