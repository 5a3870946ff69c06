"""Tools in a run: limits, progress, what they are given; and work that is left behind."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from rookery import tool
from rookery.agent import events
from rookery.tools import ToolContext, Workspace, read_file, todo, write_file
from tests.agent.common import agent, answers, call, is_valid, sent, use


def test_the_limits_of_a_tool_hold_in_a_run() -> None:
    inside: list[int] = []
    most: list[int] = []

    @tool(concurrency=2)
    async def work(n: int) -> int:
        """Work."""
        inside.append(n)
        most.append(len(inside))
        await asyncio.sleep(0)
        inside.remove(n)
        return n

    @tool(timeout=0.05)
    def hang(ctx: ToolContext) -> str:
        """Hang."""
        ctx.cancellation.wait(10)
        return "late"

    uses = [use("work", n, n=n) for n in range(9)]
    worker, provider = agent({"content": [*uses, use("hang", 9)]}, "ok", tools=[work, hang])
    result = worker.run("Go.")
    *worked, hung = [block["content"] for block in answers(provider)]
    assert worked == [str(n) for n in range(9)]
    assert max(most) <= 2
    assert hung == "hang was stopped: it took more than 0.05 s."
    assert is_valid(result.messages)


async def test_what_is_left_behind_says_nothing_any_more() -> None:
    release, ended = threading.Event(), threading.Event()

    @tool(timeout=0.05)
    def hang(ctx: ToolContext) -> str:
        """Hang."""
        ctx.progress("early")
        release.wait(10)
        ctx.progress("late")
        ended.set()
        return "late"

    worker, _ = agent(call("hang"), "ok", tools=[hang])
    seen: list[events.Event] = []
    result = await worker.arun("Go.", on_event=seen.append)
    before = json.dumps(result.messages)
    release.set()
    assert await asyncio.to_thread(ended.wait, 10)
    for _ in range(10):
        await asyncio.sleep(0)
    assert json.dumps(result.messages) == before
    told = [event.text for event in seen if isinstance(event, events.ToolProgressed)]
    assert told == ["early"]


async def test_a_cancelled_run_tells_its_tools() -> None:
    started, ended = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def wait(ctx: ToolContext) -> str:
        """Wait."""
        loop.call_soon_threadsafe(started.set)
        if ctx.cancellation.wait(10):
            ended.set()
        return "late"

    worker, _ = agent(call("wait"), "ok", tools=[wait])
    task = asyncio.create_task(worker.arun("Go."))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(ended.wait, 10)


def test_progress_and_deps_reach_sync_and_async_tools() -> None:
    def near(ctx: ToolContext) -> str:
        """Work in a thread."""
        ctx.progress("half")
        return str(ctx.deps["user"])

    async def far(ctx: ToolContext) -> str:
        """Work on the loop."""
        ctx.progress("x" * 5000)
        return str(ctx.deps["user"])

    both = {"content": [use("near", 1), use("far", 2)]}
    worker, provider = agent(both, "ok", tools=[near, far], deps={"user": "Ada"})
    seen: list[events.Event] = []
    worker.run("Go.", on_event=seen.append)
    assert [block["content"] for block in answers(provider)] == ["Ada", "Ada"]
    told = {e.name: (e.id, e.text) for e in seen if isinstance(e, events.ToolProgressed)}
    assert told == {"near": ("toolu_1", "half"), "far": ("toolu_2", "x" * 1000)}


def test_a_run_remembers_what_it_read_and_another_does_not(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    steps: list[Any] = [
        call("todo", items=[{"text": "Rewrite a"}]),
        call("write_file", path="a", content="new"),
        call("read_file", path="a"),
        call("write_file", path="a", content="new"),
        "done",
        call("todo"),
        call("write_file", path="a", content="newer"),
        "done",
    ]
    workspace = Workspace(tmp_path)
    worker, provider = agent(*steps, tools=[read_file, write_file, todo], workspace=workspace)
    worker.run("Go.")
    worker.run("Go on.")
    said = [
        sent(provider, index)["messages"][-1]["content"][0]["content"] for index in (2, 4, 6, 7)
    ]
    assert said[0].startswith("a exists and was not read in this run.")
    assert said[1] == "Replaced a (1 lines, 3 bytes)."
    assert said[2] == "(no steps)"
    assert said[3].startswith("a exists and was not read in this run.")


def test_a_tool_that_never_returns_does_not_keep_the_process(tmp_path: Path) -> None:
    script = """
import threading
from rookery import Agent, tool
from rookery.providers.scripted.provider import ScriptedProvider

@tool(timeout=0.1)
def hang() -> str:
    "Hang."
    threading.Event().wait()

steps = [{"tool": {"name": "hang", "input": {}}}, "done"]
agent = Agent("claude-sonnet-4-6", tools=[hang], provider=ScriptedProvider.of(*steps))
print(agent.run("Go."))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "done\n"
