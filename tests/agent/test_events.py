"""Events: they tell the whole run, as JSON too; and callbacks that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from rookery import Policy, RunError, create_subagent
from rookery.agent import events
from rookery.agent.hooks import AddContext, Hook, ToolUse
from rookery.agent.loop import INTERRUPTED
from rookery.tools import ToolContext, ToolResult
from tests.agent.common import agent, is_valid, text, use


def add(a: int, ctx: ToolContext, b: int = 0) -> int:
    """Add."""
    ctx.progress("adding")
    return a + b


THOUGHT = {"type": "thinking", "thinking": "Hm, let me see.", "signature": "EqQBCgIYAhIM"}
SLOWED = {"error": {"type": "rate_limit_error", "headers": {"retry-after-ms": "0.01"}}}
SCRIPT = (SLOWED, {"content": [THOUGHT, text("I add."), use("add", a=2)]}, "It is 2.")


class Sum(msgspec.Struct):
    """An output."""

    value: int


class Adding(Hook):
    """Adds to answers."""

    def after_tool(self, use: ToolUse, result: ToolResult) -> AddContext:
        """Add."""
        return AddContext("so be it")


ASKING: dict[str, Any] = {
    "policy": Policy(ask=["add"]),
    "approve": lambda _: True,
    "hooks": [Adding()],
}
FAILING: dict[str, Any] = {"max_retries": 1}


def collected(*replies: Any, **options: Any) -> list[events.Event]:
    seen: list[events.Event] = []
    worker, _ = agent(*replies, tools=[add], **ASKING, **FAILING, **options)
    with contextlib.suppress(RunError):
        worker.run([text("Add.")], on_event=seen.append)
    return seen


def compactions() -> list[events.Event]:
    """A run whose prompts are long from the beginning on, with a summary and without one."""
    talk = [{"role": "user", "content": "Talk."}, {"role": "assistant", "content": "Words. " * 400}]
    asked = {"id": "toolu_1", "type": "tool_use", "name": "add", "input": {"a": 1}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "1 " * 2000}
    added = [{"role": "assistant", "content": [asked]}, {"role": "user", "content": [result]}]
    history = [*talk, talk[0], *added, *talk[::-1], talk[1]]
    options = {"compact_at": 1_000, "messages": history}
    return [
        *collected("They talked.", "Yes.", **options),
        *collected("", "Yes.", **options),
    ]


def resumed() -> list[events.Event]:
    seen: list[events.Event] = []
    worker, _ = agent(
        {"content": [use("add", a=2)]}, "Done.", tools=[add], **{**ASKING, "approve": "pending"}
    )
    worker.resume(worker.run("Add.").state or {}, {}, on_event=seen.append)
    return seen


def teamwork() -> list[events.Event]:
    """A run that gives a task to another agent."""
    seen: list[events.Event] = []
    worker, _ = agent(use_reply("other"), "It is 2.", "Yes.")
    worker.run("Add.", subagents=[create_subagent("other")], on_event=seen.append)
    return seen


def use_reply(name: str) -> dict[str, Any]:
    return {"content": [use(name, task="Add.")]}


def test_every_event_has_a_json_form_that_says_the_same() -> None:
    failed = {"error": {"type": "invalid_request_error"}}
    seen = [
        *collected(*SCRIPT),
        *collected("It is 2.", failed, output_type=Sum),
        *compactions(),
        *resumed(),
        *teamwork(),
    ]
    assert {type(event) for event in seen} == set(events.Event.__args__)
    for event in seen:
        assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) == event
        assert msgspec.to_builtins(event)["event"]
    [first, *_] = [event for event in seen if isinstance(event, events.UsageReported)]
    price = msgspec.json.decode(msgspec.json.encode(first))["bill"]["lines"][0]["price"]
    assert Decimal(price) == 3


class Stop(Exception):  # noqa: N818
    """What a callback raises."""


def stop_at(kind: type[events.Event], error: BaseException) -> Callable[[events.Event], None]:
    ended = False

    def on_event(event: events.Event) -> None:
        nonlocal ended
        assert not ended, "a callback that failed is not called again"
        if isinstance(event, kind):
            ended = True
            raise error

    return on_event


KINDS = [
    kind for kind in events.Event.__args__ if kind in {type(event) for event in collected(*SCRIPT)}
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
async def test_what_a_callback_raises_ends_the_run(kind: type[events.Event]) -> None:
    error = Stop("enough")
    worker, provider = agent(*SCRIPT, tools=[add], **ASKING, **FAILING)
    with pytest.raises(RunError, match="Stop: enough") as caught:
        await worker.arun("Add.", on_event=stop_at(kind, error))
    assert caught.value.__cause__ is error
    assert error.__context__ is None
    assert is_valid(caught.value.result.messages)
    assert provider.open_streams == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_a_callback_that_fails_at_a_decision_keeps_the_tool_from_running() -> None:
    ran: list[int] = []

    def note() -> None:
        """Note it."""
        ran.append(1)

    worker, _ = agent({"content": [use("note", 1)]}, tools=[note], policy=Policy(allow=["note"]))
    with pytest.raises(RunError):
        worker.run("Go.", on_event=stop_at(events.Decided, Stop()))
    assert not ran


async def test_other_tools_are_cancelled_when_a_callback_fails() -> None:
    cancelled = asyncio.Event()

    async def hang() -> str:
        """Wait."""
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return ""

    both = {"content": [use("hang", 1), use("add", 2, a=1)]}
    worker, _ = agent(both, tools=[add, hang])
    with pytest.raises(RunError) as caught:
        await worker.arun("Go.", on_event=stop_at(events.ToolReturned, Stop()))
    assert cancelled.is_set()
    results = caught.value.result.messages[-1]["content"]
    assert [block["content"] for block in results] == [
        INTERRUPTED,
        "1",
    ]


def test_a_callback_may_end_the_program() -> None:
    worker, _ = agent(*SCRIPT, "still here", tools=[add], max_retries=1)
    with pytest.raises(SystemExit):
        worker.run("Add.", on_event=stop_at(events.ToolReturned, SystemExit(1)))
    assert str(worker.run("Hello?")) == "It is 2."


def test_a_sync_run_inside_a_callback_is_refused() -> None:
    def on_event(event: events.Event) -> None:
        worker.run("Again.")

    worker, _ = agent(*SCRIPT, tools=[add], max_retries=1)
    with pytest.raises(RunError, match="would wait for itself"):
        worker.run("Add.", on_event=on_event)
