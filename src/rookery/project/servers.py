"""`.mcp.json`: the MCP servers of a project, which are programs of its own."""

from __future__ import annotations

import os

from msgspec.structs import replace

from rookery.errors import AgentError, ToolError
from rookery.project.files import Files
from rookery.project.note import Notes
from rookery.tools.mcp.file import parse
from rookery.tools.mcp.server import McpServer

NAME = ".mcp.json"


def read_servers(files: Files, notes: Notes, *, trusted: bool) -> tuple[McpServer, ...]:
    """Return the servers of a folder that is trusted; their programs begin in that folder."""
    if not files.has(NAME):
        return ()
    if not trusted:
        notes.add("ignored", NAME, "MCP servers start programs, and the project is not trusted")
        return ()
    try:
        found = parse(NAME, files.read(NAME).encode(), os.environ)
    except (AgentError, ToolError) as error:
        notes.add("problem", NAME, error.message)
        return ()
    for server in found:
        notes.add("used", NAME, f"the MCP server {server.name}")
    return tuple(
        replace(one, cwd=str(files.root / (one.cwd or ""))) if one.command is not None else one
        for one in found
    )
