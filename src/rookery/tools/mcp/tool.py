"""One tool of an MCP server."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from rookery.errors import ToolError
from rookery.tools.base import ToolContext, ToolResult
from rookery.tools.limits import Limits
from rookery.tools.mcp.background import Background
from rookery.tools.mcp.content import result
from rookery.tools.mcp.link import Link
from rookery.tools.outcome import failure

if TYPE_CHECKING:
    from mcp_types import Tool as Definition

_LONGEST = 64
_MARK = 8


class McpTool:
    """A tool of a server. Satisfies `tools.Tool`.

    What the server says about its effects is not believed: a call may change anything.
    """

    read_only = False

    def __init__(self, link: Link, definition: Definition, background: Background) -> None:
        """Call the tool of this definition through `link`, which lives in `background`."""
        self.name = tool_name(link.server.name, definition.name)
        self.description = definition.description or definition.title or ""
        self.input_schema: dict[str, Any] = {"type": "object", **definition.input_schema}
        self.limits = Limits(timeout=link.server.timeout)
        self._own_name = definition.name
        self._link = link
        self._background = background

    def __repr__(self) -> str:
        return f"McpTool({self.name!r})"

    async def call(self, input: dict[str, Any], context: ToolContext) -> ToolResult:  # noqa: A002 -- the wire's name
        """Call it; what goes wrong is a result with `is_error`."""

        async def report(progress: float, total: float | None, message: str | None) -> None:
            share = f"{progress:g} of {total:g}" if total else f"{progress:g}"
            context.progress(f"{message} ({share})" if message else share)

        try:
            work = self._link.call(self._own_name, input, report)
            return result(await self._background.run(work))
        except ToolError as error:
            return failure(error)


def tool_name(server: str, tool: str) -> str:
    """Return the name by which a model calls a tool: `mcp__SERVER__TOOL`, as Claude Code has it.

    What the API does not take becomes `_`; what is too long is cut, with a mark of the whole.
    """
    name = f"mcp__{server}__{re.sub(r'[^A-Za-z0-9_-]', '_', tool)}"
    if len(name) <= _LONGEST:
        return name
    mark = hashlib.sha256(tool.encode()).hexdigest()[:_MARK]
    return f"{name[: _LONGEST - _MARK - 1]}_{mark}"
