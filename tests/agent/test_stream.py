"""Runs as streams of events, sync and async: read to the end, left early, failed."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from rookery import Agent, RunError
from rookery.agent import events
from rookery.agent.loop import INTERRUPTED
from rookery.errors import AgentError, OverloadedError
from tests.agent.common import agent, call, is_valid

SLOW = {"text": "One word at a time. " * 50, "pace": 0.01, "chunk": 4}


def add(a: int = 1) -> int:
    """Add."""
    return a


def names(seen: list[events.Event]) -> list[str]:
    return [type(one).__name__ for one in seen if not isinstance(one, events.TextDelta)]


WHOLE = [
    "RunStarted",
    "MessageAdded",
    "StepStarted",
    "UsageReported",
    "MessageAdded",
    "ToolCalled",
    "ToolReturned",
    "StepStarted",
    "UsageReported",
    "MessageAdded",
    "RunEnded",
]


def test_a_stream_gives_the_events_and_the_result() -> None:
    worker, _ = agent(call("add", a=5), "The sum is 5.", tools=[add])
    with worker.stream("Add.") as stream:
        seen = list(stream)
        assert str(stream.result) == "The sum is 5."
        assert list(stream) == []
    assert names(seen) == WHOLE
    assert "".join(e.text for e in seen if isinstance(e, events.TextDelta)) == "The sum is 5."
    assert stream.result.stop_reason == "end_turn"
    assert worker.cost_tracking == stream.result.cost_tracking


async def test_the_async_stream_gives_the_same() -> None:
    worker, _ = agent(call("add", a=5), "The sum is 5.", tools=[add])
    async with worker.astream("Add.") as stream:
        seen = [event async for event in stream]
        assert str(stream.result) == "The sum is 5."
    assert names(seen) == WHOLE
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_sync_stream_works_inside_a_running_loop() -> None:
    worker, _ = agent("Hello.")
    with worker.stream("Say hello.") as stream:
        assert names(list(stream))[-1] == "RunEnded"


def test_leaving_early_cancels() -> None:
    worker, provider = agent(call("add"), SLOW, tools=[add])
    with worker.stream("Add.") as stream:
        for event in stream:
            if isinstance(event, events.TextDelta):
                break
        with pytest.raises(AgentError, match="The run goes on"):
            _ = stream.result
    assert provider.open_streams == 0
    result = stream.result
    assert (result.stop_reason, len(result.messages)) == ("cancelled", 3)
    assert is_valid(result.messages)
    assert list(stream)[-1] == events.RunEnded(stop_reason="cancelled")
    assert worker.bill == result.bill


async def test_leaving_while_a_tool_runs_interrupts_it() -> None:
    ended = asyncio.Event()

    async def hang() -> str:
        """Never return."""
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return ""

    worker, _ = agent(call("hang"), tools=[hang])
    async with worker.astream("Hang.") as stream:
        async for event in stream:
            if isinstance(event, events.ToolCalled):
                break
    assert ended.is_set()
    assert stream.result.stop_reason == "cancelled"
    assert stream.result.messages[-1]["content"][0]["content"] == INTERRUPTED
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_leaving_at_once_leaves_nothing() -> None:
    worker, provider = agent("never")
    async with worker.astream("Hello?") as stream:
        pass
    assert (stream.result.stop_reason, stream.result.messages) == ("cancelled", [])
    assert not provider.requests
    assert [event async for event in stream] == []


@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt(), SystemExit(3)])
def test_what_the_block_raises_goes_on(error: BaseException) -> None:
    worker, provider = agent(SLOW)
    with pytest.raises(type(error)) as caught, worker.stream("Go.") as stream:
        next(stream)
        raise error
    assert caught.value is error
    assert provider.open_streams == 0
    assert stream.result.stop_reason == "cancelled"


async def test_a_timeout_around_the_block_is_a_timeout() -> None:
    worker, provider = agent(SLOW)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05), worker.astream("Go.") as stream:
            async for _ in stream:
                pass
    assert provider.open_streams == 0
    assert stream.result.stop_reason == "cancelled"
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_a_failure_comes_after_the_events() -> None:
    worker, _ = agent(call("add"), OverloadedError(), tools=[add])
    seen: list[events.Event] = []
    with worker.stream("Add.") as stream, pytest.raises(RunError, match="Overloaded") as caught:
        seen.extend(iter(stream))
        pytest.fail("the failure was lost")
    assert is_valid(caught.value.result.messages)
    with pytest.raises(RunError, match="Overloaded"):
        _ = stream.result


async def test_an_async_failure_comes_after_the_events() -> None:
    worker, _ = agent(OverloadedError())
    seen: list[events.Event] = []
    async with worker.astream("Add.") as stream:
        with pytest.raises(RunError, match="Overloaded"):
            async for event in stream:
                seen.append(event)  # noqa: PERF401 -- what came before the failure is kept
    assert names(seen) == ["RunStarted", "MessageAdded", "StepStarted", "RunFailed"]
    with pytest.raises(RunError, match="Overloaded"):
        _ = stream.result


def test_a_failure_that_nobody_reads_is_left_behind() -> None:
    worker, _ = agent(OverloadedError())
    with worker.stream("Add.") as stream:
        next(stream)
    with pytest.raises(RunError) as caught:
        _ = stream.result
    assert caught.value.result.stop_reason == "error"


def test_a_stream_is_entered_once_and_read_inside() -> None:
    worker, _ = agent("one", "two")
    stream = worker.stream("Hello?")
    for use in (lambda: next(stream), lambda: stream.result):
        with pytest.raises(AgentError, match="enter the stream"):
            use()
    with stream:
        list(stream)
    with pytest.raises(AgentError, match="cannot be entered again"), stream:
        pass
    assert str(stream.result) == "one"


def test_a_bad_task_is_told_before_anything_begins() -> None:
    worker, _ = agent("never")
    bad: Any = 5
    with pytest.raises(AgentError, match="A task is text"):
        worker.stream(bad)


def test_a_sync_stream_inside_an_async_tool_is_refused() -> None:
    inner, _ = agent("never")

    async def ask() -> str:
        """Ask another agent."""
        with inner.stream("Hello?") as stream:
            return str(stream.result)

    worker, _ = agent(call("ask"), "done", tools=[ask])
    result = worker.run("Ask.")
    assert "would wait for itself" in result.messages[2]["content"][0]["content"]


def test_many_streams_at_the_same_time() -> None:
    workers: list[Agent] = [
        agent(call("add", a=n), f"It is {n}.", tools=[add])[0] for n in range(8)
    ]
    results: dict[int, str] = {}

    def read(number: int) -> None:
        with workers[number].stream("Add.") as stream:
            assert names(list(stream)) == WHOLE
            results[number] = str(stream.result)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {number: f"It is {number}." for number in range(8)}
