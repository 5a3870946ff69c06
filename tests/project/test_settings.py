"""Rules of a project: they take away, and give nothing unless it is trusted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rookery import Agent, CommandPolicy, Policy, Project
from rookery.errors import AgentError
from rookery.policy.narrowing import Narrowing
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.tools import bash, read_file, write_file
from tests.project.common import told, write

RULES = {
    "allow": ["Bash", "Write"],
    "ask": ["Bash(git push:*)"],
    "deny": ["Read(./secret/**)", "Read(*.key)", "WebFetch"],
}


def settings(tmp_path: Path, **found: Any) -> Path:
    return write(tmp_path, {".claude/settings.json": json.dumps(found)})


async def answer(given: dict[str, Any], name: str, **value: Any) -> str:
    """What a call of a tool is answered with."""
    provider = ScriptedProvider.of({"tool": {"name": name, "input": value}}, "done")
    result = await Agent("claude-sonnet-4-6", provider=provider, **given).arun("go")
    content = result.messages[2]["content"][0]["content"]
    return content if isinstance(content, str) else content[0]["text"]


async def test_rules_that_deny_hold_where_there_is_no_policy(tmp_path: Path) -> None:
    settings(tmp_path, permissions=RULES)
    write(tmp_path, {"secret/a.txt": "s3cret", "b.key": "s3cret", "c.txt": "hello"})
    given = Project(tmp_path).arguments(tools=[read_file, bash, write_file])
    assert "denies this call" in await answer(given, "read_file", path="secret/a.txt")
    assert "denies this call" in await answer(given, "read_file", path="b.key")
    assert "hello" in await answer(given, "read_file", path="c.txt")
    asked = await answer(given, "bash", command="git push --force")
    assert "Bash(git push:*)" in asked and "Nobody can be asked" in asked
    assert "Wrote" in await answer(given, "write_file", path="d.txt", content="x")


async def test_without_a_sandbox_commands_are_asked_about_as_before(tmp_path: Path) -> None:
    settings(tmp_path, permissions={"deny": ["Read(*.key)"]})
    given = Project(tmp_path).arguments(tools=[bash], sandbox="none")
    assert "Nobody can be asked" in await answer(given, "bash", command="echo hello")


async def test_rules_that_allow_are_ignored(tmp_path: Path) -> None:
    settings(tmp_path, permissions=RULES)
    project = Project(tmp_path)
    own = Policy(deny=["Bash(rm:*)"], mode="dont_ask")
    policy = project.arguments(policy=own)["policy"]
    assert policy.decide("write_file", {"path": "x"}).verdict == "deny"
    assert policy.decide("bash", {"command": "rm x"}).rule == "Bash(rm:*)"
    assert policy.mode == "dont_ask"
    assert ".claude/settings.json: 2 rules that allow: the project is not trusted" in told(
        project, "ignored"
    )


async def test_rules_that_allow_hold_where_it_is_trusted(tmp_path: Path) -> None:
    settings(tmp_path, permissions=RULES)
    policy = Project(tmp_path, trusted=True).arguments(policy=Policy())["policy"]
    assert policy.decide("write_file", {"path": "x"}).verdict == "allow"
    assert policy.decide("web_fetch", {"url": "https://x.org"}).verdict == "deny"


@pytest.mark.parametrize(
    ("command", "verdict"),
    [("ls", "allow"), ("git push", "ask"), ("cat x", "ask"), ("rm x", "deny")],
)
def test_a_command_policy_is_narrowed(tmp_path: Path, command: str, verdict: str) -> None:
    settings(tmp_path, permissions=RULES | {"deny": ["Bash(rm:*)"]})
    own = CommandPolicy(allow=["ls", "git push", "rm"])
    policy = Project(tmp_path).arguments(policy=own)["policy"]
    decision = policy.decide("bash", {"command": command})
    assert decision.verdict == verdict
    assert (decision.line is not None) == (verdict == "allow")
    assert policy.decide("write_file", {"path": "x"}) is None


def test_narrowing_says_nothing_of_the_rest() -> None:
    policy = Narrowing(ask=["Write"], deny=["WebFetch", "Bash(rm:*)"])
    assert policy.decide("bash", {"command": "ls"}) is None
    assert policy.decide("send", {}) is None
    ask, deny = policy.decide("write_file", {"path": "x"}), policy.decide("web_fetch", {})
    assert ask is not None and ask.verdict == "ask"
    assert deny is not None and deny.verdict == "deny"
    assert policy.removes("web_fetch") and not policy.removes("bash")


@pytest.mark.parametrize("rule", ["Read(./a/*.txt)", "Read(/a/*.txt)", "Read(a/*.txt)"])
def test_paths_begin_where_the_settings_are(tmp_path: Path, rule: str) -> None:
    root = settings(tmp_path / "x [1]*", permissions={"deny": [rule]})
    write(root, {"a/b.txt": "x"})
    inner = root / "a"
    given = Project(root).arguments(workspace=inner)
    agent: Agent[str] = Agent("claude-sonnet-4-6", provider="offline", **given)
    decision = given["policy"].decide("read_file", {"path": "b.txt"}, workspace=agent.workspace)
    assert decision is not None and decision.verdict == "deny"


def test_rules_about_agents_and_skills(tmp_path: Path) -> None:
    settings(tmp_path, permissions={"deny": ["Agent(reviewer)", "Skill(deploy)", "Task(x)"]})
    policy = Project(tmp_path).arguments()["policy"]
    assert policy.removes("reviewer") and policy.removes("x")
    assert policy.decide("skill", {"name": "deploy"}).verdict == "deny"
    assert policy.decide("skill", {"name": "other"}) is None


def test_local_settings_come_on_top(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".claude/settings.json": '{"permissions": {"deny": ["Bash"]}}',
            ".claude/settings.local.json": '{"permissions": {"deny": ["WebFetch"]}}',
        },
    )
    assert Project(tmp_path).rules["deny"] == ["Bash", "WebFetch"]


def test_hooks_are_never_run_and_other_settings_not_used(tmp_path: Path) -> None:
    hook = {"matcher": "*", "hooks": [{"type": "command", "command": f"touch {tmp_path}/ran"}]}
    settings(
        tmp_path,
        hooks={"SessionStart": [hook]},
        env={"A": "b"},
        model="opus",
        permissions={"defaultMode": "bypassPermissions"},
    )
    project = Project(tmp_path, trusted=True)
    assert told(project, "ignored") == [
        ".claude/settings.json: hooks: they are never run",
        ".claude/settings.json: not used: env, model",
        ".claude/settings.json: permissions: not used: defaultMode",
    ]
    agent: Agent[str] = Agent("claude-sonnet-4-6", provider="offline", **project.arguments())
    agent.run("What is 2 + 2?")
    assert not (tmp_path / "ran").exists()
    assert "policy" not in project.arguments()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "it is no JSON"),
        ("[" * 100_000, "it is no JSON"),
        ("[]", "it is no JSON object"),
        ('{"permissions": []}', "permissions must be an object"),
        ('{"permissions": {"deny": "Bash"}}', "permissions.deny must be a list"),
        ('{"permissions": {"deny": [7]}}', "7 is not a rule"),
        ('{"permissions": {"deny": ["Read(!x)"]}}', "cannot be negated"),
        ('{"permissions": {"deny": ["Read(../x)"]}}', "cannot contain '..'"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, text: str, problem: str) -> None:
    write(tmp_path, {".claude/settings.json": text})
    assert problem in told(Project(tmp_path), "problem")[0]


def test_mcp_servers_only_where_it_is_trusted(tmp_path: Path) -> None:
    file = {"mcpServers": {"db": {"command": "touch", "args": ["ran"]}, "web": {"url": "http://x"}}}
    write(tmp_path, {".mcp.json": json.dumps(file)})
    stranger = Project(tmp_path)
    assert stranger.servers == ()
    assert "not trusted" in told(stranger, "ignored")[0]
    servers = Project(tmp_path, trusted=True).servers
    assert [(one.name, one.cwd) for one in servers] == [("db", str(tmp_path)), ("web", None)]
    assert not (tmp_path / "ran").exists()
    write(tmp_path, {".mcp.json": '{"mcpServers": {"a": {"command": "${MISSING_HERE}"}}}'})
    assert "MISSING_HERE" in told(Project(tmp_path, trusted=True), "problem")[0]


def test_arguments_that_cannot_be(tmp_path: Path) -> None:
    settings(tmp_path, permissions=RULES)
    project = Project(tmp_path)
    with pytest.raises(AgentError, match="policy must be"):
        project.arguments(policy="all")
    with pytest.raises(AgentError, match="give one of them"):
        project.arguments(system="a", instructions="b")
    with pytest.raises(AgentError, match="not a folder"):
        Project(tmp_path / "missing")
