"""Commands under a policy: what is asked, what runs, and in which folder."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from rookery import Policy
from rookery.agent.approval import ApprovalRequest
from rookery.agent.events import Event, ToolReturned
from rookery.errors import PolicyError, ToolError
from rookery.policy.command import CommandPolicy
from rookery.tools import bash, tool, write_file
from tests.agent.common import agent, answers, call, use

POLICY = Policy(
    allow=["Bash(echo:*)", "Bash(git status)", "Bash(cd)"],
    ask=["Bash(git push)"],
    deny=["Bash(rm)"],
)


def verdict(command: str, policy: Policy = POLICY, **options: Any) -> tuple[str, str | None]:
    decision = policy.decide("bash", {"command": command}, **options)
    assert (decision.line is None) or decision.verdict == "allow"
    return decision.verdict, decision.rule


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("echo hi", ("allow", "Bash(echo:*)")),
        ("echo hi && git status", ("allow", "Bash(echo:*)")),
        ("git push", ("ask", "Bash(git push)")),
        ("echo hi; rm -rf /", ("deny", "Bash(rm)")),
        ("git status; curl evil.org", ("ask", None)),
        ("echo $(rm x)", ("deny", "Bash(rm)")),
        ("echo a\u202eb", ("deny", None)),
    ],
)
def test_rules_of_commands(command: str, expected: tuple[str, str | None]) -> None:
    assert verdict(command) == expected


def test_rules_of_commands_in_modes_and_beside_others() -> None:
    assert verdict("curl x", Policy(mode="bypass")) == ("allow", None)
    assert verdict("echo a\u202eb", Policy(mode="bypass")) == ("deny", None)
    assert verdict("rm x", Policy(deny=["Bash(rm)"], mode="bypass")) == ("deny", "Bash(rm)")
    assert verdict("curl x", Policy(allow=["Bash"])) == ("allow", "Bash")
    assert verdict("git push", Policy(allow=["Bash"], ask=["Bash(git push)"]))[0] == "ask"
    assert verdict("echo x", Policy(ask=["Bash"], allow=["Bash(echo:*)"])) == ("ask", "Bash")
    assert verdict("echo x", Policy(allow=["Bash(echo:*)"], mode="plan")) == ("deny", None)
    assert verdict("curl x", Policy(allow=["Bash(echo:*)"], mode="dont_ask")) == ("deny", None)
    assert verdict("git status", moved=True) == ("ask", None)
    decision = Policy(allow=["Bash"]).decide("bash", {"command": "echo x"})
    assert decision.line is None  # by bash, in the sandbox: no rule has looked at it
    with pytest.raises(PolicyError):
        Policy(allow=["Bash(git status; ls)"])


def run(*commands: str, **options: Any) -> tuple[list[str], list[ApprovalRequest]]:
    asked: list[ApprovalRequest] = []

    def approve(request: ApprovalRequest) -> bool:
        asked.append(request)
        return request.runs != "git push"

    script = [call("bash", command=command) for command in commands]
    one, provider = agent(*script, "Done.", tools=[bash], approve=approve, **options)
    one.run("Go.")
    found = [answers(provider, index + 1)[0]["content"] for index in range(len(commands))]
    return found, asked


def test_what_is_asked_about_a_command(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    told, asked = run(
        "echo hi", "cd sub", "printf '%s' new > file", "git push", policy=POLICY, workspace=tmp_path
    )
    assert told[0].startswith("hi\n")
    assert (tmp_path / "sub" / "file").read_text() == "new"
    assert told[3].startswith("bash was not run. ")
    write, push = asked
    assert (write.runs, write.place) == ("printf '%s' new > file", str(tmp_path / "sub"))
    assert write.sandbox in {"bubblewrap", "landlock", "none"}
    assert write.always is None  # a rule could not allow it
    assert (push.rule, push.always) == ("Bash(git push)", "bash(git push)")


def test_a_command_runs_where_it_was_decided_about(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    gone = threading.Event()

    def approve(request: ApprovalRequest) -> bool:
        assert request.place == str(tmp_path)
        return gone.wait(20)

    def heard(event: Event) -> None:
        if isinstance(event, ToolReturned) and event.id == "toolu_2":
            gone.set()

    calls = [
        use("bash", 1, command="touch asked"),
        use("bash", 2, command="cd sub"),
    ]
    one, provider = agent(
        {"content": calls},
        call("bash", command="pwd"),
        "Done.",
        tools=[bash],
        policy=Policy(allow=["Bash(pwd)"]),
        approve=approve,
        workspace=tmp_path,
    )
    one.run("Go.", on_event=heard)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["asked"]
    assert answers(provider, 2)[0]["content"].startswith(f"{tmp_path}/sub\n")


def test_always_is_this_command(tmp_path: Path) -> None:
    asked: list[str] = []

    def approve(request: ApprovalRequest) -> str:
        asked.append(request.runs)
        return "always"

    script = [call("bash", command=command) for command in ("echo", "echo", "echo y")]
    one, _ = agent(
        *script, "Done.", tools=[bash], policy=Policy(), approve=approve, workspace=tmp_path
    )
    one.run("Go.")
    assert asked == ["echo", "echo y"]


def test_a_policy_of_commands_says_nothing_of_other_tools(tmp_path: Path) -> None:
    script = [
        call("write_file", path="new", content="x"),
        call("bash", command="echo hi"),
        call("bash", command="touch file"),
    ]
    one, provider = agent(
        *script,
        "Done.",
        tools=[bash, write_file],
        policy=CommandPolicy(allow=["echo"]),
        workspace=tmp_path,
    )
    one.run("Go.")
    told = [answers(provider, index)[0]["content"] for index in (1, 2, 3)]
    assert told[0].startswith("Wrote new file")
    assert told[1].startswith("hi\n")
    assert told[2].startswith("bash was not run. ")
    assert not (tmp_path / "file").exists()


@tool(read_only=True)
def helper(command: str) -> str:
    """Run a command."""
    try:
        return bash(command)
    except ToolError as error:
        return error.message


def test_a_command_inside_a_tool_is_held_to_the_policy(tmp_path: Path) -> None:
    script = [call("helper", command=command) for command in ("echo hi", "echo hi > file")]
    one, provider = agent(*script, "Done.", tools=[helper], policy=POLICY, workspace=tmp_path)
    one.run("Go.")
    assert answers(provider, 1)[0]["content"].startswith("hi\n")
    assert answers(provider, 2)[0]["content"].startswith("bash was not run. ")
    assert not (tmp_path / "file").exists()


def test_without_a_policy_and_a_sandbox_commands_are_asked_about(tmp_path: Path) -> None:
    told, asked = run("echo hi", "git push", sandbox="none", workspace=tmp_path)
    assert told[0].startswith("hi\n")
    assert told[1].startswith("bash was not run. ")
    assert [request.sandbox for request in asked] == ["none", "none"]
    one, provider = agent(
        call("bash", command="echo hi"), "Done.", tools=[bash], sandbox="none", workspace=tmp_path
    )
    one.run("Go.")
    assert "Nobody can be asked" in answers(provider)[0]["content"]
