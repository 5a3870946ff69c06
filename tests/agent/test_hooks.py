"""Hooks: when they are asked, what they can do, and what becomes of those that fail."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from rookery import Policy
from rookery.agent import events
from rookery.agent.approval import Deny
from rookery.agent.hooks import AddContext, Change, Continue, Hook, ModelCall, Stopping, ToolUse
from rookery.errors import AgentError, PolicyError
from rookery.tools import tool
from tests.agent.common import agent, answers, call, is_valid, sent, use


@tool
def refund(amount: int) -> str:
    """Pay money back."""
    return f"paid {amount}"


@tool(read_only=True)
def look() -> str:
    """Look."""
    return "seen"


def run(*hooks: Hook, script: Any = None, **options: Any) -> tuple[Any, Any, list[events.Event]]:
    script = script or (call("refund", amount=3), "Done.")
    one, provider = agent(*script, tools=[refund, look], hooks=hooks, **options)
    seen: list[events.Event] = []
    result = one.run("Go.", on_event=seen.append)
    assert is_valid(result.messages)
    return result, provider, seen


def acted(seen: list[events.Event]) -> list[tuple[str, str, str, str]]:
    found = [event for event in seen if isinstance(event, events.HookActed)]
    return [(event.hook, event.point, event.did, event.detail) for event in found]


class Everything(Hook):
    """Notes what it is asked, plainly and as coroutines."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    async def before_model(self, call: ModelCall) -> None:
        self.asked.append(("before_model", call.step, len(call.messages)))

    def after_model(self, call: ModelCall, reply: Any) -> None:
        self.asked.append(("after_model", call.step, reply.stop_reason))

    def before_tool(self, use: ToolUse) -> None:
        self.asked.append(("before_tool", use.name, use.input))

    async def after_tool(self, use: ToolUse, result: Any) -> None:
        self.asked.append(("after_tool", use.name, result.content))

    def before_stop(self, stopping: Stopping) -> None:
        self.asked.append(("before_stop", stopping.text))


def test_hooks_are_asked_before_and_after() -> None:
    hook = Everything()
    _, _, seen = run(hook, Hook())
    assert hook.asked == [
        ("before_model", 1, 1),
        ("after_model", 1, "tool_use"),
        ("before_tool", "refund", {"amount": 3}),
        ("after_tool", "refund", "paid 3"),
        ("before_model", 2, 3),
        ("after_model", 2, "end_turn"),
        ("before_stop", "Done."),
    ]
    assert acted(seen) == []


class Denies(Hook):
    tools = ("refund",)

    def before_tool(self, use: ToolUse) -> Deny:
        return Deny("Not today.")


def test_a_hook_denies_the_calls_of_its_tools() -> None:
    both = {"content": [use("refund", 1, amount=3), use("look", 2)]}
    _, provider, seen = run(Denies(), script=(both, "Done."))
    assert [one["content"] for one in answers(provider)] == [
        "refund was not run. Not today.",
        "seen",
    ]
    assert acted(seen) == [("Denies", "before_tool", "denied", "Not today.")]
    [decided] = [event for event in seen if isinstance(event, events.Decided)]
    assert (decided.name, decided.verdict, decided.by) == ("refund", "deny", "hook")


class Adds(Hook):
    def __init__(self, number: int) -> None:
        self.number = number

    async def before_tool(self, use: ToolUse) -> Change:
        return Change({"amount": use.input["amount"] + self.number})

    def after_tool(self, use: ToolUse, result: Any) -> AddContext:
        return AddContext(f"(asked for {use.input['amount']})")


def test_changes_follow_each_other_and_the_policy_decides_about_the_last() -> None:
    _, provider, seen = run(Adds(1), Adds(10))
    assert answers(provider)[0]["content"] == "paid 14\n(asked for 14)\n(asked for 14)"
    assert [detail for _, _, did, detail in acted(seen) if did == "changed"] == [
        '{"amount":4}',
        '{"amount":14}',
    ]
    policy = Policy(allow=["refund"], deny=["refund(amount:14)"])
    _, provider, _ = run(Adds(1), Adds(10), policy=policy)
    assert answers(provider)[0]["content"].startswith("refund was not run. The rule refund(amount")
    _, provider, _ = run(Denies(), Adds(1), policy=Policy(mode="bypass"))
    assert answers(provider)[0]["content"] == "refund was not run. Not today."


def test_what_a_hook_lets_pass_is_still_decided_by_the_policy() -> None:
    _, provider, _ = run(Hook(), Adds(0), policy=Policy())
    assert "Nobody can be asked" in answers(provider)[0]["content"]


class Fails(Hook):
    timeout = 0.01

    def __init__(self, point: str, how: Any) -> None:
        setattr(self, point, how)


