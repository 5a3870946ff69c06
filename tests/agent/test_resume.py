"""Runs that wait for approvals: suspended, kept as JSON, and resumed with decisions."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rookery import Agent, Policy, Result, RunError
from rookery.agent import events
from rookery.agent.approval import Allow, Answered, Deny, Later
from rookery.errors import AgentError
from rookery.tools import tool, write_file
from tests.agent.common import WatchedProvider, agent, answers, call, is_valid, sent, use
from tests.architecture.source import ROOT

ASK = Policy(ask=["refund"], allow=["look"], deny=["refund(amount:100)"])

PAID: list[int] = []


class Words(TypedDict):
    """An output."""

    word: str


@pytest.fixture(autouse=True)
def nothing_paid() -> Iterator[None]:
    PAID.clear()
    yield
    PAID.clear()


@tool
def refund(amount: int) -> str:
    """Pay money back."""
    PAID.append(amount)
    return f"paid {amount}"


@tool
def look(at: int) -> str:
    """Look."""
    return f"seen {at}"


CALLS = [use("refund", 1, amount=1), use("look", 2, at=2), use("refund", 3, amount=3)]


def state(result: Result[Any]) -> dict[str, Any]:
    assert result.state is not None
    return result.state


def suspended(**options: Any) -> Result[Any]:
    one, provider = agent(
        {"content": CALLS}, tools=[refund, look], policy=ASK, approve="pending", **options
    )
    result = one.run("Go.")
    assert len(provider.requests) == 1
    return result


def resuming(*replies: Any, **options: Any) -> tuple[Agent[Any], WatchedProvider]:
    return agent(*(replies or ("Done.",)), **{"tools": [refund, look], "policy": ASK, **options})


def test_a_run_is_suspended_with_a_valid_history_and_what_was_allowed_is_done() -> None:
    result = suspended()
    assert (result.stop_reason, PAID) == ("awaiting_approval", [])
    assert result.messages == [{"role": "user", "content": "Go."}]
    assert [request.input for request in result.pending] == [{"amount": 1}, {"amount": 3}]
    kept = state(result)
    assert json.loads(json.dumps(kept)) == kept
    assert [one["content"] for one in kept["answers"]] == ["seen 2"]


def test_only_a_suspended_run_has_a_state() -> None:
    one, _ = agent("Done.")
    result = one.run("Go.")
    assert result.state is None
    assert not result.pending
    held = suspended(output_type=Words)
    with pytest.raises(AgentError, match="ended with awaiting_approval"):
        _ = held.output


def test_a_run_goes_on_with_the_decisions() -> None:
    result = suspended()
    first, third = result.pending
    one, provider = resuming()
    seen: list[events.Event] = []
    resumed = one.resume(
        state(result), {first.id: "allow", third.id: Deny("Too much.")}, on_event=seen.append
    )
    assert (str(resumed), resumed.stop_reason, PAID) == ("Done.", "end_turn", [1])
    assert [(one["content"], one.get("is_error", False)) for one in answers(provider)] == [
        ("paid 1", False),
        ("seen 2", False),
        ("refund was not run. Too much.", True),
    ]
    assert is_valid(resumed.messages)
    assert resumed.steps[0].step == 2
    assert isinstance(seen[0], events.RunResumed)
    decided = {e.id: (e.verdict, e.by) for e in seen if isinstance(e, events.Decided)}
    assert decided == {"toolu_1": ("allow", "person"), "toolu_3": ("deny", "person")}


def test_what_has_no_decision_goes_on_waiting() -> None:
    result = suspended()
    first, third = result.pending
    one, provider = resuming()
    again = one.resume(state(result), {third.id: True, first.id: Later()})
    assert (again.stop_reason, PAID) == ("awaiting_approval", [3])
    assert not provider.requests
    assert again.pending == (first,)
    last = one.resume(state(again), {first.id: Allow(input={"amount": 5})})
    assert (last.stop_reason, PAID) == ("end_turn", [3, 5])
    contents = [one["content"] for one in answers(provider)]
    assert contents[1:] == ["seen 2", "paid 3"]
    assert contents[0].endswith("paid 5")
    nothing = one.resume(state(result), {})
    assert nothing.pending == result.pending


def test_decisions_about_anything_else_are_an_error() -> None:
    result = suspended()
    one, _ = resuming()
    for decisions in ({"toolu_1": "allow"}, {result.pending[0].id + "0": "allow"}, ["allow"]):
        with pytest.raises(AgentError, match=r"No call waits for|decisions must be"):
            one.resume(state(result), decisions)  # type: ignore[arg-type]
    with pytest.raises(AgentError, match="answered with Allow"):
        one.resume(state(result), {result.pending[0].id: None})  # type: ignore[dict-item]
    assert not PAID


def test_the_policy_of_whoever_resumes_holds() -> None:
    result = suspended()
    first, third = result.pending
    for policy in (Policy(deny=["refund(amount:1)"]), Policy(mode="plan"), Policy(mode="dont_ask")):
        one, provider = resuming(policy=policy)
        one.resume(state(result), {first.id: "allow", third.id: "deny"})
        assert answers(provider)[0]["is_error"]
        assert not PAID
    # What is now allowed without asking is still not run against a decision, or before one.
    one, provider = resuming(policy=Policy(allow=["refund"]))
    assert one.resume(state(result), {first.id: "deny"}).pending[0].call == "toolu_3"
    assert not PAID
    # A tool that is not there does not run.
    one, provider = resuming(tools=[look])
    one.resume(state(result), {first.id: "allow", third.id: "allow"})
    assert "There is no tool" in answers(provider)[0]["content"]
    edited: dict[str, Answered] = {first.id: Allow(input={"amount": 100}), third.id: "deny"}
    one, provider = resuming()
    one.resume(state(result), edited)
    assert "As it was changed" in answers(provider)[0]["content"]
    assert not PAID


def test_always_is_kept_by_the_agent_that_resumes() -> None:
    result = suspended()
    first, third = result.pending
    one, _ = resuming(call("refund", amount=7), "Done.")
    one.resume(state(result), {first.id: "always", third.id: "deny"})
    assert PAID == [1, 7]


def changed(kept: Any, path: list[Any], value: Any) -> Any:
    kept = copy.deepcopy(kept)
    inner = kept
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return kept


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["requests", 0, "input"], {"amount": 9}),
        (["requests", 0, "tool"], "look"),
        (["requests", 0, "call"], "toolu_3"),
        (["requests", 0, "place"], "/"),
        (["requests", 0, "runs"], "nothing much"),
        (["requests", 0, "id"], "toolu_1:00"),
        (["requests"], []),
        (["answers"], []),
        (["answers", 0, "id"], "toolu_1"),
        (["answers", 0, "content"], [{"type": "tool_use"}]),
        (["reply", "role"], "user"),
        (["reply", "content"], "text"),
        (["reply", "content", 0, "id"], "toolu_9"),
        (["reply", "content", 0, "name"], "look"),
        (["reply", "content", 0], {"type": "nonsense"}),
        (["messages"], [{"role": "assistant", "content": CALLS}]),
        (["messages"], "text"),
        (["suspended_run"], 2),
        (["step"], -1),
        (["policy"], "bypass"),
    ],
)
def test_a_state_that_was_changed_is_refused(path: list[Any], value: Any) -> None:
    result = suspended()
    one, _ = resuming()
    with pytest.raises(AgentError, match=r"state of (the|a suspended) run|messages|match"):
        one.resume(changed(state(result), path, value), {result.pending[0].id: "allow"})
    assert not PAID


def test_the_real_place_of_a_call_is_part_of_what_is_approved(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    (tmp_path / "link").symlink_to("one")
    options: dict[str, Any] = {"tools": [write_file], "policy": Policy(), "workspace": tmp_path}
    one, _ = agent(call("write_file", path="link/new", content="x"), approve="pending", **options)
    result = one.run("Go.")
    [request] = result.pending
    assert request.place == str(tmp_path / "one" / "new")
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to("two")
    one, provider = agent("Done.", **options)
    one.resume(state(result), {request.id: "allow"})
    assert "is not what was decided about" in answers(provider)[0]["content"]
    assert not list((tmp_path / "two").iterdir())


def paths(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield (*here, key)
        if isinstance(inner, dict | list):
            yield from paths(inner, (*here, key))


VALUES: list[Any] = [None, 0, 9, "refund", "toolu_1", [], {}, {"amount": 9}, [CALLS[0]], CALLS[2]]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_whatever_is_changed_nothing_runs_but_what_was_decided(data: st.DataObject) -> None:
    PAID.clear()
    result = suspended()
    kept: Any = result.state
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(paths(kept))))
        kept = changed(kept, list(path), data.draw(st.sampled_from(VALUES)))
    one, _ = resuming()
    with contextlib.suppress(AgentError, RunError):
        one.resume(kept, {result.pending[0].id: "allow"})
    assert PAID in ([], [1])


CHILD = """
import json, sys
from rookery import Policy
from tests.agent.test_resume import PAID, resuming
kept = json.load(sys.stdin)
agent, provider = resuming()
result = agent.resume(kept["state"], kept["decisions"])
print(json.dumps([str(result), PAID, result.messages]))
"""


def test_a_run_is_resumed_in_another_process() -> None:
    result = suspended()
    decisions = dict(zip((one.id for one in result.pending), ("allow", "deny"), strict=True))
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=json.dumps({"state": state(result), "decisions": decisions}),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    text, paid, messages = json.loads(done.stdout)
    assert (text, paid) == ("Done.", [1])
    assert messages[0] == result.messages[0]
    assert is_valid(messages)
    assert not PAID


async def test_a_run_can_be_suspended_and_resumed_in_a_loop_again_and_again() -> None:
    script = [call("refund", amount=1), call("refund", amount=2), "Done."]
    one, provider = agent(*script, tools=[refund], policy=ASK, approve=lambda _: "later")
    result = await one.arun("Go.")
    while result.state is not None:
        result = await one.aresume(state(result), {one.id: True for one in result.pending})
    assert (str(result), PAID, len(provider.requests)) == ("Done.", [1, 2], 3)
    assert sent(provider)["messages"] == result.messages[:-1]


def test_the_limit_of_turns_counts_what_came_before() -> None:
    result = suspended()
    one, provider = resuming(max_turns=1)
    resumed = one.resume(state(result), {request.id: "deny" for request in result.pending})
    assert resumed.stop_reason == "max_turns"
    assert not provider.requests


def test_a_run_that_is_cancelled_while_it_is_resumed_has_a_valid_history() -> None:
    class Stop(Exception):  # noqa: N818
        """What ends the run."""

    def stop(event: events.Event) -> None:
        if isinstance(event, events.ToolReturned):
            raise Stop

    result = suspended()
    one, _ = resuming()
    with pytest.raises(RunError) as caught:
        one.resume(state(result), {result.pending[0].id: "allow"}, on_event=stop)
    assert is_valid(caught.value.result.messages)
    assert len(caught.value.result.messages) == 3
