"""Reads `.mcp.json`: the servers of a project, in the form that Claude Code has for them.

code.claude.com, "Connect Claude Code to tools via MCP": `mcpServers` by name, each with `command`,
`args` and `env`, or `type`, `url` and `headers`; `${NAME}` and `${NAME:-default}` are replaced from
the environment in all of these but the names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from rookery.errors import AgentError
from rookery.tools.mcp.server import McpServer, Transport

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_LARGEST = 1024 * 1024
_KINDS: dict[str | None, Transport | None] = {
    None: None,
    "stdio": "stdio",
    "http": "http",
    "streamable-http": "http",
    "sse": "sse",
}


class _Entry(Struct):
    """What is read of an entry; other keys are left to other programs."""

    type: str | None = None
    command: str | None = None
    args: tuple[str, ...] = ()
    env: dict[str, str] = {}
    cwd: str | None = None
    url: str | None = None
    headers: dict[str, str] = {}


class _File(Struct, rename={"servers": "mcpServers"}):
    servers: dict[str, _Entry]


def read(path: Path, environment: Mapping[str, str]) -> list[McpServer]:
    """Return the servers of a file, in its order. Raises AgentError that names the place."""
    try:
        if path.stat().st_size > _LARGEST:
            raise AgentError(f"{path} is too large for a list of MCP servers.")
        data = path.read_bytes()
    except OSError as error:
        raise AgentError(f"{path} cannot be read: {error.strerror}.") from error
    return parse(str(path), data, environment)


def parse(path: str, data: bytes, environment: Mapping[str, str]) -> list[McpServer]:
    """Return the servers of a file that was read from `path`. Raises AgentError."""
    try:
        found = msgspec.json.decode(data, type=_File)
    except (msgspec.DecodeError, RecursionError) as error:
        raise AgentError(f"{path} is no list of MCP servers: {error}.") from error
    return [_server(path, name, entry, environment) for name, entry in found.servers.items()]


def _server(path: str, name: str, entry: _Entry, environment: Mapping[str, str]) -> McpServer:
    if entry.type not in _KINDS:
        raise AgentError(f"{path}: the MCP server {name!r} has the unknown type {entry.type!r}.")

    def put(match: re.Match[str]) -> str:
        value = environment.get(match[1], match[2])
        if value is None:
            raise AgentError(
                f"{path}: the MCP server {name!r} needs the environment variable {match[1]}."
            )
        return value

    fields = msgspec.structs.asdict(entry)
    del fields["type"]
    expanded = {
        key: _expanded(value, lambda text: _VARIABLE.sub(put, text))
        for key, value in fields.items()
    }
    return McpServer(name=name, transport=_KINDS[entry.type], **expanded)


def _expanded(value: Any, expand: Callable[[str], str]) -> Any:
    match value:
        case str():
            return expand(value)
        case tuple():
            return tuple(expand(item) for item in value)
        case dict():
            return {key: expand(item) for key, item in value.items()}
        case _:
            return value
