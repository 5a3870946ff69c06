"""Budgets: what is reserved, what is left, and that it is never more."""

from __future__ import annotations

import asyncio
import random
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from rookery import Agent, Budget, RunError, create_subagent
from rookery.agent import events
from rookery.agent.begin import begin
from rookery.agent.bound import Bound
from rookery.agent.budget import USEFUL, Need, Purse
from rookery.catalog.lookup import Catalog
from rookery.errors import AgentError
from rookery.gateway.gateway import Gateway
from rookery.gateway.retry import Retries
from rookery.providers.base import Call
from rookery.providers.offline.provider import OfflineProvider
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.wire.messages import CountTokensRequest
from tests.agent.common import MODEL, agent, answers, call, is_valid, sent, use

USD = 10**12


def used(inputs: int, outputs: int, **reply: Any) -> dict[str, Any]:
    return {"usage": {"input_tokens": inputs, "output_tokens": outputs}, **reply}


def note(text: str) -> str:
    """Take a note."""
    return f"noted {text}"


def fail(text: str) -> str:
    """Fail."""
    raise ValueError(text)


def test_a_run_ends_when_its_turns_are_spent() -> None:
    worker, provider = agent(*[call("note", text="x")] * 9, tools=[note])
    result = worker.run("Go.", budget=Budget(turns=3))
    assert (result.stop_reason, len(result.steps)) == ("budget", 3)
    assert is_valid(result.messages)
    assert len(provider.requests) == 3


def test_a_run_ends_before_the_call_that_does_not_fit() -> None:
    script = [used(1000, 100, tool={"name": "note", "input": {"text": "x"}})] * 9
    worker, _ = agent(*script, tools=[note], max_tokens=USEFUL)
    result = worker.run("Go.", budget=Budget(usd="0.02"))
    assert result.stop_reason == "budget"
    assert result.cost is not None
    assert Decimal("0.01") < result.cost <= Decimal("0.02")
    assert is_valid(result.messages)


def test_tokens_are_prompts_and_replies() -> None:
    script = [used(1000, 100, tool={"name": "note", "input": {"text": "x"}})] * 9
    worker, _ = agent(*script, tools=[note], max_tokens=USEFUL)
    result = worker.run("Go.", budget=Budget(tokens=5000))
    assert result.stop_reason == "budget"
    assert 1 < len(result.steps) < 5
    assert result.usage.prompt_tokens + result.usage.output_tokens <= 5000


def test_the_reply_is_clamped_to_what_is_left() -> None:
    worker, provider = agent("Hello.", max_tokens=32_000)
    worker.run("Go.", budget=Budget(tokens=4000))
    assert USEFUL <= sent(provider)["max_tokens"] < 4000
    worker, provider = agent("Hello.", max_tokens=32_000)
    worker.run("Go.", budget=Budget(tokens=400_000))
    assert sent(provider)["max_tokens"] == 32_000


def test_where_nothing_useful_fits_nothing_is_sent() -> None:
    worker, provider = agent("Hello.")
    for budget in (Budget(tokens=10), Budget(usd="0.000001")):
        result = worker.run("Go.", budget=budget)
        assert (result.stop_reason, result.steps) == ("budget", ())
        assert result.messages == [{"role": "user", "content": "Go."}]
    assert not provider.requests


def test_a_budget_of_the_agent_is_for_each_run() -> None:
    script = [call("note", text="x"), call("note", text="x")] * 2
    worker, _ = agent(*script, tools=[note], budget=Budget(turns=2))
    assert worker.run("Go.").stop_reason == "budget"
    assert len(worker.run("Go.").steps) == 2
    worker, _ = agent("one", tools=[note], budget=Budget(turns=2))
    assert worker.run("Go.", budget=Budget(turns=5)).stop_reason == "end_turn"


async def test_time_that_is_over_ends_a_run_also_amid_a_tool() -> None:
    async def hang() -> str:
        """Hang."""
        await asyncio.Event().wait()
        return ""

    worker, _ = agent(call("hang"), tools=[hang])
    result = await worker.arun("Go.", budget=Budget(seconds=0.05))
    assert result.stop_reason == "budget"
    assert is_valid(result.messages)
    assert "interrupted" in str(result.messages[-1])


