"""`.mcp.json`: what is read of it, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rookery.errors import AgentError
from rookery.tools import McpServer, McpServers
from rookery.tools.mcp.file import read
from rookery.tools.mcp.tool import tool_name

SERVERS = {
    "files": {"command": "npx", "args": ["-y", "${PACKAGE:-files}"], "env": {"KEY": "${KEY}"}},
    "web": {"type": "http", "url": "https://${HOST}/mcp", "headers": {"authorization": "B ${KEY}"}},
    "old": {"type": "sse", "url": "http://localhost:9/sse", "disabled": True},
}


def written(folder: Path, servers: Any) -> Path:
    path = folder / ".mcp.json"
    path.write_text(json.dumps({"mcpServers": servers, "other": 1}))
    return path


def test_servers_are_read_with_their_variables(tmp_path: Path) -> None:
    files, web, old = read(written(tmp_path, SERVERS), {"KEY": "k", "HOST": "example.com"})
    assert (files.kind, files.command, files.args, files.env) == (
        "stdio", "npx", ("-y", "files"), {"KEY": "k"},
    )  # fmt: skip
    assert (web.kind, web.url) == ("http", "https://example.com/mcp")
    assert web.headers == {"authorization": "B k"}
    assert (old.kind, old.url) == ("sse", "http://localhost:9/sse")


def test_a_variable_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="'web' needs the environment variable HOST"):
        read(written(tmp_path, SERVERS), {"KEY": "k"})


@pytest.mark.parametrize(
    ("servers", "told"),
    [
        ({"a": {}}, "needs a command or a url"),
        ({"a": {"command": "x", "url": "http://x"}}, "needs a command or a url"),
        ({"a": {"type": "http", "command": "x"}}, "needs a url"),
        ({"a": {"type": "stdio", "url": "http://x"}}, "needs a command"),
        ({"a": {"type": "carrier-pigeon", "command": "x"}}, "unknown type 'carrier-pigeon'"),
        ({"a": {"url": "file:///etc/passwd"}}, "must be http or https"),
        ({"a b": {"command": "x"}}, "cannot name an MCP server"),
        ({"a": {"command": 3}}, "Expected `str"),
        ([], "Expected `object"),
    ],
)
def test_what_is_no_server_is_told(tmp_path: Path, servers: Any, told: str) -> None:
    with pytest.raises(AgentError, match=told):
        read(written(tmp_path, servers), {})


@pytest.mark.parametrize("data", [b"", b"{", b"{}", b"\xff", b"[1]"])
def test_what_is_no_such_file_is_told(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / ".mcp.json"
    path.write_bytes(data)
    with pytest.raises(AgentError, match="is no list of MCP servers"):
        read(path, {})


def test_a_file_that_is_missing_or_too_large_is_told(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="cannot be read: No such file"):
        McpServers.from_file(tmp_path / ".mcp.json")
    (tmp_path / "large").write_bytes(b" " * (1024 * 1024 + 1))
    with pytest.raises(AgentError, match="too large"):
        McpServers.from_file(tmp_path / "large")


def test_some_of_a_file_can_be_taken(tmp_path: Path) -> None:
    path = written(tmp_path, SERVERS)
    found = McpServers.from_file(path, only=["web"], environment={"KEY": "k", "HOST": "h"})
    assert [server.name for server in found.servers] == ["web"]
    with pytest.raises(AgentError, match="has no MCP server nothing"):
        McpServers.from_file(path, only=["nothing"], environment={"KEY": "k", "HOST": "h"})


def test_two_servers_of_a_name_are_refused() -> None:
    one = McpServer(name="a", command="x")
    with pytest.raises(AgentError, match="Two MCP servers have the name 'a'"):
        McpServers(one, one)


def test_names_are_such_as_the_api_takes() -> None:
    assert tool_name("shop", "add") == "mcp__shop__add"
    assert tool_name("shop", "a b.c/ü") == "mcp__shop__a_b_c__"
    long = [tool_name("shop", "x" * 80 + end) for end in "ab"]
    assert [len(name) for name in long] == [64, 64]
    assert long[0] != long[1]
