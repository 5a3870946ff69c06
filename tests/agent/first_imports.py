"""Runs an agent of one kind and prints what was imported meanwhile: `first_imports.py KIND`."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from rookery import Agent, Policy, Session
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.store.sqlite import SQLiteStore
from rookery.tools import (
    McpServer,
    McpServers,
    bash,
    edit_file,
    glob,
    grep,
    list_dir,
    read_file,
    todo,
    write_file,
)
from rookery.wire import fold, sse
from rookery.wire.messages import Reply

SHOP = Path(__file__).parents[1] / "tools" / "mcp" / "shop.py"
MODEL = "claude-sonnet-4-6"


class Watch:
    """Notes each module that is looked for; those that are there already are not."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.is_on = False

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if self.is_on:
            self.found.append(name)


WATCH = Watch()
FILES: list[Any] = [read_file, write_file, edit_file, list_dir, glob, grep, todo]


def note(text: str) -> str:
    """Take a note."""
    return text


def script(*calls: tuple[str, dict[str, Any]]) -> ScriptedProvider:
    replies = [{"tool": {"name": name, "input": given}} for name, given in calls]
    return ScriptedProvider.of(*replies, "Done.")


def agent(folder: str, kind: str) -> Agent[str]:
    noted = script(("note", {"text": "x"}))
    if kind == "files":
        calls: tuple[tuple[str, dict[str, Any]], ...] = (
            ("write_file", {"path": "a", "content": "x"}),
            ("read_file", {"path": "a"}),
            ("edit_file", {"path": "a", "old_string": "x", "new_string": "y"}),
            ("list_dir", {}),
            ("glob", {"pattern": "*"}),
            ("grep", {"pattern": "y"}),
            ("todo", {"items": []}),
        )
        return Agent(MODEL, tools=FILES, workspace=folder, provider=script(*calls))
    if kind in {"bubblewrap", "landlock", "none"}:
        ls = script(("bash", {"command": "ls"}), ("bash", {"command": "ls; wc -l <&-"}))
        policy = Policy(allow=["Bash"])
        return Agent(
            MODEL, tools=[bash], workspace=folder, sandbox=kind, policy=policy, provider=ls
        )
    return Agent(MODEL, tools=[note], provider=noted)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": [{"type": "text", "text": "Done."}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }
    body = b"".join(map(sse.encode, fold.events(Reply(data=msgspec.json.encode(message)))))
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: %d\r\n\r\n"
    writer.write(head % len(body) + body)
    await writer.drain()


@asynccontextmanager
async def one(folder: str, kind: str) -> AsyncIterator[Any]:
    """Make what has a method `arun`."""
    if kind == "memory":
        yield Session(agent(folder, kind))
    elif kind == "sqlite":
        yield Session(agent(folder, kind), store=SQLiteStore(Path(folder, "sessions.db")))
    elif kind == "mcp":
        shop = McpServer(name="shop", command=sys.executable, args=(str(SHOP),))
        async with McpServers(shop) as servers:
            called = script(("mcp__shop__add", {"a": 1, "b": 2}))
            yield Agent(MODEL, tools=servers.tools, provider=called)
    elif kind == "remote":
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with Agent(MODEL, base_url=f"http://127.0.0.1:{port}") as remote:
                yield remote
    else:
        yield agent(folder, kind)


async def main(kind: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with one(folder, kind) as runs:
            WATCH.is_on = True
            if kind == "stream":
                async with runs.astream("Go.") as stream:
                    assert [event async for event in stream]
                result = stream.result
            else:
                result = await runs.arun("Go.")
            WATCH.is_on = False
    assert str(result) == "Done.", result
    failed = [block for message in result.messages for block in message["content"]]
    assert not any(isinstance(one, dict) and one.get("is_error") for one in failed), failed
    sys.stdout.write(" ".join(WATCH.found))


if __name__ == "__main__":
    sys.meta_path.insert(0, WATCH)
    asyncio.run(main(sys.argv[1]))
