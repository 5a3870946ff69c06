"""Agents that give tasks to agents."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rookery import Agent, Policy, RunError, Session, create_subagent
from rookery.agent import events
from rookery.agent.team import AT_ONCE, MAX_DEPTH
from rookery.errors import AgentError
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.tools import ToolContext, read_file
from tests.agent.common import MODEL, agent, answers, call, is_valid, sent, use

HAIKU = "claude-haiku-4-5"


def helper(name: str, *replies: Any, **options: Any) -> Agent[Any]:
    """A subagent with a script of its own."""
    options = {"provider": ScriptedProvider.of(*replies), "max_retries": 0, **options}
    return create_subagent(name, **options)


def give(*names: str) -> dict[str, Any]:
    """A reply that gives a task to each of these agents."""
    return {"content": [use(name, i, task=f"Task {i}.") for i, name in enumerate(names, 1)]}


def results(provider: ScriptedProvider) -> list[str]:
    return [block["content"] for block in answers(provider)]


def test_the_answer_comes_back_and_nothing_else() -> None:
    logs = helper("logs", call("note", text="secret"), "The disk is full.", tools=[note])
    lead, provider = agent(give("logs"), "Make room.")
    result = lead.run("What is it?", subagents=[logs])
    assert str(result) == "Make room."
    assert answers(provider) == [
        {"type": "tool_result", "tool_use_id": "toolu_1", "content": "The disk is full."}
    ]
    assert "secret" not in str(result.messages)
    [tool] = sent(provider, 0)["tools"]
    assert tool["name"] == "logs"
    assert tool["input_schema"]["required"] == ["task"]


def note(text: str) -> str:
    """Take a note."""
    return f"noted {text}"


def test_they_run_at_the_same_time() -> None:
    meeting = asyncio.Barrier(3)

    async def meet() -> str:
        """Wait for the others."""
        await meeting.wait()
        return "met"

    names = ("frontend", "backend", "testing")
    team = [helper(name, call("meet"), f"{name} is done", tools=[meet]) for name in names]
    lead, provider = agent(give(*names), "All is done.")
    lead.run("Build it.", subagents=team)
    assert results(provider) == [f"{name} is done" for name in names]


def test_what_they_cost_is_part_of_the_run() -> None:
    usage = {"input_tokens": 1000, "output_tokens": 100}
    first = {"content": [use("logs", task="Look.")], "usage": usage}
    logs = helper("logs", {"text": "Full.", "usage": usage}, model=HAIKU)
    lead, _ = agent(first, {"text": "Yes.", "usage": usage})
    result = lead.run("What is it?", subagents=[logs])
    sonnet, haiku = Decimal("0.0045"), Decimal("0.0015")
    assert result.cost == 2 * sonnet + haiku == lead.total_cost
    assert [(step.agent, step.model) for step in result.steps] == [
        ("agent", MODEL), ("logs", f"{HAIKU}-20251001"), ("agent", MODEL),
    ]  # fmt: skip
    told = lead.cost_tracking
    assert told["total_cost"] == "$0.0105"
    assert {name: row["cost"] for name, row in told["by_agent"].items()} == {
        "agent": "$0.0090",
        "logs": "$0.0015",
    }
    assert logs.total_cost == haiku


def test_a_session_keeps_the_answer_and_what_it_cost() -> None:
    provider = ScriptedProvider.of(give("logs"), "Make room.")
    one = Session(Agent(MODEL, provider=provider))
    one.run("Look.", subagents=[helper("logs", "It is full.", model=HAIKU)])
    assert [step.agent for step in one.steps] == ["agent", "logs", "agent"]
    assert len(one.messages) == 4
    assert "It is full." in str(one.messages[2])


def test_what_it_has_none_of_it_takes_over(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("disk full\n")
    logs = create_subagent("logs")
    lead, provider = agent(
        give("logs"),
        call("read_file", path="app.log"),
        "It is full.",
        "Make room.",
        tools=[read_file],
        workspace=tmp_path,
    )
    result = lead.run("Look.", subagents=[logs])
    assert str(result) == "Make room."
    assert "disk full" in str(sent(provider, 2)["messages"])
    assert [tool["name"] for tool in sent(provider, 1)["tools"]] == ["read_file"]
    assert {step.model for step in result.steps} == {MODEL}


def test_its_commands_run_in_the_sandbox_above_it(tmp_path: Path) -> None:
    def where(ctx: ToolContext) -> str:
        """Tell where commands run."""
        return str(ctx.sandbox)

    for own, told in (({}, "none"), ({"sandbox": "landlock"}, "landlock")):
        logs = helper("logs", call("where"), "Done.", tools=[where], **own)
        lead, _ = agent(give("logs"), "Done.", sandbox="none", workspace=tmp_path)
        seen: list[events.Event] = []
        lead.run("Look.", subagents=[logs], on_event=seen.append)
        [returned, *_] = [one for one in seen if isinstance(one, events.ToolReturned)]
        assert returned.content == told


def test_it_is_held_to_the_policy_above_it() -> None:
    noted: list[str] = []

    def keep(text: str) -> str:
        """Keep a text."""
        noted.append(text)
        return "kept"

    logs = helper("logs", call("keep", text="x"), "Done.", tools=[keep])
    lead, _ = agent(give("logs"), "Done.", policy=Policy(deny=["keep"]))
    lead.run("Look.", subagents=[logs])
    assert noted == []


def test_a_later_in_one_does_not_suspend_the_run_above_it() -> None:
    logs = helper("logs", call("note", text="x"), "Done.", tools=[note])
    lead, provider = agent(
        give("logs"), "Then not.", policy=Policy(ask=["note"]), approve=lambda _: "later"
    )
    assert lead.run("Look.", subagents=[logs]).stop_reason == "end_turn"
    assert "stopped early (awaiting_approval)" in results(provider)[0]


def test_its_own_policy_is_its_own() -> None:
    logs = helper(
        "logs", call("note", text="x"), "Done.", tools=[note], policy=Policy(ask=["note"])
    )
    lead, _ = agent(give("logs"), "Done.", tools=[note])
    seen: list[events.Event] = []
    lead.run("Look.", subagents=[logs], on_event=seen.append)
    decided = [event for event in seen if isinstance(event, events.Decided)]
    assert [(event.path, event.verdict) for event in decided] == [(("logs",), "deny")]


def test_events_carry_the_path_of_their_agent() -> None:
    inner = helper("inner", "Deep.")
    outer = helper("outer", give("inner"), "Middle.", subagents=[inner])
    lead, _ = agent(give("outer", "outer"), "Top.")
    seen: list[events.Event] = []
    lead.run("Go.", subagents=[outer], on_event=seen.append)
    kinds = [(e.path, type(e).__name__) for e in seen if e.path[:1] == ("outer",)]
    assert kinds[0] == (("outer",), "SubagentStarted")
    assert kinds[-1] == (("outer",), "SubagentEnded")
    assert (("outer", "inner"), "RunStarted") in kinds
    assert (("outer", "inner"), "TextDelta") in kinds
    assert any(event.path == ("outer-2",) for event in seen)
    assert not seen[0].path
    assert not seen[-1].path


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ({"error": {"type": "invalid_request_error", "message": "No."}}, "The agent failed: No."),
        ({"text": "I will not.", "stop_reason": "refusal"}, "The agent refused: I will not."),
        ({"text": "So f", "stop_reason": "max_tokens"}, "The agent stopped early (max_tokens)."),
    ],
)
def test_what_goes_wrong_is_a_result(reply: dict[str, Any], told: str) -> None:
    lead, provider = agent(give("logs"), "Then not.")
    seen: list[events.Event] = []
    result = lead.run("Look.", subagents=[helper("logs", reply)], on_event=seen.append)
    [answer] = answers(provider)
    assert answer["is_error"]
    assert answer["content"].startswith(told)
    assert result.stop_reason == "end_turn"
    [ended] = [event for event in seen if isinstance(event, events.SubagentEnded)]
    assert ended.stop_reason in ("error", "refusal", "max_tokens")


def test_one_that_never_ends_is_stopped_by_its_turns() -> None:
    endless = helper("logs", *[call("note", text="x")] * 9, tools=[note], max_turns=3)
    lead, provider = agent(give("logs"), "Then not.")
    result = lead.run("Look.", subagents=[endless])
    assert "stopped early (max_turns)" in results(provider)[0]
    assert len(result.steps) == 5


async def test_cancelling_the_run_cancels_all() -> None:
    going = asyncio.Event()

    async def hang() -> str:
        """Hang."""
        going.set()
        await asyncio.Event().wait()
        return ""

    inner = helper("inner", call("hang"), tools=[hang])
    outer = helper("outer", give("inner"), subagents=[inner])
    lead, _ = agent(give("outer"))
    async with lead.astream("Go.", subagents=[outer]) as stream:
        await going.wait()
    result = stream.result
    assert result.stop_reason == "cancelled"
    assert is_valid(result.messages)
    assert [step.agent for step in result.steps] == ["agent", "outer", "inner"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_what_a_callback_raises_about_one_ends_the_run() -> None:
    def on_event(event: events.Event) -> None:
        if event.path:
            raise ValueError("enough")

    lead, provider = agent(give("logs"), "Not reached.")
    with pytest.raises(RunError, match="ValueError: enough"):
        await lead.arun("Go.", subagents=[helper("logs", "Hm.")], on_event=on_event)
    assert len(provider.requests) == 1


def test_a_hundred_calls_take_turns() -> None:
    most = now = 0

    async def work() -> str:
        """Work."""
        nonlocal most, now
        now += 1
        most = max(most, now)
        for _ in range(20):
            await asyncio.sleep(0)
        now -= 1
        return "worked"

    rules = [
        {"match": {"tool_result": "worked"}, "reply": "Done."},
        {"reply": {"tool": {"name": "work", "input": {}}}},
    ]
    worker = create_subagent("logs", tools=[work], provider=ScriptedProvider({"rules": rules}))
    lead, provider = agent(give(*["logs"] * 100), "Done.")
    result = lead.run("Go.", subagents=[worker])
    assert results(provider) == ["Done."] * 100
    assert most == AT_ONCE
    assert len(result.steps) == 202


def test_a_thousand_in_one_process() -> None:
    worker = create_subagent("logs", provider=ScriptedProvider({"rules": [{"reply": "Done."}]}))
    lead, provider = agent(give(*["logs"] * 1000), "All done.")
    result = lead.run("Go.", subagents=[worker])
    assert results(provider) == ["Done."] * 1000
    assert result.cost == sum(step.cost or 0 for step in result.steps)
    assert len(result.steps) == 1002


def test_they_work_so_deep_and_no_deeper() -> None:
    below = helper("level4", "Too deep.")
    for level in range(MAX_DEPTH, 0, -1):
        below = helper(f"level{level}", give(below.name), f"{level} ends.", subagents=[below])
    lead, _ = agent(give("level1"), "Done.")
    seen: list[events.Event] = []
    result = lead.run("Go.", subagents=[below], on_event=seen.append)
    assert result.stop_reason == "end_turn"
    refused = [e for e in seen if isinstance(e, events.ToolReturned) and e.is_error]
    assert [(len(e.path), e.content) for e in refused] == [
        (MAX_DEPTH, "Agents work at most 3 deep below the first one.")
    ]


def test_what_cannot_be_a_team_is_told() -> None:
    lead, _ = agent("hello", tools=[note])
    one = helper("logs", "hello")
    above = helper("above", "hello", subagents=[lead])
    for subagents, told in [
        ([one, helper("logs", "hello")], "Two subagents have the name 'logs'"),
        ([helper("note", "hello")], "Two tools have the name 'note'"),
        ([lead], "would work for itself"),
        ([above], "would work for itself"),
        (one, "must be a list of agents"),
        (["logs"], "A subagent is an Agent"),
        ([helper("log reader", "hello")], "cannot be the name of a tool"),
    ]:
        with pytest.raises(AgentError, match=told):
            lead.run("Go.", subagents=subagents)  # type: ignore[arg-type]
    with pytest.raises(AgentError, match="would work for itself"):
        lead.run("Go.", subagents=[helper("x", "hello", subagents=[above])])


def test_by_itself_it_needs_what_it_would_take_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.delenv("ROOKERY_PROVIDER", raising=False)
    with pytest.raises(AgentError, match="No model backend is configured"):
        create_subagent("logs", model=MODEL).run("Go.")
    with pytest.raises(AgentError, match="no agent is above this one"):
        helper("logs", "hello").run("Go.")


def test_a_task_must_be_a_text() -> None:
    lead, provider = agent(call("logs", task=" "), "Well.")
    lead.run("Go.", subagents=[helper("logs", "hello")])
    assert results(provider) == ["The task must be a text."]


def test_its_repr_tells_a_prompt_what_it_is() -> None:
    logs = create_subagent("logs", model=HAIKU, description="Reads logs.", tools=[read_file])
    assert repr(logs) == (
        "Agent('logs', model='claude-haiku-4-5', description='Reads logs.', tools: read_file)"
    )
    assert repr(create_subagent("db")) == "Agent('db', model='inherit', tools: inherited)"
