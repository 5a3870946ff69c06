"""Somebody is asked: what they are told, what they can answer, and what goes wrong with them."""

from __future__ import annotations

import asyncio
import functools
import threading
from pathlib import Path
from typing import Any

import pytest

from rookery import Policy
from rookery.agent import events
from rookery.agent.approval import Allow, ApprovalRequest, Deny
from rookery.agent.grants import narrow_rule
from rookery.tools import Workspace, tool, write_file
from tests.agent.common import agent, answers, call, is_valid, use

ASK = Policy(ask=["refund"], deny=["refund(amount:100)"])


@tool
def refund(amount: int) -> str:
    """Pay money back."""
    return f"paid {amount}"


def outcome(approve: Any, **options: Any) -> tuple[bool, str, list[events.Event]]:
    one, provider = agent(
        call("refund", amount=3), "Done.", tools=[refund], policy=ASK, approve=approve, **options
    )
    seen: list[events.Event] = []
    one.run("Go.", on_event=seen.append)
    [answer] = answers(provider)
    return answer.get("is_error", False), answer["content"], seen


def test_what_is_asked(tmp_path: Path) -> None:
    asked: list[ApprovalRequest] = []

    def approve(request: ApprovalRequest) -> bool:
        asked.append(request)
        return True

    error, _, seen = outcome(approve, workspace=tmp_path)
    [request] = asked
    assert not error
    assert (request.tool, request.input, request.rule) == ("refund", {"amount": 3}, "refund")
    assert request.reason == "The rule refund wants this call to be approved."
    assert (request.runs, request.place) == ('refund({"amount":3})', str(tmp_path))
    assert request.always == "refund"
    assert request.id.startswith(f"{request.call}:")
    kinds = [type(event).__name__ for event in seen]
    assert kinds.index("ToolCalled") < kinds.index("ApprovalRequested") < kinds.index("Decided")
    [decided] = [event for event in seen if isinstance(event, events.Decided)]
    assert (decided.id, decided.verdict, decided.by) == (request.call, "allow", "person")


async def later_allow(request: ApprovalRequest) -> Allow:
    await asyncio.sleep(0)
    return Allow()


class Asker:
    async def __call__(self, request: ApprovalRequest) -> str:
        return "deny"


@pytest.mark.parametrize(
    ("approve", "error", "said"),
    [
        (lambda _: True, False, "paid 3"),
        (lambda _: "allow", False, "paid 3"),
        (lambda _: "always", False, "paid 3"),
        (later_allow, False, "paid 3"),
        (functools.partial(later_allow), False, "paid 3"),
        (lambda _: Deny("Not on Sundays."), True, "refund was not run. Not on Sundays."),
        (lambda _: False, True, "refund was not run. The call was not approved."),
        (Asker(), True, "refund was not run. The call was not approved."),
        (lambda _: None, True, "not None"),
        (lambda _: "yes", True, "not 'yes'"),
        (lambda _: 1, True, "not 1"),
        (lambda _: 1 / 0, True, "failed: ZeroDivisionError."),
        (lambda: True, True, "failed: TypeError."),
        (lambda _: Allow(input=3), True, "failed: ValidationError."),  # type: ignore[arg-type]
    ],
)
def test_answers(approve: Any, error: bool, said: str) -> None:
    is_error, content, _ = outcome(approve)
    assert is_error is error
    assert said in content


async def raises(error: BaseException) -> bool:
    raise error


@pytest.mark.parametrize("error", [asyncio.CancelledError(), SystemExit(3), TimeoutError()])
def test_whoever_is_asked_cannot_end_the_run(error: BaseException) -> None:
    def blocking(_: Any) -> bool:
        raise error

    for approve in (blocking, lambda _: raises(error)):
        is_error, content, _ = outcome(approve)
        assert is_error
        assert "Asking for the approval" in content


def test_an_approval_has_its_time() -> None:
    async def never(_: Any) -> bool:
        await asyncio.Event().wait()
        return True

    release = threading.Event()
    for approve in (never, lambda _: release.wait()):
        is_error, content, _ = outcome(approve, approve_timeout=0.01)
        assert is_error
        assert "no answer within 0.01 s." in content
    release.set()


