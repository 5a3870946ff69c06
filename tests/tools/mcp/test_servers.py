"""MCP servers as sources of tools, against servers made with the official package."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from rookery import Agent
from rookery.errors import AgentError
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.tools import McpServer, McpServers, ToolContext, ToolResult, Workspace, run_tool

SHOP = str(Path(__file__).with_name("shop.py"))


def shop(**fields: Any) -> McpServer:
    return McpServer(name="shop", command=sys.executable, args=(SHOP,), **fields)


@pytest.fixture(scope="module")
def servers() -> Iterator[McpServers]:
    with McpServers(
        shop(env={"COLOUR": "blue"}),
        McpServer(name="missing", command="/nonexistent"),
        McpServer(name="dying", command="sh", args=("-c", "echo no settings >&2; exit 3")),
    ) as found:
        yield found


def call(
    servers: McpServers, name: str, progress: Callable[[str], None] = print, **given: Any
) -> ToolResult:
    tool = next(tool for tool in servers.tools if tool.name == f"mcp__shop__{name}")
    context = ToolContext(Workspace("."), progress=progress)
    return asyncio.run(run_tool(tool, given, context))


def until(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not happens():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_an_agent_uses_their_tools(servers: McpServers) -> None:
    provider = ScriptedProvider.of(
        {"tool": {"name": "mcp__shop__add", "input": {"a": 19, "b": 23}}}, "It is 42."
    )
    result = Agent("claude-sonnet-4-6", tools=servers.tools, provider=provider).run("What is it?")
    assert result.messages[2]["content"][0]["content"] == "42"
    sent = {tool["name"]: tool for tool in json.loads(provider.requests[0].data)["tools"]}
    assert sent["mcp__shop__add"]["description"] == "Add two numbers."
    assert sent["mcp__shop__add"]["input_schema"]["required"] == ["a", "b"]


def test_a_server_that_is_not_there_leaves_the_others(servers: McpServers) -> None:
    assert set(servers.problems) == {"missing", "dying"}
    assert "No such file" in servers.problems["missing"]
    assert "it said: no settings" in servers.problems["dying"]
    assert call(servers, "add", a=1, b=2) == ToolResult("3")


def test_what_fails_is_an_answer(servers: McpServers) -> None:
    failed = call(servers, "fail")
    assert failed.is_error
    assert "fail" in str(failed.content)
    assert call(servers, "add", a="one").is_error


def test_content_of_all_kinds_becomes_blocks(servers: McpServers) -> None:
    blocks = call(servers, "everything").content
    assert isinstance(blocks, list)
    assert [block["type"] for block in blocks] == ["text", "image", *["text"] * 4]
    assert blocks[1]["source"]["media_type"] == "image/png"
    assert [block["text"] for block in blocks if block["type"] == "text"] == [
        "text",
        "[image of type image/tiff, which cannot be shown]",
        "[audio of type audio/wav, which cannot be shown]",
        "[resource readme: shop://readme]",
        "shop://a:\nwords",
    ]


def test_progress_is_passed_on(servers: McpServers) -> None:
    told: list[str] = []
    assert call(servers, "count", told.append) == ToolResult("three")
    assert told == [f"counting ({number} of 3)" for number in (1, 2, 3)]


def test_a_server_gets_no_key_of_ours(servers: McpServers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")
    with McpServers(shop(env={"COLOUR": "blue"})) as own:
        text = str(call(own, "environment").content)
    assert '"COLOUR": "blue"' in text
    assert "sk-secret" not in text
    assert "ROOKERY" not in text


def test_a_server_that_ends_is_started_anew(servers: McpServers) -> None:
    ended = call(servers, "end")
    assert ended.is_error
    assert "ended during the call, which may have had its effect" in str(ended.content)
    assert call(servers, "add", a=2, b=2) == ToolResult("4")


def test_calls_are_at_the_same_time_and_can_be_cancelled(servers: McpServers) -> None:
    async def go() -> ToolResult:
        tools = {tool.name: tool for tool in servers.tools}
        context = ToolContext(Workspace("."))
        slow = asyncio.create_task(run_tool(tools["mcp__shop__sleep"], {"seconds": 60}, context))
        await asyncio.sleep(0)
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
        return await run_tool(tools["mcp__shop__add"], {"a": 1, "b": 1}, context)

    assert asyncio.run(go()) == ToolResult("2")


async def test_programs_are_gone_after_the_block() -> None:
    before = _children(SHOP)
    async with McpServers(shop(timeout=0.2)) as servers:
        tools = {tool.name: tool for tool in servers.tools}
        context = ToolContext(Workspace("."))
        slow = await run_tool(tools["mcp__shop__sleep"], {"seconds": 5}, context)
        assert slow.is_error
        assert "took more than 0.2 s" in str(slow.content)
        [pid] = _children(SHOP) - before
    assert not alive(pid)
    with pytest.raises(AgentError, match="not connected"):
        _ = servers.tools


def test_a_program_that_does_not_end_is_killed_with_its_children(tmp_path: Path) -> None:
    stubborn = "trap '' TERM; sleep 600 & echo $! > pid; while :; do sleep 1; done"
    server = McpServer(
        name="stubborn", command="sh", args=("-c", stubborn), cwd=str(tmp_path), start_timeout=0.5
    )
    with McpServers(server) as servers:
        assert servers.problems == {"stubborn": "it did not tell its tools within 0.5 s"}
        pid = int((tmp_path / "pid").read_text())
    until(lambda: not alive(pid))


@pytest.mark.parametrize("kind", ["http", "sse"])
def test_servers_by_address(kind: str) -> None:
    with served(kind) as url:
        server = McpServer(name="shop", url=url, transport=kind, headers={"x-team": "7"})  # type: ignore[arg-type]
        with McpServers(server) as servers:
            assert servers.problems == {}
            assert call(servers, "add", a=20, b=22) == ToolResult("42")


def test_an_address_where_nobody_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with McpServers(McpServer(name="shop", url=f"http://127.0.0.1:{port}/mcp")) as servers:
        assert list(servers.problems) == ["shop"]
        assert servers.tools == []


@contextmanager
def served(kind: str) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, SHOP, kind, str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: _answers(port))
        yield f"http://127.0.0.1:{port}/{'mcp' if kind == 'http' else 'sse'}"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _children(argument: str) -> set[int]:
    """Return the children of this process that were started with `argument`."""
    found = set()
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words, stat = line.read_text(), (line.parent / "stat").read_text()
        except OSError:
            continue
        if argument in words and int(stat.rsplit(")", 1)[1].split()[1]) == os.getpid():
            found.add(int(line.parent.name))
    return found
