"""Tools: what an agent can do, and the ways to make one.

A file with a leading underscore is one built-in tool; the others are what tools are made of.
Everything is imported on first use, so that a program pays for what it names.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rookery.tools._bash import bash
    from rookery.tools._bash_jobs import bash_jobs
    from rookery.tools._edit_file import edit_file
    from rookery.tools._glob import glob
    from rookery.tools._grep import grep
    from rookery.tools._list_dir import list_dir
    from rookery.tools._read_file import read_file
    from rookery.tools._todo import todo
    from rookery.tools._web_fetch import web_fetch
    from rookery.tools._write_file import write_file
    from rookery.tools.base import Tool, ToolContext, ToolResult, current_context, definition
    from rookery.tools.call import run_tool
    from rookery.tools.function import FunctionTool, as_tool, tool
    from rookery.tools.limits import Limits
    from rookery.tools.location import Location, split_location
    from rookery.tools.mcp.server import McpServer
    from rookery.tools.mcp.servers import McpServers
    from rookery.tools.sandboxed import Sandboxed
    from rookery.tools.workspace import Workspace

BUILTIN = {
    "bash": "_bash",
    "bash_jobs": "_bash_jobs",
    "edit_file": "_edit_file",
    "glob": "_glob",
    "grep": "_grep",
    "list_dir": "_list_dir",
    "read_file": "_read_file",
    "todo": "_todo",
    "write_file": "_write_file",
}
"""The built-in tools and their files. To add a tool, add its file and a row."""

_PARTS = {
    "FunctionTool": "function",
    "Limits": "limits",
    "Location": "location",
    "McpServer": "mcp.server",
    "McpServers": "mcp.servers",
    "Sandboxed": "sandboxed",
    "Tool": "base",
    "ToolContext": "base",
    "ToolResult": "base",
    "Workspace": "workspace",
    "as_tool": "function",
    "current_context": "base",
    "definition": "base",
    "run_tool": "call",
    "split_location": "location",
    "tool": "function",
    "web_fetch": "_web_fetch",
}

__all__ = [
    "BUILTIN",
    "FunctionTool",
    "Limits",
    "Location",
    "McpServer",
    "McpServers",
    "Sandboxed",
    "Tool",
    "ToolContext",
    "ToolResult",
    "Workspace",
    "as_tool",
    "bash",
    "bash_jobs",
    "current_context",
    "definition",
    "edit_file",
    "glob",
    "grep",
    "list_dir",
    "read_file",
    "run_tool",
    "split_location",
    "todo",
    "tool",
    "web_fetch",
    "write_file",
]


def __getattr__(name: str) -> Any:
    home = BUILTIN.get(name) or _PARTS.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
