"""The connection to one MCP server, on the background loop."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import IO, TYPE_CHECKING, Any

from mcp import Client
from mcp.client.sse import sse_client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import CONNECTION_CLOSED, Implementation

from rookery import __version__
from rookery.errors import ToolError
from rookery.tools.mcp.server import McpServer

if TYPE_CHECKING:
    from mcp.client import Transport
    from mcp.shared.dispatcher import ProgressFnT
    from mcp_types import CallToolResult, Tool

_PAGES = 100
"""Pages of tools that are read."""
_TOLD = 500
"""Characters of what a program said that are repeated."""


class Link:
    """A server that is connected to, and again when it ended in the meantime."""

    def __init__(self, server: McpServer) -> None:
        """Prepare; `open` connects."""
        self.server = server
        self._client: Client | None = None
        self._life: asyncio.Task[None] | None = None
        self._leave = asyncio.Event()
        self._up = False
        self._opening = asyncio.Lock()

    async def open(self) -> list[Tool]:
        """Connect, and return the server's tools. Raises ToolError that says what went wrong."""
        ready: asyncio.Future[list[Tool]] = asyncio.get_running_loop().create_future()
        self._leave = asyncio.Event()
        self._life = asyncio.create_task(self._live(ready))
        try:
            async with asyncio.timeout(self.server.start_timeout):
                return await asyncio.shield(ready)
        except TimeoutError:
            await self.close()
            raise ToolError(
                f"it did not tell its tools within {self.server.start_timeout:g} s"
            ) from None
        except asyncio.CancelledError:
            await self.close()
            raise

    async def call(self, name: str, given: dict[str, Any], progress: ProgressFnT) -> CallToolResult:
        """Call a tool. Raises ToolError; a server that had ended is started anew first.

        The call during which it ends is not repeated: it may have had its effect.
        """
        client = await self._connected()
        try:
            return await client.call_tool(
                name, given, self.server.timeout, progress_callback=progress
            )
        except MCPError as error:
            if error.code == CONNECTION_CLOSED:
                self._client = None
                raise ToolError(
                    f"The MCP server {self.server.name!r} ended during the call, which may have "
                    "had its effect. It is started anew at the next one."
                ) from error
            raise ToolError(error.message) from error
        except ValueError as error:  # what it gave is not of the protocol, or of its schema
            raise ToolError(f"The answer of the MCP server is not valid: {error}") from error

    async def close(self) -> None:
        """Disconnect, and end the program; it is killed where it does not end."""
        if self._life is None:
            return
        if self._up:
            self._leave.set()
        else:
            self._life.cancel()  # it waits for the server to say something
        await asyncio.wait([self._life])

    async def _connected(self) -> Client:
        async with self._opening:
            if self._client is None:
                await self.close()
                try:
                    await self.open()
                except ToolError as error:
                    raise ToolError(
                        f"The MCP server {self.server.name!r} cannot be reached: {error.message}."
                    ) from error
            if self._client is None:
                raise ToolError(f"The MCP server {self.server.name!r} has ended again.")
            return self._client

    async def _live(self, ready: asyncio.Future[list[Tool]]) -> None:
        """Be connected, in one task from the beginning to the end, as its library wants it."""
        with tempfile.TemporaryFile("w+", errors="replace") as said:
            try:
                async with self._connect(said) as client:
                    tools = await _tools(client)
                    self._client, self._up = client, True
                    if not ready.done():
                        ready.set_result(tools)
                    await self._leave.wait()
            except Exception as error:  # noqa: BLE001 -- of any library below; told in one place
                if not ready.done():
                    ready.set_exception(ToolError(_reason(error, said)))
            finally:
                self._client, self._up = None, False

    @asynccontextmanager
    async def _connect(self, said: IO[str]) -> AsyncIterator[Client]:
        info = Implementation(name="rookery", version=__version__)
        async with (
            _headers_of(self.server) as http,
            Client(_transport(self.server, said, http), client_info=info, cache=None) as client,
        ):
            yield client


async def _tools(client: Client) -> list[Tool]:
    tools: list[Tool] = []
    cursor: str | None = None
    for _ in range(_PAGES):
        page = await client.list_tools(cursor=cursor)
        tools += page.tools
        cursor = page.next_cursor
        if cursor is None:
            break
    return tools


@asynccontextmanager
async def _headers_of(server: McpServer) -> AsyncIterator[Any]:
    """The HTTP client that sends the server's headers; None for what is not HTTP."""
    if server.kind != "http":
        yield None
        return
    async with create_mcp_http_client(server.headers) as client:
        yield client


def _transport(
    server: McpServer, said: IO[str], http: Any
) -> Transport | AbstractAsyncContextManager[Any]:
    if server.url is None:
        program = StdioServerParameters(
            command=server.command or "", args=list(server.args), env=server.env, cwd=server.cwd
        )
        return stdio_client(program, errlog=said)  # type: ignore[arg-type]
    if server.kind == "sse":
        return sse_client(server.url, headers=dict(server.headers))
    return streamable_http_client(server.url, http_client=http)


def _reason(error: BaseException, said: IO[str]) -> str:
    """Tell why a server is not there: the innermost error, and the end of what it said."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    said.seek(0)
    last = said.read()[-_TOLD:].strip()
    reason = str(error).strip() or type(error).__name__
    return f"{reason}; it said: {last}" if last else reason
