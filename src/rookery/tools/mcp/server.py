"""Where an MCP server is, and how it is started."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

from rookery.errors import AgentError

Transport = Literal["stdio", "http", "sse"]

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


class McpServer(Struct, frozen=True, kw_only=True):
    """A program to start (`command`, `args`, `env`, `cwd`), or an address (`url`, `headers`).

    A program gets a short list of the environment (HOME, PATH, USER and the like) and `env`,
    nothing else: no key of this process. Raises AgentError for what can be neither.
    """

    name: str
    """Letters, digits, `_` and `-`; its tools are called `mcp__NAME__TOOL`."""
    command: str | None = None
    args: tuple[str, ...] = ()
    env: dict[str, str] = {}
    cwd: str | None = None
    url: str | None = None
    headers: dict[str, str] = {}
    transport: Transport | None = None
    """`stdio` for a command and `http` (streamable) for an address, where it is not said."""
    start_timeout: float = 30.0
    """Seconds until it must have told its tools."""
    timeout: float = 120.0
    """Seconds that a call of one of its tools may take."""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise AgentError(
                f"{self.name!r} cannot name an MCP server: up to 40 letters, digits, '_' or '-'."
            )
        if (self.command is None) == (self.url is None):
            raise AgentError(f"The MCP server {self.name!r} needs a command or a url, one of them.")
        if self.transport is not None and (self.transport == "stdio") != (self.url is None):
            needed = "a command" if self.transport == "stdio" else "a url"
            raise AgentError(
                f"The MCP server {self.name!r} of type {self.transport} needs {needed}."
            )
        if self.url is not None and not self.url.startswith(("http://", "https://")):
            raise AgentError(f"The url of the MCP server {self.name!r} must be http or https.")

    @property
    def kind(self) -> Transport:
        """How it is spoken to."""
        return self.transport or ("stdio" if self.url is None else "http")