def test_another_input_is_held_to_the_rules_that_deny_and_to_the_schema() -> None:
    for given, error, said in [
        ({"amount": 2}, False, '(The call was approved with another input: {"amount":2})\npaid 2'),
        ({"amount": 3}, False, "paid 3"),
        (
            {"amount": 100},
            True,
            "refund was not run. As it was changed: The rule refund(amount:100)",
        ),
        ({"amount": "x"}, True, 'amount: expected integer, got "x"'),
        ({}, True, "amount: missing"),
    ]:
        is_error, content, seen = outcome(lambda _, given=given: Allow(input=given))
        assert is_error is error
        assert said in content
        decided = [event for event in seen if isinstance(event, events.Decided)][-1]
        assert decided.verdict == ("deny" if given == {"amount": 100} else "allow")
        assert decided.input == (given if given not in ({"amount": 3}, {"amount": 100}) else None)


def test_always_is_no_wider_than_what_was_shown(tmp_path: Path) -> None:
    asked: list[str] = []

    def approve(request: ApprovalRequest) -> str:
        asked.append(f"{request.input['path']}: {request.always}")
        return "always"

    def write(path: str) -> dict[str, Any]:
        return call("write_file", path=path, content="x")

    (tmp_path / "out").mkdir()
    paths = ["out/a[1]*.txt", "./out/../out/a[1]*.txt", "out/a1x.txt", "out/a[1]*.txt"]
    script = [*map(write, paths), "Done.", write("out/a1x.txt"), "Done."]
    one, _ = agent(
        *script, tools=[write_file], policy=Policy(), approve=approve, workspace=tmp_path
    )
    one.run("Go.")
    one.run("Go on.")  # the agent keeps its rules
    assert asked == [
        "out/a[1]*.txt: write_file(./out/a\\[1\\]\\*.txt)",
        "out/a1x.txt: write_file(./out/a1x.txt)",
    ]


def test_always_is_one_host() -> None:
    for url, rule in {
        "https://a.com@b.com/x": "web_fetch(domain:b.com)",
        "https://*.com/": None,
        "no address": None,
    }.items():
        assert narrow_rule("web_fetch", {"url": url}, Workspace(".")) == rule


def test_always_changes_nothing_of_what_is_denied() -> None:
    script = [call("refund", amount=3), call("refund", amount=4), call("refund", amount=100)]
    asked: list[int] = []

    def approve(request: ApprovalRequest) -> str:
        asked.append(request.input["amount"])
        return "always"

    one, provider = agent(*script, "Done.", tools=[refund], policy=ASK, approve=approve)
    one.run("Go.")
    assert asked == [3]
    assert answers(provider)[0]["content"].startswith("refund was not run. The rule refund(amount")


async def test_two_calls_are_asked_about_at_once() -> None:
    both = asyncio.Barrier(2)

    async def approve(request: ApprovalRequest) -> bool:
        async with asyncio.timeout(10):
            await both.wait()
        return bool(request.input["amount"] == 1)

    calls = [use("refund", 1, amount=1), use("refund", 2, amount=2)]
    one, provider = agent({"content": calls}, "Done.", tools=[refund], policy=ASK, approve=approve)
    await one.arun("Go.")
    assert [one.get("is_error", False) for one in answers(provider)] == [False, True]


async def test_a_run_can_be_cancelled_while_somebody_is_asked() -> None:
    asked, release = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    async def waiting(_: ApprovalRequest) -> bool:
        asked.set()
        await asyncio.Event().wait()
        return True

    def blocking(_: ApprovalRequest) -> bool:
        loop.call_soon_threadsafe(asked.set)
        return release.wait()

    for approve in (waiting, blocking):
        asked.clear()
        one, _ = agent(
            call("refund", amount=3), "Done.", tools=[refund], policy=ASK, approve=approve
        )
        async with one.astream("Go.") as stream:
            await asked.wait()
        assert stream.result.stop_reason == "cancelled"
        assert is_valid(stream.result.messages)
        assert "interrupted" in stream.result.messages[-1]["content"][0]["content"]
    release.set()