def test_a_tool_may_be_called_so_often() -> None:
    script = [call("note", text=str(number)) for number in range(4)]
    worker, provider = agent(*script, "Done.", tools=[note])
    result = worker.run("Go.", budget=Budget(tool_calls={"note": 2}))
    told = [
        block["content"]
        for m in result.messages
        for block in m["content"]
        if m["role"] == "user" and isinstance(block, dict)
    ]
    assert told[:2] == ["noted 0", "noted 1"]
    assert told[2:] == ["note was not run: this run may call it 2 times, and has."] * 2
    assert answers(provider)[0]["is_error"]


def test_the_same_failing_call_ends_the_run() -> None:
    worker, provider = agent(*[call("fail", text="x")] * 9, tools=[fail])
    result = worker.run("Go.")
    assert result.stop_reason == "loop"
    assert len(provider.requests) == 4
    assert is_valid(result.messages)
    others = [call("fail", text=str(number)) for number in range(9)]
    worker, _ = agent(*others, "Done.", tools=[fail])
    assert worker.run("Go.").stop_reason == "end_turn"


@pytest.mark.parametrize(
    "fields",
    [
        {"usd": 0}, {"usd": -1}, {"usd": "much"}, {"usd": True}, {"usd": float("nan")},
        {"tokens": 0}, {"tokens": -5}, {"tokens": 1.5}, {"turns": 0}, {"turns": True},
        {"seconds": 0}, {"seconds": -1}, {"seconds": float("inf")},
        {"tool_calls": {"note": 0}}, {"tool_calls": ["note"]},
    ],
)  # fmt: skip
def test_what_is_no_budget_is_told(fields: dict[str, Any]) -> None:
    with pytest.raises(AgentError, match="of a budget must be"):
        Budget(**fields)


def test_what_is_given_must_be_a_budget() -> None:
    worker, _ = agent("hello")
    with pytest.raises(AgentError, match="must be a Budget"):
        worker.run("Go.", budget=5)  # type: ignore[arg-type]


def test_without_a_price_there_is_no_budget_in_dollars() -> None:
    worker = Agent("unheard-of", provider=ScriptedProvider.of("hello"))
    with pytest.raises(RunError, match="cannot be kept with a model that has no price"):
        worker.run("Go.", budget=Budget(usd=1))


def test_a_budget_is_for_the_whole_tree() -> None:
    script = [used(1000, 100, tool={"name": "note", "input": {"text": "x"}})] * 20
    below = create_subagent(
        "logs", tools=[note], provider=ScriptedProvider.of(*script), max_tokens=USEFUL
    )
    lead, provider = agent(
        {"content": [use("logs", task="Look.")]}, "Then not.", max_tokens=USEFUL, tools=[note]
    )
    result = lead.run("Go.", subagents=[below], budget=Budget(usd="0.04", turns=9))
    assert result.cost is not None
    assert result.cost <= Decimal("0.04")
    assert len(result.steps) <= 9
    assert "The agent stopped early (budget)" in str(result.messages)
    assert provider.requests


def test_a_subagent_s_own_budget_is_within_that_above_it() -> None:
    script = [call("note", text="x")] * 20
    below = create_subagent(
        "logs", tools=[note], provider=ScriptedProvider.of(*script), budget=Budget(turns=2)
    )
    lead, _ = agent({"content": [use("logs", task="Look.")]}, "Then not.")
    result = lead.run("Go.", subagents=[below], budget=Budget(turns=10))
    assert result.stop_reason == "end_turn"
    assert len(result.steps) == 4


@pytest.mark.parametrize("usd", ["0.05", "0.2", "0.61", "1.3"])
async def test_fifty_at_the_same_time_never_spend_a_cent_too_much(usd: str) -> None:
    chance = random.Random(usd)  # noqa: S311
    names = [f"worker{number}" for number in range(50)]
    workers = []
    for name in names:
        turns, prompt = [], chance.randint(200, 1400)
        for _ in range(chance.randint(0, 4)):
            output = chance.randint(1, USEFUL)  # never cut: a script plays all it has
            turns.append(used(prompt, output, tool={"name": "note", "input": {"text": "x"}}))
            prompt += output + 9  # a prompt is the one before, its reply, and what is new
        script = ScriptedProvider.of(*turns, used(prompt, 200, text="Done."))
        workers.append(create_subagent(name, tools=[note], provider=script, max_tokens=USEFUL))
    calls = [use(name, number, task="Work.") for number, name in enumerate(names, 1)]
    lead, _ = agent(used(500, 90, content=calls), used(500, 90, text="Done."))
    result = await lead.arun("Go.", subagents=workers, budget=Budget(usd=usd))
    assert result.cost is not None
    assert result.cost <= Decimal(usd)
    assert is_valid(result.messages)


