"""Cancellation at every point: nothing is left behind, and the history is a valid request."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Callable
from typing import Any

import pytest

from rookery.agent import events
from rookery.agent.driver import Driver
from rookery.agent.loop import INTERRUPTED, Run
from rookery.agent.room import Room
from rookery.agent.view import View
from rookery.gateway.gateway import Gateway
from rookery.gateway.meter import utc_now
from rookery.tools import ToolContext, Workspace, as_tool
from rookery.wire.ids import Ids
from tests.agent.common import MODEL, WatchedProvider, call, is_accepted, is_valid, text, use

SCRIPT: tuple[Any, ...] = (
    {"content": [text("I add. " * 8), use("add", 1, a=1), use("add", 2, a=2)]},
    call("block"),
    {"text": "Done. " * 20},
)


async def add(a: int) -> int:
    """Add one."""
    await asyncio.sleep(0)
    return a + 1


def block() -> str:
    """Do nothing, in a thread."""
    return "ok"


def server_call(number: int) -> dict[str, Any]:
    name = f"srvtoolu_{number}"
    return {"type": "server_tool_use", "id": name, "name": "web_search", "input": {"query": "x"}}


SEARCH = {"type": "web_search_20250305", "name": "web_search"}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
PAUSED: tuple[Any, ...] = (
    {"content": [text("I search."), server_call(1)], "stop_reason": "pause_turn"},
    {"content": [FOUND, text("Again."), server_call(2)], "stop_reason": "pause_turn"},
    {"content": [{**FOUND, "tool_use_id": "srvtoolu_2"}, use("add", 1, a=1)]},
    "Done.",
)

WORDS = "Words, and more of them. " * 100
COMPACTED: tuple[Any, ...] = (
    *({"content": [text(WORDS), use("add", number, a=1)]} for number in range(2)),
    "This was said.",
    "Done.",
)


class Case:
    """A run of a few replies, which can be looked at while it goes on."""

    def __init__(
        self,
        on_event: Callable[[events.Event], None] | None = None,
        *,
        script: tuple[Any, ...] = SCRIPT,
        **tools: Callable[..., Any],
    ) -> None:
        self.provider = WatchedProvider.of(*script)
        self.run = Run()
        self.driver = Driver(
            Gateway(self.provider),
            self.run,
            fields={"model": MODEL, "max_tokens": 100, "tools": [SEARCH]},
            tools={"add": as_tool(add), "block": as_tool(block)}
            | {name: as_tool(tool) for name, tool in tools.items()},
            context=ToolContext(Workspace(".")),
            on_event=on_event,
            ids=Ids(1),
            clock=utc_now,
            cache="5m",
            room=Room(View(), 1_500),
        )

    def check(self) -> None:
        assert is_valid(self.run.messages)
        assert self.run.pending is None
        assert is_accepted(self.run.messages)
        assert self.provider.open_streams == 0
        assert asyncio.all_tasks() == {asyncio.current_task()}


async def whole(script: tuple[Any, ...]) -> list[events.Event]:
    seen: list[events.Event] = []
    case = Case(seen.append, script=script)
    await case.driver.drive("Go.")
    case.check()
    return seen


def note_and_cancel(
    seen: list[events.Event], stop: int, tasks: list[asyncio.Task[Any]], event: events.Event
) -> None:
    seen.append(event)
    if len(seen) == stop + 1:
        tasks[0].cancel()


SCRIPTS = pytest.mark.parametrize(
    "script", [SCRIPT, PAUSED, COMPACTED], ids=["calls", "paused", "compacted"]
)


@SCRIPTS
async def test_a_run_can_be_cancelled_at_each_event(script: tuple[Any, ...]) -> None:
    seen = await whole(script)
    assert any(isinstance(event, events.ContextCompacted) for event in seen) == (
        script is COMPACTED
    )
    for stop in range(len(seen)):
        seen = []
        tasks: list[asyncio.Task[Any]] = []
        case = Case(functools.partial(note_and_cancel, seen, stop, tasks), script=script)
        tasks.append(asyncio.create_task(case.driver.drive("Go.")))
        with pytest.raises(asyncio.CancelledError):
            await tasks[0]
        assert isinstance(seen[-1], events.RunEnded)
        case.check()


@SCRIPTS
async def test_a_run_can_be_cancelled_at_each_turn_of_the_loop(script: tuple[Any, ...]) -> None:
    for turns in range(500):
        case = Case(script=script)
        task = asyncio.create_task(case.driver.drive("Go."))
        for _ in range(turns):
            await asyncio.sleep(0)
        if task.done():
            assert turns > 3
            return
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        case.check()
    pytest.fail("the run never came to its end")


async def test_what_was_answered_before_the_end_is_kept() -> None:
    started, release = asyncio.Event(), threading.Event()

    async def quick(a: int) -> int:
        """Answer."""
        return a

    def slow(a: int) -> int:
        """Block a thread."""
        loop.call_soon_threadsafe(started.set)
        release.wait(10)
        return a

    loop = asyncio.get_running_loop()
    both = {"content": [use("quick", 1, a=1), use("slow", 2, a=2)]}
    case = Case(script=(both,), quick=quick, slow=slow)
    task = asyncio.create_task(case.driver.drive("Go."))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    release.set()
    case.check()
    assert [block["content"] for block in case.run.messages[-1]["content"]] == ["1", INTERRUPTED]


async def test_a_timeout_around_a_run_is_a_timeout() -> None:
    async def hang(a: int) -> str:
        """Never return."""
        await asyncio.Event().wait()
        return ""

    case = Case(add=hang)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await case.driver.drive("Go.")
    case.check()


async def test_a_callback_that_fails_does_not_hide_the_cancellation() -> None:
    def on_event(event: events.Event) -> None:
        if isinstance(event, events.RunEnded):
            raise ValueError
        if isinstance(event, events.TextDelta):
            task.cancel()

    case = Case(on_event)
    task = asyncio.create_task(case.driver.drive("Go."))
    with pytest.raises(asyncio.CancelledError):
        await task
    case.check()