async def hang(*_: Any) -> None:
    await asyncio.Event().wait()


def fails(*_: Any) -> None:
    raise ValueError("a secret")


@pytest.mark.parametrize("how", [fails, hang, lambda *_: "yes", lambda *_: Change(3)])  # type: ignore[arg-type]
def test_a_hook_that_fails_before_is_a_denial(how: Any) -> None:
    _, provider, seen = run(Fails("before_tool", how))
    assert answers(provider)[0]["content"].startswith("refund was not run. The hook Fails failed: ")
    assert "secret" not in answers(provider)[0]["content"]
    assert [(point, did) for _, point, did, _ in acted(seen)] == [("before_tool", "failed")]
    result, provider, _ = run(Fails("before_model", how))
    assert result.stop_reason == "denied"
    assert not provider.requests


@pytest.mark.parametrize("how", [fails, hang, lambda *_: Deny("no"), lambda *_: "text"])
@pytest.mark.parametrize("point", ["after_tool", "after_model", "before_stop"])
def test_a_hook_that_fails_after_changes_nothing(point: str, how: Any) -> None:
    result, provider, seen = run(Fails(point, how))
    assert (result.stop_reason, str(result)) == ("end_turn", "Done.")
    assert answers(provider)[0]["content"] == "paid 3"
    assert {(name, did) for _, name, did, _ in acted(seen)} == {(point, "failed")}


class Briefs(Hook):
    def before_model(self, call: ModelCall) -> AddContext | Deny:
        return AddContext("It is late.") if call.step == 1 else Deny("Enough.")


def test_a_hook_adds_to_the_history_and_denies_calls_of_the_model() -> None:
    result, provider, _ = run(Briefs())
    assert result.stop_reason == "denied"
    assert "It is late." in str(sent(provider, 0)["messages"][1])
    assert result.messages[1] == {"role": "user", "content": "It is late."}
    assert len(provider.requests) == 1
    assert answers_of(result) == "paid 3"


def answers_of(result: Any) -> Any:
    return result.messages[-1]["content"][0]["content"]


class Insists(Hook):
    def before_stop(self, stopping: Stopping) -> Continue | None:
        return Continue("Are you sure?") if stopping.text != "Yes." else None


def test_a_hook_keeps_a_run_from_stopping() -> None:
    result, provider, _ = run(Insists(), script=("Done.", "Yes."))
    assert str(result) == "Yes."
    assert [message["role"] for message in result.messages] == ["user", "assistant"] * 2
    assert len(provider.requests) == 2
    result, _, _ = run(Insists(), script=["Done."] * 5, max_turns=3)
    assert result.stop_reason == "max_turns"


def test_a_hook_that_changes_what_was_approved_keeps_it_from_running() -> None:
    one, _ = agent(call("refund", amount=3), tools=[refund], policy=Policy(), approve="pending")
    result = one.run("Go.")
    for hook, said in [(Adds(1), "is not what was decided about"), (Adds(0), "paid 3")]:
        one, provider = agent("Done.", tools=[refund], policy=Policy(), hooks=[hook])
        one.resume(result.state or {}, {result.pending[0].id: "allow"})
        assert said in answers(provider)[0]["content"]


def test_the_hooks_of_an_agent_hold_in_its_subagents() -> None:
    class Notes(Hook):
        def __init__(self) -> None:
            self.names: list[str] = []

        def before_tool(self, use: ToolUse) -> None:
            self.names.append(use.name)

    above, below = Notes(), Notes()
    worker, _ = agent(
        call("refund", amount=3), "Paid.", tools=[refund], name="clerk", hooks=[below, Denies()]
    )
    one, provider = agent(call("clerk", task="Pay."), "Done.", subagents=[worker], hooks=[above])
    one.run("Go.")
    assert answers(provider)[0]["content"] == "Paid."
    assert (above.names, below.names) == (["clerk", "refund"], ["refund"])


def test_an_agent_that_only_asks_is_held_to_the_policy_above() -> None:
    worker, below = agent(
        call("refund", amount=3), "No.", tools=[refund], name="clerk", approve=lambda _: True
    )
    policy = Policy(allow=["clerk"], deny=["refund(amount:3)"])
    one, _ = agent(call("clerk", task="Pay."), "Done.", subagents=[worker], policy=policy)
    one.run("Go.")
    assert "The rule refund(amount:3) denies" in answers(below)[0]["content"]


def test_hooks_that_cannot_be() -> None:
    for hooks in ([1], "hook", Hook(), [Hook]):
        with pytest.raises(AgentError, match="hooks must be"):
            agent("Done.", hooks=hooks)
    wrong = Hook()
    wrong.tools = ["not a name"]
    with pytest.raises(PolicyError):
        agent("Done.", hooks=[wrong])