async def test_the_emulated_backend_is_held_to_a_budget_it_counts_itself() -> None:
    workers = [create_subagent(f"worker{number}") for number in range(20)]
    calls = [
        use(one.name, number, task="Say something long. " * number)
        for number, one in enumerate(workers, 1)
    ]
    rules = [{"times": 1, "reply": {"content": calls}}, {"reply": "A reply of some length. " * 9}]
    for usd in ("0.02", "0.05", "0.4"):
        worker = Agent(MODEL, provider=ScriptedProvider({"rules": rules}), cache="1h")
        result = await worker.arun("Go.", subagents=workers, budget=Budget(usd=usd))
        assert result.cost is not None
        assert result.cost <= Decimal(usd)


@pytest.mark.parametrize(
    ("failure", "spent"),
    [
        ({"error": {"type": "rate_limit_error"}}, False),
        ({"error": {"type": "overloaded_error"}}, False),
        ({"error": {"type": "invalid_request_error"}}, False),
        ({"error": {"type": "api_error"}}, True),
        ({"text": "A reply that breaks off.", "cut_after": 0}, True),
        ({"text": "A reply that breaks off.", "cut_after": 4}, True),
    ],
)
async def test_what_nobody_knows_counts_as_spent(failure: dict[str, Any], spent: bool) -> None:
    purse = Purse(Budget(tokens=3000))
    worker = Agent(
        MODEL, provider=ScriptedProvider.of(failure, "Hello."), max_retries=0, max_tokens=USEFUL
    )
    with pytest.raises(RunError):
        await begin(worker, "Go.", None, purse=purse).drive("Go.")
    result = await begin(worker, "Go.", None, purse=purse).drive("Go.")
    assert result.stop_reason == ("budget" if spent else "end_turn")


async def test_each_attempt_is_reserved_for() -> None:
    failures = [{"error": {"type": "api_error"}}] * 3
    seen: list[events.Event] = []

    async def at_once(_: float) -> None:
        pass

    gateway = Gateway(
        ScriptedProvider.of(*failures, "Hello."), retries=Retries(most=5, sleep=at_once)
    )
    worker = Agent(MODEL, provider=gateway, max_tokens=USEFUL)
    result = await worker.arun("Go.", budget=Budget(tokens=4000), on_event=seen.append)
    assert result.stop_reason == "budget"
    retried = [event for event in seen if isinstance(event, events.Retried)]
    assert 0 < len(retried) < 3


def dollar(prompt: int, output: int) -> int:
    return (prompt + 5 * output) * USD // 1_000_000


async def test_who_does_not_fit_waits_for_those_in_flight() -> None:
    purse = Purse(Budget(tokens=1000))
    need = Need(prompt=100, output=500, least=400, price=dollar)
    first = await purse.reserve(need)
    assert first is not None
    second = asyncio.create_task(purse.reserve(need))
    await asyncio.sleep(0)
    assert not second.done()
    first.settle(0, 200)
    reserved = await second
    assert reserved is not None
    assert reserved.output == 500
    reserved.keep()
    assert await purse.reserve(need) is None


async def test_whoever_waits_is_told_when_nothing_will_come() -> None:
    purse = Purse(Budget(tokens=1000))
    need = Need(prompt=100, output=500, least=400, price=dollar)
    first = await purse.reserve(need)
    waiting = [asyncio.create_task(purse.reserve(need)) for _ in range(3)]
    await asyncio.sleep(0)
    assert first is not None
    first.keep()
    assert await asyncio.gather(*waiting) == [None, None, None]


