"""What an agent's policy does to the calls of its tools, and of tools inside tools."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from pathlib import Path
from typing import Any

import pytest

from rookery import Agent, Policy
from rookery.agent import events
from rookery.agent.permissions import Deciding, Permissions
from rookery.errors import AgentError, ToolError
from rookery.tools import ToolContext, Workspace, edit_file, grep, read_file, tool, write_file
from tests.agent.common import MODEL, agent, answers, call, sent, use


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("token = 1\n")
    (tmp_path / ".env").write_text("token = secret\n")
    return tmp_path


@tool
def refund(amount: int) -> str:
    """Pay money back."""
    return f"paid {amount}"


def decisions(seen: list[events.Event]) -> list[tuple[str, str, str, str | None]]:
    found = [event for event in seen if isinstance(event, events.Decided)]
    return [(event.name, event.verdict, event.by, event.rule) for event in found]


def test_calls_are_decided_and_each_decision_is_told() -> None:
    policy = Policy(allow=["Edit(*.txt)"], deny=["Read(.env)"])
    calls = [
        use("read_file", 1, path=".env"),
        use("read_file", 2, path="notes.txt"),
        use("write_file", 3, path="new.txt", content="x"),
        use("refund", 4, amount=3),
    ]
    one, provider = agent(
        {"content": calls}, "Done.", tools=[read_file, write_file, refund], policy=policy
    )
    seen: list[events.Event] = []
    one.run("Go.", on_event=seen.append)
    results = [(one.get("is_error", False), one["content"]) for one in answers(provider)]
    assert [error for error, _ in results] == [True, False, False, True]
    assert results[0][1] == "read_file was not run. The rule Read(.env) denies this call."
    assert results[3][1] == (
        "refund was not run. No rule is about this call, and refund acts. Nobody can be asked."
    )
    assert sorted(decisions(seen)) == [
        ("read_file", "allow", "mode", None),
        ("read_file", "deny", "rule", "Read(.env)"),
        ("refund", "deny", "nobody", None),
        ("write_file", "allow", "rule", "Edit(*.txt)"),
    ]


def test_without_a_policy_tools_may_run_and_nothing_is_decided() -> None:
    one, provider = agent(call("refund", amount=3), "Done.", tools=[refund])
    seen: list[events.Event] = []
    one.run("Go.", on_event=seen.append)
    assert answers(provider)[0]["content"] == "paid 3"
    assert decisions(seen) == []


def test_a_tool_denied_by_its_name_is_not_told_to_the_model() -> None:
    one, provider = agent(
        call("refund", amount=3), "Done.", tools=[refund, grep], policy=Policy(deny=["refund"])
    )
    one.run("Go.")
    assert [tool["name"] for tool in sent(provider, 0)["tools"]] == ["grep"]
    assert answers(provider)[0]["content"] == "There is no tool 'refund'. Tools: grep."


def test_a_search_leaves_out_what_may_not_be_read(folder: Path) -> None:
    (folder / "link.txt").symlink_to(".env")
    policy = Policy(ask=["Read(./asked/**)"], deny=["Read(.env)"])
    (folder / "asked").mkdir()
    (folder / "asked" / "file").write_text("token = asked\n")
    script = [call("grep", pattern="token"), call("grep", pattern="token", path="asked")]
    one, provider = agent(*script, "Done.", tools=[grep], policy=policy, approve=lambda _: True)
    one.run("Go.")
    assert answers(provider, 1)[0]["content"] == "notes.txt:1:token = 1"
    assert answers(provider, 2)[0]["content"] == "asked/file:1:token = asked"


def swap(folder: Path, target: str) -> None:
    (folder / "swapped").unlink()
    (folder / "swapped").symlink_to(target)


async def test_a_path_that_leads_elsewhere_after_the_decision_is_refused(folder: Path) -> None:
    (folder / "swapped").symlink_to("notes.txt")
    told: list[events.Event] = []
    for policy, approve in [
        (Policy(deny=["Read(.env)"]), None),
        (Policy(ask=["Read"]), lambda _: True),
    ]:
        swap(folder, "notes.txt")
        deciding = Deciding(Permissions(policy=policy, approve=approve), "toolu_1", told.append)
        given = {"path": "swapped"}
        permit = await deciding.begin(read_file, given, ToolContext(Workspace(folder)))
        assert "token = 1" in (await read_file.call(given, permit.context)).content
        swap(folder, ".env")
        result = await read_file.call(given, permit.context)
        assert result.is_error
        assert str(result.content).startswith(".env may not be used. The rule Read")


def nested(inner: Any, *args: Any, **kwargs: Any) -> str:
    try:
        return str(inner(*args, **kwargs))
    except ToolError as error:
        return error.message


@tool(read_only=True)
def outer() -> str:
    """Use other tools."""
    return "; ".join(
        [
            nested(write_file, "notes.txt", "x"),
            nested(read_file, Path("notes.txt")).splitlines()[0],
            nested(refund, amount=3),
        ]
    )


@tool(read_only=True)
def outer_in_a_thread() -> str:
    """Use other tools in a thread."""
    found: list[str] = []
    context = contextvars.copy_context()
    thread = threading.Thread(target=lambda: found.append(context.run(nested, refund, 3)))
    thread.start()
    thread.join()
    return found[0]


@tool
async def pay(amount: int) -> str:
    """Pay."""
    await asyncio.sleep(0)
    return f"paid {amount}"


@tool(read_only=True)
async def outer_async() -> str:
    """Use other tools, on the event loop."""
    found = [nested(refund, 3)]
    try:
        found.append(await pay(3))
    except ToolError as error:
        found.append(error.message)
    found.append(await asyncio.to_thread(nested, refund, 3))
    return "; ".join(found)


def test_tools_inside_tools_are_decided_by_the_same_policy() -> None:
    policy = Policy(allow=["refund"], deny=["Read(notes.txt)", "Write(notes.txt)"])
    one, provider = agent(call("outer"), "Done.", tools=[outer], policy=policy)
    seen: list[events.Event] = []
    one.run("Go.", on_event=seen.append)
    assert answers(provider)[0]["content"] == (
        "write_file was not run. The rule Write(notes.txt) denies this call.; "
        "read_file was not run. The rule Read(notes.txt) denies this call.; paid 3"
    )
    assert [(name, verdict) for name, verdict, _, _ in decisions(seen)] == [
        ("outer", "allow"),
        ("write_file", "deny"),
        ("read_file", "deny"),
        ("refund", "allow"),
    ]
    ids = {event.id for event in seen if isinstance(event, events.Decided)}
    assert len(ids) == 1


@pytest.mark.parametrize("approved", [True, False, None])
def test_tools_inside_tools_are_asked_about(approved: bool | None) -> None:
    script = [{"content": [use("outer_in_a_thread", 1), use("outer_async", 2)]}, "Done."]
    one, provider = agent(
        *script,
        tools=[outer_in_a_thread, outer_async],
        policy=Policy(),
        approve=None if approved is None else (lambda _: approved),
    )
    one.run("Go.")
    thread, loop = (one["content"] for one in answers(provider))
    why = "No rule is about this call, and refund acts."
    expected = {
        True: "paid 3",
        False: "refund was not run. The call was not approved.",
        None: f"refund was not run. {why} Nobody can be asked.",
    }[approved]
    assert thread == expected
    here, awaited, in_thread = loop.split("; ")
    assert in_thread == expected
    assert awaited == expected.replace("refund", "pay")
    assert here.startswith(f"refund was not run. {why} ")
    assert ("asyncio.to_thread(refund, ...)" in here) is (approved is not None)


def test_a_call_inside_a_tool_cannot_wait_for_later_nor_be_changed() -> None:
    from rookery.agent.approval import Allow, Later

    for answer, said in [(Later(), "cannot wait"), (Allow(input={"amount": 4}), "be changed")]:
        one, provider = agent(
            call("outer_in_a_thread"),
            "Done.",
            tools=[outer_in_a_thread],
            policy=Policy(),
            approve=lambda _, answer=answer: answer,
        )
        one.run("Go.")
        assert said in answers(provider)[0]["content"]


def test_a_tool_can_say_itself_that_it_is_to_be_approved() -> None:
    @tool(asks=lambda ctx: f"It is dangerous in {ctx.workspace.root.name}.")
    def risky() -> str:
        """Do it."""
        return "done"

    for approve, said in [
        (None, "It is dangerous in "),
        (lambda _: "allow", "done"),
    ]:
        one, provider = agent(call("risky"), "Done.", tools=[risky], approve=approve)
        one.run("Go.")
        assert said in answers(provider)[0]["content"]


@pytest.mark.parametrize(
    "options",
    [
        {"policy": "default"},
        {"policy": {"allow": []}},
        {"approve": "always"},
        {"approve": True},
        {"approve_timeout": 0},
        {"approve_timeout": "1"},
        {"approve_timeout": True},
    ],
)
def test_arguments_that_cannot_be(options: Any) -> None:
    with pytest.raises(AgentError, match=next(iter(options))):
        Agent(MODEL, provider="offline", **options)


def test_edits_are_allowed_by_their_mode() -> None:
    calls = [
        use("edit_file", 1, path="notes.txt", old_string="1", new_string="2"),
        use("refund", 2, amount=1),
    ]
    one, provider = agent(
        {"content": calls}, "Done.", tools=[edit_file, refund], policy=Policy(mode="accept_edits")
    )
    one.run("Go.")
    assert [one.get("is_error", False) for one in answers(provider)] == [False, True]
