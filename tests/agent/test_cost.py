"""What runs cost: the dict, the exact sums, and that they are what the server recorded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery import Agent, Gateway, RunError
from rookery.agent import events
from rookery.agent.tracking import dollars
from rookery.catalog.cost import Cost, cost
from rookery.errors import AgentError, OverloadedError
from rookery.gateway.meter import MemoryUsage, UsageRow
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.testing import provider_server
from tests.agent.common import MODEL, agent, call


def add(a: int = 1, b: int = 0) -> int:
    """Add."""
    return a + b


def used(tokens_in: int, tokens_out: int, **more: Any) -> dict[str, Any]:
    return {"usage": {"input_tokens": tokens_in, "output_tokens": tokens_out, **more}}


WRITES = {
    "cache_creation_input_tokens": 30,
    "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
    "cache_read_input_tokens": 1000,
}


def test_the_dict_of_the_last_run() -> None:
    worker, _ = agent(
        call("add") | used(14, 7),
        {"text": "2"} | used(100, 3, **WRITES),
        tools=[add],
        name="worker",
    )
    result = worker.run("What is 1 + 1?")
    told = worker.cost_tracking
    # 114 * 3 + 10 * 15 + 10 * 3.75 + 20 * 6 + 1000 * 0.3 dollars per million
    assert result.cost == Decimal("0.0009495")
    sums = {"input_tokens": 1144, "output_tokens": 10, "cost": "$0.00095", "unpriced": 0}
    assert told == {
        "total_input_tokens": 1144,
        "total_output_tokens": 10,
        "total_cost": "$0.00095",
        "unpriced": 0,
        "priced_cost": "$0.00095",
        "steps": [
            {
                "step": 1,
                "tool": "add",
                "tools": ["add"],
                "agent": "worker",
                "model": MODEL,
                "input_tokens": 14,
                "uncached_input_tokens": 14,
                "cache_read_input_tokens": 0,
                "cache_write_5m_tokens": 0,
                "cache_write_1h_tokens": 0,
                "output_tokens": 7,
                "cost": "$0.00015",
            },
            {
                "step": 2,
                "tool": None,
                "tools": [],
                "agent": "worker",
                "model": MODEL,
                "input_tokens": 1130,
                "uncached_input_tokens": 100,
                "cache_read_input_tokens": 1000,
                "cache_write_5m_tokens": 10,
                "cache_write_1h_tokens": 20,
                "output_tokens": 3,
                "cost": "$0.00080",
            },
        ],
        "by_model": {MODEL: {"calls": 2, **sums}},
        "by_agent": {"worker": {"calls": 2, **sums}},
    }
    assert json.loads(json.dumps(told)) == told == result.cost_tracking


def test_what_has_no_price_is_counted_and_is_not_zero() -> None:
    replies = [call("add") | used(14, 7), {"text": "2", "model": "my-own"} | used(5, 5)]
    worker, _ = agent(*replies, tools=[add])
    result = worker.run("Add.")
    told = worker.cost_tracking
    assert (result.cost, result.priced_cost) == (None, Decimal("0.000147"))
    assert (told["total_cost"], told["unpriced"], told["priced_cost"]) == (None, 1, "$0.00015")
    assert [step["cost"] for step in told["steps"]] == ["$0.00015", None]
    assert told["by_model"]["my-own"]["cost"] is None
    assert told["by_model"][MODEL]["cost"] == "$0.00015"
    assert worker.total_cost is None
    assert worker.bill.priced_part == Decimal("0.000147")


@given(st.integers(0, 10**22))
def test_amounts_have_four_decimals_and_two_digits_and_are_rounded_once(pico: int) -> None:
    exact = Decimal(pico).scaleb(-12)
    text = dollars(exact)
    decimals = text.partition(".")[2]
    assert len(decimals) >= 4
    assert text.startswith("$")
    assert abs(Decimal(text[1:]) - exact) <= Decimal("0.5").scaleb(-len(decimals))
    if exact and len(decimals) > 4:  # three where it was rounded up to a power of ten
        assert len(text[1:].replace(".", "").lstrip("0")) in (2, 3)


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        ("0", "$0.0000"),
        ("0.1048", "$0.1048"),
        ("10.5", "$10.5000"),
        ("0.00125", "$0.0012"),  # half to even
        ("0.000147", "$0.00015"),
        ("0.0000000000014", "$0.0000000000014"),
        ("1234567.00005", "$1234567.0000"),
    ],
)
def test_amounts(usd: str, text: str) -> None:
    assert dollars(Decimal(usd)) == text


# --- what the server recorded --------------------------------------------------------------------

SCRIPTS: dict[str, list[Any]] = {
    "tools": [call("add") | used(14, 7), {"text": "2"} | used(100, 3, **WRITES)],
    "no price": [{"text": "4", "model": "my-own-model"}],
    "refused": [call("add"), {"error": {"type": "overloaded_error"}}],
    "cut": [call("add"), {"text": "A long reply. " * 20, "cut_after": 8} | used(99, 44)],
    "error": [
        {
            "text": "A long reply. " * 20,
            "error_after": {"events": 6, "error": {"type": "api_error"}},
        }
    ],
    "refusal": [{"text": "No.", "stop_reason": "refusal"}],
    "iterations": [
        {"text": "ok"}
        | used(
            10,
            5,
            iterations=[
                {"type": "message", "input_tokens": 10, "output_tokens": 5},
                {"type": "compaction", "input_tokens": 900, "output_tokens": 90},
            ],
        )
    ],
}


def recorded(rows: Iterable[UsageRow]) -> Cost:
    return sum((cost(row.usage, row.model, row.at) for row in rows), Cost())


def outcome(worker: Agent) -> Cost:
    try:
        return worker.run("Add.").bill
    except RunError as error:
        bill: Cost = error.result.bill
        return bill


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_in_process_it_is_what_the_gateway_recorded(script: list[Any]) -> None:
    usage = MemoryUsage()
    worker = Agent(MODEL, provider=Gateway(ScriptedProvider.of(*script), usage=usage), tools=[add])
    bill = outcome(worker)
    assert bill == recorded(usage.rows) == worker.bill
    assert worker.total_cost == bill.total
    assert worker.cost_tracking["total_input_tokens"] == sum(
        row.usage.prompt_tokens for row in usage.rows
    )


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_over_http_it_is_what_the_server_recorded(
    script: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with provider_server(ScriptedProvider.of(*script)) as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY", server.key)
        with Agent(MODEL, base_url=server.url, tools=[add], max_retries=0) as worker:
            bill = outcome(worker)
    rows = server.gateway.usage.rows  # type: ignore[union-attr]
    assert bill == recorded(rows) == worker.bill
    assert len(rows) == len(script)


async def test_a_cancelled_call_is_billed_as_it_was_recorded() -> None:
    usage = MemoryUsage()
    script = {"text": "A long reply. " * 20, "pace": 0.001} | used(1000, 44)
    worker = Agent(MODEL, provider=Gateway(ScriptedProvider.of(script), usage=usage))

    def on_event(event: events.Event) -> None:
        if isinstance(event, events.TextDelta):
            task.cancel()

    task = asyncio.create_task(worker.arun("Go on.", on_event=on_event))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [row.outcome for row in usage.rows] == ["cancelled"]
    assert worker.bill == recorded(usage.rows)
    assert worker.bill.priced_part >= Decimal("0.003")
    assert [step["tools"] for step in worker.cost_tracking["steps"]] == [[]]


def test_a_broken_call_is_told_as_an_event() -> None:
    seen: list[events.Event] = []
    worker, _ = agent({"text": "A long reply. " * 20, "cut_after": 8} | used(99, 44))
    with pytest.raises(RunError) as caught:
        worker.run("Go on.", on_event=seen.append)
    [told] = [event for event in seen if isinstance(event, events.UsageReported)]
    assert told.usage.input_tokens == 99
    assert caught.value.result.bill == told.bill


# --- several runs --------------------------------------------------------------------------------


def test_runs_add_up_and_the_last_one_stays() -> None:
    replies = [{"text": "a"} | used(10, 1), {"text": "b"} | used(20, 2), OverloadedError()]
    worker, _ = agent(*replies)
    first, second = worker.run("One."), worker.run("Two.")
    assert worker.cost_tracking == second.cost_tracking != first.cost_tracking
    with pytest.raises(RunError):
        worker.run("Three.")
    assert worker.cost_tracking["steps"] == []
    assert first.cost is not None
    assert second.cost is not None
    assert worker.total_cost == first.cost + second.cost


def test_many_threads_lose_no_cost() -> None:
    worker = Agent(MODEL, provider=ScriptedProvider({"rules": [{"reply": "hello"}]}))
    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(lambda _: asyncio.run(worker.arun("Hello?")), range(64)))
    assert worker.total_cost == sum(result.cost or 0 for result in results)
    assert worker.total_cost


def test_before_the_first_run_there_is_no_cost() -> None:
    worker, _ = agent("hello")
    assert worker.total_cost == 0
    assert (worker.cost_tracking["total_cost"], worker.cost_tracking["steps"]) == ("$0.0000", [])


def test_an_agent_that_keeps_no_cost_says_so() -> None:
    worker, _ = agent({"text": "hello"} | used(14, 7), track_cost=False)
    assert worker.run("Hello?").cost == Decimal("0.000147")
    for name in ("cost_tracking", "bill", "total_cost"):
        with pytest.raises(AgentError, match="track_cost=False"):
            getattr(worker, name)