async def spend(purses: list[Purse], chance: random.Random) -> int:
    """Reserve and settle some calls, as chance has it; return what they did cost."""
    spent = 0
    for _ in range(4):
        prompt, wanted = chance.randint(1, 2000), chance.randint(1, 2000)
        need = Need(prompt, wanted, min(wanted, 100), dollar)
        reserved = await chance.choice(purses).reserve(need)
        if reserved is None:
            break
        await asyncio.sleep(0)
        real = (chance.randint(0, prompt), chance.randint(0, reserved.output))
        if chance.random() < 0.1:
            spent += dollar(prompt, reserved.output)
            reserved.keep()
        else:
            spent += dollar(*real)
            reserved.settle(dollar(*real), sum(real))
    return spent


async def test_random_purses_never_hold_more_than_there_is() -> None:
    for seed in range(200):
        chance = random.Random(seed)  # noqa: S311
        limit = chance.randint(1, 400) * USD // 10_000
        outer = Purse(Budget(usd=Decimal(limit) / USD))
        inner = [Purse(Budget(tokens=chance.randint(100, 9000)), outer) for _ in range(3)]
        assert (
            sum(await asyncio.gather(*(spend([outer, *inner], chance) for _ in range(20)))) <= limit
        )


async def test_no_prompt_has_more_tokens_than_its_bound() -> None:
    texts = [
        "Plain words, and some more of them. ", "0123456789" * 9, "日本語の文章です。", "🙂🦉" * 20,
        "{\"a\": [1, 2, 3]}", "def f(x):\n    return x ** 2\n", "\u0001\u0002", "ÀÉÎ" * 9,
        "MIIBIjANBgkqhkiG9w0BAQEFAAOC" * 5, "    \n\n\t" * 9,
    ]  # fmt: skip
    provider, catalog = OfflineProvider(), Catalog.builtin()
    tool = {"name": "note", "description": "Take a note.", "input_schema": {"type": "object"}}
    for seed in range(120):
        chance = random.Random(seed)  # noqa: S311
        model = chance.choice([MODEL, "claude-opus-5-5", "claude-haiku-4-5"])
        history: list[dict[str, Any]] = []
        for turn in range(chance.randint(1, 5)):
            words = "".join(chance.choices(texts, k=chance.randint(1, 9))) or "x"
            history.append({"role": "user", "content": f"{turn} {words}"})
            history.append({"role": "assistant", "content": f"Well: {words} end"})
        fields = {"model": model, "system": "Be brief.", "tools": [tool] * chance.randint(0, 1)}
        body = {**fields, "messages": history[:-1]}
        count = await provider.count_tokens(
            CountTokensRequest(msgspec.json.encode(body)), Call("req_1")
        )
        bound = Bound(fields, catalog.find(model)).tokens(history[:-1])
        assert count.input_tokens <= bound


def nothing() -> str:
    """Do nothing."""
    return ""


async def test_the_ids_of_calls_are_part_of_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    bounds: list[int] = []
    tokens = Bound.tokens

    def told(bound: Bound, history: list[dict[str, Any]]) -> int:
        bounds.append(tokens(bound, history))
        return bounds[-1]

    monkeypatch.setattr(Bound, "tokens", told)
    for count in (1, 40):
        ids = [f"toolu_01{'Zx9Qk' * 6}{number}" for number in range(count)]
        calls = [{**use("nothing"), "id": name} for name in ids]
        worker, _ = agent({"content": calls}, "Done.", tools=[nothing])
        result = await worker.arun("Go.", budget=Budget(tokens=1_000_000))
        prompts = [step.usage.prompt_tokens for step in result.steps]
        assert all(prompt <= most for prompt, most in zip(prompts, bounds, strict=True))
        bounds.clear()


def test_what_has_no_price_is_counted_in_tokens_all_the_same() -> None:
    script = [used(1000, 100, model="llama", tool={"name": "note", "input": {"text": "x"}})] * 5
    worker, _ = agent(*script, "Done.", tools=[note])
    result = worker.run("Go.", budget=Budget(tokens=60_000))
    assert (result.stop_reason, result.cost) == ("end_turn", None)


async def test_another_attempt_is_no_further_turn() -> None:
    async def at_once(_: float) -> None:
        pass

    provider = ScriptedProvider.of({"error": {"type": "api_error"}}, "Hello.")
    gateway = Gateway(provider, retries=Retries(most=1, sleep=at_once))
    result = await Agent(MODEL, provider=gateway).arun("Go.", budget=Budget(turns=1))
    assert (result.stop_reason, str(result)) == ("end_turn", "Hello.")
