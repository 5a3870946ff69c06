"""Agents on scripted replies: what they send, do and give back."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from rookery import Agent, Result, RunError
from rookery.agent import events
from rookery.agent.connect import connect
from rookery.errors import AgentError, OverloadedError, SettingsError
from rookery.gateway.gateway import Gateway
from rookery.gateway.meter import MemoryUsage
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.tools import glob, grep, read_file
from tests.agent.common import MODEL, agent, answers, call, sent


def add(a: int, b: int) -> int:
    """Add two numbers.

    Args:
        a: The first.
        b: The second.
    """
    return a + b


def test_a_run_gives_the_text() -> None:
    worker, provider = agent("Hello.", system="Be brief.")
    result = worker.run("Say hello.")
    assert (str(result), f"{result:>8}", result.stop_reason) == ("Hello.", "  Hello.", "end_turn")
    request = sent(provider)
    assert request["system"] == "Be brief."
    assert request["messages"] == [{"role": "user", "content": "Say hello."}]
    assert result.messages[-1] == {
        "role": "assistant",
        "content": [{"type": "text", "text": "Hello."}],
    }


def test_a_task_may_be_content_blocks() -> None:
    worker, provider = agent("ok")
    blocks = [{"type": "text", "text": "Look."}]
    worker.run(blocks)
    assert sent(provider)["messages"][0]["content"] == blocks


def test_a_function_is_offered_and_called() -> None:
    worker, provider = agent(call("add", a=2, b=3), "5", tools=[add])
    result = worker.run("What is 2 + 3?")
    assert str(result) == "5"
    assert sent(provider, 0)["tools"][0]["name"] == "add"
    answer = answers(provider, 1)[0]
    assert (answer["type"], answer["content"]) == ("tool_result", "5")
    assert [step.tools for step in result.steps] == [("add",), ()]


def test_bad_input_from_the_model_is_told_to_the_model() -> None:
    worker, provider = agent(call("add", a="two", b=3), call("subtract"), "sorry", tools=[add])
    worker.run("What is 2 + 3?")
    first = answers(provider, 1)[0]
    second = answers(provider, 2)[0]
    assert first["is_error"] is True
    assert "a" in first["content"]
    assert second["content"] == "There is no tool 'subtract'. Tools: add."


def test_a_failing_tool_is_told_without_a_traceback() -> None:
    def divide(a: int) -> float:
        """Divide one by a number."""
        return 1 / a

    worker, provider = agent(call("divide", a=0), "no", tools=[divide])
    worker.run("Divide.")
    answer = answers(provider)[0]
    assert answer["is_error"] is True
    assert answer["content"] == "ZeroDivisionError: division by zero"


def test_calls_of_one_reply_run_at_the_same_time() -> None:
    barrier = asyncio.Barrier(2)

    async def meet(name: str) -> str:
        """Wait for the other."""
        await barrier.wait()
        return name

    both = {
        "content": [
            {"type": "tool_use", "id": "toolu_1", "name": "meet", "input": {"name": "a"}},
            {"type": "tool_use", "id": "toolu_2", "name": "meet", "input": {"name": "b"}},
        ]
    }
    worker, provider = agent(both, "done", tools=[meet])
    worker.run("Meet.")
    results = answers(provider)
    assert [block["content"] for block in results] == ["a", "b"]


def test_file_tools_stay_in_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("The answer is 42.\n")
    worker, provider = agent(
        call("read_file", path="notes.txt"),
        call("read_file", path="../../etc/passwd"),
        "42",
        tools=[read_file, grep, glob],
        workspace=tmp_path,
    )
    worker.run("What is the answer?")
    assert "42" in answers(provider, 1)[0]["content"]
    assert answers(provider, 2)[0]["is_error"] is True


def test_the_limit_of_turns_is_a_result() -> None:
    replies = [call("add", a=1, b=1)] * 3
    worker, _ = agent(*replies, tools=[add], max_turns=2)
    result = worker.run("Go on.")
    assert (result.stop_reason, len(result.steps)) == ("max_turns", 2)


def test_a_failure_carries_a_valid_history() -> None:
    worker, _ = agent(call("add", a=1, b=1), OverloadedError(), tools=[add])
    with pytest.raises(RunError, match="Overloaded") as caught:
        worker.run("Add.")
    result: Result = caught.value.result
    assert [message["role"] for message in result.messages] == ["user", "assistant", "user"]
    assert len(result.steps) == 1
    assert isinstance(caught.value.__cause__, OverloadedError)


async def test_a_cancelled_tool_leaves_an_interrupted_result() -> None:
    started = asyncio.Event()
    seen: list[events.Event] = []

    async def hang() -> str:
        """Never return."""
        started.set()
        await asyncio.Event().wait()
        return ""

    worker, _ = agent(call("hang"), tools=[hang])
    run = asyncio.create_task(worker.arun("Hang.", on_event=seen.append))
    await started.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert seen[-1] == events.RunEnded(stop_reason="cancelled")


def test_the_cost_is_exact() -> None:
    usage = {"input_tokens": 14, "output_tokens": 7}
    worker, _ = agent({"text": "4", "usage": usage})
    result = worker.run("What is 2+2?")
    assert result.cost == Decimal("0.000147")
    assert (result.usage.input_tokens, result.usage.output_tokens) == (14, 7)


def test_an_unknown_model_is_unpriced() -> None:
    worker, _ = agent({"text": "4", "model": "my-own-model"})
    result = worker.run("What is 2+2?")
    assert result.cost is None
    assert result.priced_cost == 0
    assert result.bill.unpriced == ("input", "output")


def test_events_tell_the_whole_run() -> None:
    seen: list[events.Event] = []
    worker, _ = agent(call("add", a=2, b=3), "The sum is 5.", tools=[add])
    worker.run("Add.", on_event=seen.append)
    kinds = [type(event).__name__ for event in seen if not isinstance(event, events.TextDelta)]
    assert kinds == [
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
    text = "".join(event.text for event in seen if isinstance(event, events.TextDelta))
    assert text == "The sum is 5."


def test_each_run_starts_from_nothing() -> None:
    worker, provider = agent("one", "two")
    worker.run("First.")
    worker.run("Second.")
    assert [m["content"] for m in sent(provider)["messages"]] == ["Second."]


async def test_a_sync_run_works_inside_a_running_loop() -> None:
    worker, _ = agent("Hello.")
    assert str(worker.run("Say hello.")) == "Hello."


def test_a_sync_run_inside_an_async_tool_is_refused() -> None:
    inner, _ = agent("never")

    async def ask() -> str:
        """Ask another agent."""
        return str(inner.run("Hello?"))

    worker, provider = agent(call("ask"), "done", tools=[ask])
    worker.run("Ask.")
    assert "would wait for itself" in answers(provider)[0]["content"]


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(AgentError, match="'add'"):
        agent("hello", tools=[add, add])


def test_without_a_backend_nothing_stands_in() -> None:
    with pytest.raises(AgentError, match="ANTHROPIC_API_KEY"):
        connect(None, None, {})


def test_a_provider_and_a_base_url_are_one_too_many() -> None:
    with pytest.raises(AgentError, match="not both"):
        connect("offline", "http://127.0.0.1:1", {})


def test_an_unknown_provider_is_named() -> None:
    with pytest.raises(SettingsError, match="'nonsense'"):
        connect("nonsense", None, {})


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"ANTHROPIC_API_KEY": "k"}, "anthropic"),
        ({"ANTHROPIC_AUTH_TOKEN": "t"}, "anthropic"),
        ({"ROOKERY_PROVIDER": "offline"}, "offline"),
    ],
)
def test_the_environment_names_the_backend(environment: dict[str, str], name: str) -> None:
    assert connect(None, None, environment).provider.name == name


def test_a_gateway_may_be_shared() -> None:
    usage = MemoryUsage()
    gateway = Gateway(ScriptedProvider.of("one", "two"), usage=usage)
    for task in ("First.", "Second."):
        Agent(MODEL, provider=gateway).run(task)
    assert [row.outcome for row in usage.rows] == ["ok", "ok"]


def test_max_tokens_defaults_to_what_the_model_allows() -> None:
    worker, provider = agent("hello")
    worker.run("Hello.")
    assert sent(provider)["max_tokens"] == 32_000
