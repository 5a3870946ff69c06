"""Many tasks for one agent: what comes of each, within a budget, with a cache that is warm."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from decimal import Decimal
from typing import Any

import pytest

from rookery import Agent, Budget, Policy, RunError, create_subagent
from rookery.agent import events, warming
from rookery.agent.item import Item
from rookery.agent.mapping import CONCURRENCY
from rookery.errors import AgentError
from rookery.providers.base import Call
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.wire.events import Event as WireEvent
from rookery.wire.messages import Request
from tests.agent.common import MODEL, agent, answers, call, is_valid, sent, use
from tests.agent.test_sync import outcome, program

LONG = "You know what the shop sells, and answer in one word. " * 200
"""A system prompt that is long enough for the cache."""


def echo(**reply: Any) -> dict[str, Any]:
    """A script that says of each task whose it is; a task with `bad` in it is refused."""
    bad = {"match": {"text": "bad"}, "reply": {"error": {"type": "invalid_request_error"}}}
    return {"rules": [bad, {"reply": {"text": "Done.", **reply}}]}


def worker(script: Any = None, **options: Any) -> tuple[Agent[Any], ScriptedProvider]:
    provider = ScriptedProvider(script or echo(), sleep=turns)
    options = {"cache": False, "max_retries": 0, **options}
    return Agent(MODEL, provider=provider, **options), provider


async def turns(_: float) -> None:
    """Let the others have many turns of the loop."""
    for _ in range(200):
        await asyncio.sleep(0)


def texts(items: list[Item[Any]]) -> list[str]:
    return [str(item.result) for item in items]


# --- what comes of each --------------------------------------------------------------------------


def test_results_are_in_the_order_of_their_tasks() -> None:
    rules = [
        {"match": {"text": f"Task {n}."}, "reply": {"text": f"{n}", "latency": n % 3}}
        for n in range(25)
    ]
    one, _ = worker({"rules": rules})
    runs = one.map([f"Task {n}." for n in range(25)])
    items = runs.results()
    assert texts(items) == [str(n) for n in range(25)]
    assert [item.index for item in items] == list(range(25))
    assert [item.task for item in items] == [f"Task {n}." for n in range(25)]
    assert runs.outcome.stop_reasons == {"end_turn": 25}
    assert runs.outcome.tasks == runs.outcome.ended == 25
    assert runs.outcome.cost == one.total_cost == sum(item.result.cost for item in items)  # type: ignore[union-attr, misc]
    assert str(runs.outcome).startswith("25 of 25 tasks (25 end_turn), $0.0")


async def test_they_come_as_they_end() -> None:
    rules = [
        {"match": {"text": "slow"}, "reply": {"text": "slow", "latency": 1}},
        {"reply": "fast"},
    ]
    one, _ = worker({"rules": rules})
    async with one.amap(["slow", "a", "b"]) as runs:
        found = [item.index async for item in runs]
        assert runs.outcome.ended == 3
    assert found == [1, 2, 0]


def test_with_a_block_that_is_read_in_part() -> None:
    one, _ = worker()
    with one.map(["a", "b", "c"], concurrency=1) as runs:
        first = next(runs)
        rest = runs.results()
    assert [first.index, *(item.index for item in rest)] == [0, 1, 2]


def test_one_that_fails_stops_no_other() -> None:
    one, _ = worker()
    tasks: list[Any] = ["a", "bad", 5, "", [{"type": "text", "text": "b"}], None]
    runs = one.map(tasks)
    items = runs.results()
    assert [item.stop_reason for item in items] == [
        "end_turn", "error", "error", "error", "end_turn", "error",
    ]  # fmt: skip
    assert isinstance(items[1].error, RunError)
    assert items[1].error.result.messages[0]["content"] == "bad"
    for at in (2, 3, 5):
        assert "A task is text or a list of content blocks" in str(items[at].error)
    assert runs.outcome.not_run == 3
    assert runs.outcome.stop_reasons == {"end_turn": 2, "error": 4}


def test_a_model_is_chosen_for_each_and_may_fail_for_one() -> None:
    def choose(task: str) -> str:
        if task == "odd":
            raise ValueError("what is this?")
        return MODEL

    one = Agent(choose, provider=ScriptedProvider(echo()))
    items = one.map(["a", "odd"]).results()
    assert (str(items[0].result), str(items[1].error)) == ("Done.", "what is this?")


def test_no_task_gives_nothing() -> None:
    one, provider = worker()
    runs = one.map([])
    assert runs.results() == []
    assert runs.outcome.tasks == runs.outcome.ended == runs.outcome.cost == 0
    assert not provider.requests


def test_each_has_the_tools_subagents_and_messages_of_the_call() -> None:
    def note(text: str) -> str:
        """Take a note."""
        return f"noted {text}"

    below = create_subagent("logs", provider=ScriptedProvider(echo()))
    rules = [
        {"match": {"tool_result": "noted"}, "reply": "Done."},
        {"reply": {"content": [use("note", 1, text="x"), use("logs", 2, task="Look.")]}},
    ]
    one, provider = worker({"rules": rules})
    history = [{"role": "user", "content": "Hi."}, {"role": "assistant", "content": "Hello."}]
    items = one.map(["a", "b"], tools=(note,), subagents=[below], messages=history).results()
    assert texts(items) == ["Done.", "Done."]
    assert [block["content"] for block in answers(provider)] == ["noted x", "Done."]
    assert sent(provider)["messages"][0]["content"] == "Hi."
    assert all(item.result and len(item.result.steps) == 3 for item in items)


def test_events_come_with_the_index_of_their_task() -> None:
    one, _ = worker()
    seen: list[tuple[int, events.Event]] = []
    one.map(["a", "b"], on_event=lambda index, event: seen.append((index, event))).results()
    begun = {index: event.task for index, event in seen if isinstance(event, events.RunStarted)}
    assert begun == {0: "a", 1: "b"}
    assert sum(isinstance(event, events.RunEnded) for _, event in seen) == 2


def test_what_a_callback_raises_ends_that_run_only() -> None:
    def on_event(index: int, event: events.Event) -> None:
        if index == 1:
            raise ValueError("enough")

    one, provider = worker()
    items = one.map(["a", "b", "c"], on_event=on_event).results()
    assert [item.stop_reason for item in items] == ["end_turn", "error", "end_turn"]
    assert str(items[1].error) == "ValueError: enough"
    assert len(provider.requests) == 2


def test_a_run_that_waits_for_an_approval_says_so() -> None:
    def note(text: str) -> str:
        """Take a note."""
        return text

    rules = [{"match": {"tool_result": "x"}, "reply": "Done."}, {"reply": call("note", text="x")}]
    one, _ = worker({"rules": rules}, tools=[note], policy=Policy(ask=["note"]), approve="pending")
    [item] = one.map(["a"]).results()
    assert item.stop_reason == "awaiting_approval"
    assert item.result is not None
    assert item.result.state is not None
    again = one.resume(item.result.state, {item.result.pending[0].id: "allow"})
    assert str(again) == "Done."


# --- how many at the same time -------------------------------------------------------------------


class Watch:
    """Tasks, which know how many were taken; and how many runs there are."""

    def __init__(self, count: int) -> None:
        self.count, self.taken, self.ended, self.ahead, self.most = count, 0, 0, 0, 0

    def note(self) -> str:
        self.taken += 1
        self.ahead = max(self.ahead, self.taken - self.ended)
        return "a"

    def __iter__(self) -> Iterator[str]:
        for _ in range(self.count):
            yield self.note()

    async def __aiter__(self) -> AsyncIterator[str]:
        for _ in range(self.count):
            await asyncio.sleep(0)
            yield self.note()


@pytest.mark.parametrize("concurrency", [1, 3, CONCURRENCY, 100])
async def test_tasks_are_not_read_ahead(concurrency: int) -> None:
    one, _ = worker(echo(latency=1))
    for lazy in (False, True):
        tasks = Watch(60)
        source: Any = tasks if lazy else iter(tasks)
        async with one.amap(source, concurrency=concurrency, warm=False) as runs:
            async for _ in runs:
                tasks.ended += 1
        assert tasks.taken == tasks.ended == runs.outcome.tasks == 60
        assert tasks.ahead <= 2 * concurrency  # those that run, and those that are not read yet


async def test_a_slow_reader_is_waited_for() -> None:
    tasks = Watch(500)
    one, _ = worker()
    async with one.amap(iter(tasks), concurrency=5) as runs:
        await turns(0)
        await turns(0)
        assert tasks.taken <= 10
        assert sum([1 async for _ in runs]) == 500


def test_a_generator_may_use_the_agent_itself() -> None:
    one, _ = worker()
    tasks = (f"After {one.run('first')}" for _ in range(3))
    items = one.map(tasks).results()
    assert [item.task for item in items] == ["After Done."] * 3


async def test_the_sync_form_works_where_a_loop_runs() -> None:
    one, _ = worker()
    with one.map(Watch(20)) as runs:
        assert sum(1 for _ in runs) == 20


def test_a_thousand_in_one_process() -> None:
    one, _ = worker()
    runs = one.map((f"Task {number}." for number in range(1000)), concurrency=100)
    with runs:
        for item in runs:
            assert str(item.result) == "Done."
    assert runs.outcome.stop_reasons == {"end_turn": 1000}
    assert runs.outcome.cost == one.total_cost


async def test_nothing_is_kept_of_items_that_were_read() -> None:
    one, _ = worker(track_cost=False)
    async with one.amap(f"Task {number}. " * 1000 for number in range(300)) as runs:
        most = 0
        async for _ in runs:
            most = max(most, len(runs._items) + runs._running)
        assert most <= 2 * CONCURRENCY
        assert not runs._items


# --- what ends it early --------------------------------------------------------------------------


async def test_leaving_cancels_what_is_left() -> None:
    began = asyncio.Event()
    hung: set[str] = set()

    async def hang(text: str) -> str:
        """Hang."""
        began.set()
        hung.add(text)
        try:
            await asyncio.Event().wait()
        finally:
            hung.discard(text)
        return ""

    one, provider = worker({"rules": [{"reply": call("hang", text="x")}]}, tools=[hang])
    async with one.amap(["a"] * 50, concurrency=5) as runs:
        await began.wait()
    assert not hung
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert 0 < len(provider.requests) <= 5
    assert runs.outcome.ended == 0
    assert runs.outcome.cost == one.total_cost
    assert runs.outcome.cost
    assert [item async for item in runs] == []


async def test_cancelling_the_reader_cancels_all() -> None:
    began = asyncio.Event()

    async def hang() -> str:
        """Hang."""
        began.set()
        await asyncio.Event().wait()
        return ""

    one, _ = worker({"rules": [{"reply": call("hang")}]}, tools=[hang])
    reader = asyncio.create_task(one.amap(["a"] * 5).results())
    await began.wait()
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("lazy", [False, True])
async def test_what_the_tasks_raise_comes_after_those_before(lazy: bool) -> None:
    def broken() -> Iterator[str]:
        yield "a"
        yield "b"
        raise OSError("the file is gone")

    async def broken_too() -> AsyncIterator[str]:
        for task in broken():
            yield task

    one, _ = worker(echo(latency=1))
    found = []
    async with one.amap(broken_too() if lazy else broken()) as runs:
        with pytest.raises(OSError, match="the file is gone"):
            async for item in runs:
                found.append(str(item.result))  # noqa: PERF401 -- it raises
    assert found == ["Done."] * 2


@pytest.mark.parametrize(
    "form",
    [
        "agent.map(['a'] * 50, on_event=show).results()",
        "with agent.map(['a'] * 50, on_event=show) as runs: list(runs)",
    ],
)
def test_ctrl_c_ends_all_at_once(form: str) -> None:
    body = f"""
    def show(index, event):
        print(type(event).__name__, flush=True)
    async def hang():
        "Hang."
        await asyncio.Event().wait()
    call = {{"tool": {{"name": "hang", "input": {{}}}}}}
    calls = ScriptedProvider({{"rules": [{{"reply": call}}]}})
    agent = Agent("claude-sonnet-4-6", provider=calls, tools=[hang])
    try:
        {form}
    except KeyboardInterrupt:
        print("interrupted", agent.bill.priced_part > 0)
    """
    process = program(body)
    assert process.stdout is not None
    while process.stdout.readline().strip() != "ToolCalled":
        pass
    process.send_signal(signal.SIGINT)
    status, out, errors = outcome(process)
    assert (status, errors) == (0, "")
    assert out.endswith("interrupted True\n")
    assert "RunEnded" in out


# --- budgets -------------------------------------------------------------------------------------


def used(inputs: int, outputs: int, **reply: Any) -> dict[str, Any]:
    return {"usage": {"input_tokens": inputs, "output_tokens": outputs}, **reply}


def test_a_budget_that_is_spent_leaves_the_rest_not_run() -> None:
    one, provider = worker(echo(usage={"input_tokens": 1000, "output_tokens": 100}), max_tokens=300)
    runs = one.map(["a"] * 40, budget=Budget(usd="0.05"))
    items = runs.results()
    assert runs.outcome.cost is not None
    assert runs.outcome.cost <= Decimal("0.05")
    left = [item for item in items if item.stop_reason == "budget"]
    assert len(left) == runs.outcome.not_run == 40 - len(provider.requests)
    assert 3 <= len(provider.requests) < 40
    assert not any(item.is_run for item in left)
    assert all(item.result and item.result.messages for item in left)


class Honest(ScriptedProvider):
    """Says something or calls a tool, as chance has it, and no more than it is asked for."""

    chance = random.Random(0)  # noqa: S311

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[WireEvent, None]:
        most = request.body.max_tokens * 9 // 10 - 60
        text = "word " * min(self.chance.randint(1, 900), most)
        said = {"tool": {"name": "note", "input": {"text": text}}}
        one = ScriptedProvider.of(said if self.chance.random() < 0.5 else text)
        async with aclosing(one.stream(request, call)) as found:
            async for event in found:
                await asyncio.sleep(0)
                yield event


@pytest.mark.parametrize("seed", range(8))
async def test_fifty_at_the_same_time_never_spend_too_much(seed: int) -> None:
    provider = Honest.of()
    provider.chance = chance = random.Random(seed)  # noqa: S311

    def note(text: str) -> str:
        """Take a note."""
        return f"noted {text}"

    usd = Decimal(chance.randint(3, 90)) / 100
    one = Agent(MODEL, provider=provider, tools=[note], max_tokens=1000, max_retries=0)
    tasks = ["Work. " * chance.randint(1, 300) for _ in range(120)]
    runs = one.amap(tasks, concurrency=50, budget=Budget(usd=usd))
    items = await runs.results()
    assert runs.outcome.cost is not None
    assert 0 < runs.outcome.cost <= usd
    assert {item.stop_reason for item in items} <= {"end_turn", "budget"}
    assert runs.outcome.not_run
    assert all(is_valid(item.result.messages) for item in items if item.result)


def test_the_budget_of_the_agent_is_for_each() -> None:
    def note(text: str) -> str:
        """Take a note."""
        return text

    one, provider = worker(
        {"rules": [{"reply": call("note", text="x")}]}, tools=[note], budget=Budget(turns=2)
    )
    runs = one.map(["a"] * 9, budget=Budget(turns=7), concurrency=1)
    items = runs.results()
    assert len(provider.requests) == 7
    assert {len(item.result.steps) for item in items if item.result} <= {0, 1, 2}
    assert runs.outcome.stop_reasons == {"budget": 9}
    assert runs.outcome.not_run == 5


async def test_time_is_that_of_all_together() -> None:
    async def hang() -> str:
        """Hang."""
        await asyncio.Event().wait()
        return ""

    one, provider = worker({"rules": [{"reply": call("hang")}]}, tools=[hang])
    runs = one.amap(["a"] * 9, concurrency=2, budget=Budget(seconds=0.05))
    items = await runs.results()
    assert runs.outcome.stop_reasons == {"budget": 9}
    assert len(provider.requests) == 2  # the others had no time left
    assert sum(item.is_run for item in items) == 2


# --- warming -------------------------------------------------------------------------------------


def reads_and_writes(items: list[Item[Any]]) -> tuple[int, int]:
    """How many runs read the long prompt from the cache, and how many wrote it."""
    usages = [item.result.steps[0].usage for item in items if item.result]
    reads = [one.cache_read_input_tokens or 0 for one in usages]
    writes = [one.cache_creation_input_tokens or 0 for one in usages]
    return sum(n > 1024 for n in reads), sum(n > 1024 for n in writes)


async def test_the_first_writes_and_the_others_read() -> None:
    one, _ = worker(echo(latency=1), system=LONG, cache="5m")
    runs = one.amap([f"Task {n}." for n in range(30)], concurrency=8)
    assert reads_and_writes(await runs.results()) == (29, 1)
    told = runs.outcome
    assert told.tokens_read > 29 * 1024
    assert told.cost is not None
    plain, _ = worker(echo(), system=LONG)
    without = plain.amap([f"Task {n}." for n in range(30)])
    await without.results()
    assert without.outcome.cost is not None
    assert told.saved == without.outcome.cost - told.cost
    assert "saved by the cache" in str(told)
    assert without.outcome.tokens_read == without.outcome.saved == 0


async def test_without_it_all_that_run_at_once_write() -> None:
    one, _ = worker(echo(latency=1), system=LONG, cache="5m")
    runs = one.amap([f"Task {n}." for n in range(30)], concurrency=8, warm=False)
    assert reads_and_writes(await runs.results()) == (22, 8)


async def test_what_is_written_and_not_read_is_a_loss() -> None:
    one, _ = worker(system=LONG, cache="5m")
    runs = one.amap(["a"])
    await runs.results()
    assert runs.outcome.saved is not None
    assert runs.outcome.saved < 0
    other, _ = worker(echo(model="my-own"), system=LONG, cache="5m")
    runs = other.amap(["a", "b"])
    await runs.results()
    assert (runs.outcome.cost, runs.outcome.saved) == (None, None)


@pytest.mark.parametrize("options", [{"system": LONG, "cache": False}, {"cache": "5m"}])
async def test_where_nothing_is_shared_nobody_waits(options: dict[str, Any]) -> None:
    together = asyncio.Barrier(5)

    async def meet(_: float) -> None:
        await together.wait()

    provider = ScriptedProvider(echo(latency=1), sleep=meet)
    one = Agent(MODEL, provider=provider, **options)
    assert len(await one.amap(["a"] * 5).results()) == 5


async def test_a_first_reply_that_does_not_come_is_waited_for_so_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(warming, "PATIENCE", 0.02)
    others = asyncio.Event()

    async def stuck(_: float) -> None:
        await others.wait()

    rules = [{"match": {"text": "first"}, "reply": {"text": "1", "latency": 1}}, {"reply": "2"}]
    provider = ScriptedProvider({"rules": rules}, sleep=stuck)
    one = Agent(MODEL, provider=provider, system=LONG)
    async with one.amap(["first", "b", "c"]) as runs:
        assert {str((await anext(runs)).result) for _ in range(2)} == {"2"}
        others.set()
        assert str((await anext(runs)).result) == "1"


async def test_a_first_one_that_fails_holds_up_nobody() -> None:
    one, _ = worker(system=LONG, cache="5m")
    items = await one.amap(["bad", "a", "b"]).results()
    assert [item.stop_reason for item in items] == ["error", "end_turn", "end_turn"]


async def test_subagents_that_are_called_at_once_share_a_warm_cache() -> None:
    provider = ScriptedProvider(echo(latency=1), sleep=turns)
    below = create_subagent("logs", model=MODEL, system=LONG, provider=provider)
    lead, _ = agent({"content": [use("logs", n, task=f"Task {n}.") for n in range(9)]}, "Done.")
    result = await lead.arun("Go.", subagents=[below])
    written = [step.usage.cache_creation_input_tokens or 0 for step in result.steps]
    assert sum(n > 1024 for n in written) == 1


# --- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tasks", "options", "told"),
    [
        ("Do it.", {}, "tasks must be a list of tasks"),
        (5, {}, "tasks must be a list of tasks"),
        ({"a": 1}, {}, "tasks must be a list of tasks"),
        (None, {}, "tasks must be a list of tasks"),
        (["a"], {"concurrency": 0}, "concurrency must be a whole number above 0"),
        (["a"], {"concurrency": -1}, "concurrency must be a whole number above 0"),
        (["a"], {"concurrency": True}, "concurrency must be a whole number above 0"),
        (["a"], {"concurrency": 1.5}, "concurrency must be a whole number above 0"),
        (["a"], {"budget": 5}, "budget must be a Budget"),
        (["a"], {"tools": [5]}, "tool"),
        (["a"], {"subagents": "logs"}, "subagents must be a list of agents"),
        (["a"], {"messages": 5}, "messages must be a list"),
        (["a"], {"on_event": 5}, "on_event must be a function"),
        (["a"], {"name": "nightly"}, "Results are kept by name in a store: give both"),
        (["a"], {"store": "results.db"}, "Results are kept by name in a store: give both"),
    ],
)
def test_what_cannot_be_is_told_before_anything_runs(
    tasks: Any, options: dict[str, Any], told: str
) -> None:
    one, provider = worker()
    for form in (one.map, one.amap):
        with pytest.raises(AgentError, match=told):
            form(tasks, **options)
    assert not provider.requests


def test_it_is_entered_once() -> None:
    one, _ = worker()
    runs = one.map(["a"])
    with pytest.raises(AgentError, match="The runs have not begun"):
        next(runs)
    runs.results()
    with pytest.raises(AgentError, match="cannot be entered again"), runs:
        pass
