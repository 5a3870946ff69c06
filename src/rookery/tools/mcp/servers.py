"""MCP servers, connected to for as long as a `with` block lasts."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rookery.errors import AgentError, ToolError
from rookery.tools.base import Tool, definition
from rookery.tools.mcp.background import Background
from rookery.tools.mcp.file import read
from rookery.tools.mcp.server import McpServer

if TYPE_CHECKING:
    from rookery.tools.mcp.link import Link

_log = logging.getLogger(__name__)


class McpServers:
    """The tools of MCP servers::

        with McpServers.from_file(".mcp.json") as servers:
            agent = Agent("claude-sonnet-4-6", tools=[*servers.tools])

    Also with `async with`. Their tools can be called from any event loop. A server that cannot be
    reached leaves its reason in `problems`, and the others work; one that ends later is started
    anew at the next call. Leaving the block ends the programs; one that does not end is
    killed, with its children.
    """

    def __init__(self, *servers: McpServer) -> None:
        """Prepare to connect. Raises AgentError: two of a name, or the extra is missing."""
        names = [server.name for server in servers]
        for name in names:
            if names.count(name) > 1:
                raise AgentError(f"Two MCP servers have the name {name!r}.")
        if find_spec("mcp") is None:
            raise AgentError('MCP servers need an extra: pip install "rookery[mcp]".')
        # Imported now: it takes a while, which no event loop is to wait for.
        self._parts = import_module("rookery.tools.mcp.tool")
        with suppress(ImportError):  # the package does so itself, at its first call
            import_module("jsonschema")
        self.servers = servers
        self.problems: dict[str, str] = {}
        """Why a server, or a tool of one, is not there: by `server` or `mcp__server__tool`."""
        self._tools: list[Tool] = []
        self._links: list[Link] = []
        self._background: Background | None = None

    @classmethod
    def from_file(
        cls,
        path: str | os.PathLike[str] = ".mcp.json",
        *,
        only: Collection[str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Self:
        """Take the servers of a `.mcp.json`; with `only`, those of these names.

        A file of a stranger starts the stranger's programs: it is read only where it is asked for.
        `environment`, by default that of the process, fills in its `${NAME}`. Raises AgentError.
        """
        variables = os.environ if environment is None else environment
        found = read(Path(path), variables)
        missing = set(only or ()) - {server.name for server in found}
        if missing:
            raise AgentError(f"{path} has no MCP server {', '.join(sorted(missing))}.")
        return cls(*(server for server in found if only is None or server.name in only))

    @property
    def tools(self) -> list[Tool]:
        """All their tools. Raises AgentError outside of the block."""
        if self._background is None:
            raise AgentError("The MCP servers are not connected: use them with `with`.")
        return list(self._tools)

    def __enter__(self) -> Self:
        """Connect to all at the same time."""
        background = self._begin()
        try:
            background.wait(self._open(background))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect, and wait until all programs have ended."""
        if self._background is not None:
            background, self._background = self._background, None
            background.wait(self._close())
            background.stop()

    async def __aenter__(self) -> Self:
        """Connect to all at the same time."""
        background = self._begin()
        try:
            await background.run(self._open(background))
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Disconnect, and wait until all programs have ended."""
        await asyncio.to_thread(self.__exit__)

    def _begin(self) -> Background:
        if self._background is not None:
            raise AgentError("The MCP servers are connected already.")
        self.problems.clear()
        self._background = Background()
        return self._background

    async def _open(self, background: Background) -> None:
        self._links = [self._parts.Link(server) for server in self.servers]
        found = await asyncio.gather(*(self._connect(link, background) for link in self._links))
        self._tools = [tool for tools in found for tool in tools]

    async def _connect(self, link: Link, background: Background) -> list[Tool]:
        try:
            definitions = await link.open()
        except ToolError as error:
            self._problem(link.server.name, error.message)
            return []
        tools: dict[str, Tool] = {}
        for one in definitions:
            tool = self._parts.McpTool(link, one, background)
            try:
                definition(tool)
                if tool.name in tools:
                    raise AgentError(f"The server has two tools {one.name!r}.")
            except AgentError as error:
                self._problem(tool.name, error.message)
            else:
                tools[tool.name] = tool
        return list(tools.values())

    def _problem(self, name: str, message: str) -> None:
        self.problems[name] = message
        _log.warning("MCP: %s is not there: %s", name, message)

    async def _close(self) -> None:
        await asyncio.gather(*(link.close() for link in self._links))
        self._links, self._tools = [], []
