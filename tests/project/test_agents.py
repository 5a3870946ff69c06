"""Agents in files: what they get, and that they never get more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rookery import Agent, Project, choose_model
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.tools import bash, edit_file, grep, read_file, write_file
from tests.project.common import agent_file, told, write

HEAD = "name: reviewer\ndescription: Reviews code."


def one(tmp_path: Path, head: str, *, tools: list[Any], body: str = "You review.") -> Agent[Any]:
    write(tmp_path, {".claude/agents/reviewer.md": agent_file(f"{HEAD}\n{head}".strip(), body)})
    project = Project(tmp_path)
    assert not told(project, "problem")
    [agent] = project.arguments(tools=tools)["subagents"]
    return agent  # type: ignore[no-any-return]


def test_a_file_is_an_agent(tmp_path: Path) -> None:
    agent = one(tmp_path, "maxTurns: 7\nmodel: haiku", tools=[read_file])
    assert (agent.name, agent.description) == ("reviewer", "Reviews code.")
    assert agent.system == "You review."
    assert agent.max_turns == 7
    assert agent.model == choose_model("simple")
    assert agent.arguments.get("tools") is None  # those of the agent above


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("tools: Read, Grep", ["grep", "read_file"]),
        ("tools: [Read, Write]", ["read_file", "write_file"]),
        ("tools:\n  - Edit", ["edit_file"]),
        ("tools: read_file", ["read_file"]),
        ("tools: ''", []),
        ("tools:", []),
        ("disallowedTools: Bash, Edit", ["grep", "read_file", "write_file"]),
        ("tools: Read, Bash\ndisallowedTools: Bash", ["read_file"]),
        ("permissionMode: plan", ["grep", "read_file"]),
        ("tools: Bash, Read\npermissionMode: plan", ["read_file"]),
        ("disallowedTools: Bash(rm:*)", ["edit_file", "grep", "read_file", "write_file"]),
    ],
)
def test_tools_by_the_names_of_claude_code(tmp_path: Path, head: str, names: list[str]) -> None:
    agent = one(tmp_path, head, tools=[read_file, grep, bash, edit_file, write_file])
    assert sorted(agent.tools) == names


def test_a_file_gives_no_tool_that_the_agent_above_does_not_have(tmp_path: Path) -> None:
    agent = one(
        tmp_path, "tools: Bash, Write, Read\npermissionMode: bypassPermissions", tools=[read_file]
    )
    assert list(agent.tools) == ["read_file"]


def test_tools_of_mcp_servers(tmp_path: Path) -> None:
    def tool(name: str) -> Any:
        def run() -> str:
            """Do it."""
            return name

        run.__name__ = name
        return run

    tools = [tool("mcp__git__log"), tool("mcp__git__push"), tool("mcp__db__query")]
    agent = one(tmp_path, "tools: mcp__git\ndisallowedTools: mcp__git__push", tools=tools)
    assert list(agent.tools) == ["mcp__git__log"]


def test_what_is_not_used_is_told_with_its_line(tmp_path: Path) -> None:
    head = f"{HEAD}\ncolor: red\nhooks:\n  Stop: []\npermissionMode: acceptEdits\ntools: Read, Fly"
    write(tmp_path, {".claude/agents/reviewer.md": agent_file(head)})
    assert set(told(Project(tmp_path), "ignored")) == {
        ".claude/agents/reviewer.md:4: color: is not used",
        ".claude/agents/reviewer.md:5: hooks: is not used",
        ".claude/agents/reviewer.md:7: permissionMode: acceptEdits: what may run is not its choice",
        ".claude/agents/reviewer.md:8: tools: there is no tool 'Fly'",
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (agent_file("description: x"), ":1: no agent: name must be letters"),
        (agent_file("name: a b\ndescription: x"), ":2: no agent: name must be letters"),
        (agent_file("name: a"), ":1: no agent: description is missing"),
        (agent_file("name: bash\ndescription: x"), ":2: no agent: name bash is that of a tool"),
        (agent_file("name: a\ndescription: x\nmodel: gpt"), ":4: no agent: model 'gpt' is unkn"),
        (agent_file("name: a\ndescription: x\nmaxTurns: -1"), ":4: no agent: maxTurns must be"),
        (agent_file("name: a\ndescription: x\ntools: {a: b}"), ":4: no agent: tools must be names"),
        (agent_file("name: a\n  description: [x"), ":3: no agent: the head is no YAML"),
        ("no head at all", ":1: no agent: name must be letters"),
        ("---\nname: a\n", ":1: no agent: the head has no end"),
        (agent_file("- a\n- b"), ":2: no agent: the head must be names with values"),
        (agent_file("name: a\ndescription: !!python/object/apply:os.system [x]"), ":3: no agent: "),
        (agent_file("x: &x [a, a]\ny: [*x, *x]"), ":3: no agent: the head is no YAML: aliases"),
        (agent_file(f"name: {'[' * 9000}"), ":2: no agent: the head is no YAML: it is too deep"),
        (agent_file(f"name: a\nx: [{'[a],' * 900}]"), ":3: no agent: the head is no YAML: it has"),
        (agent_file("name: a\ndescription: " + "x" * 20_000), ":1: no agent: the head is longer"),
        (agent_file("name: a\ndescription: [" + "9" * 10_000 + "]"), ": no agent: "),
        (agent_file("name: a\nx: 2001-99-99\ny:\n - z"), ":2: no agent: the head is no YAML"),
    ],
)
def test_a_bad_file_is_told_and_others_go_on(tmp_path: Path, text: str, problem: str) -> None:
    good = agent_file("name: good\ndescription: Good.")
    write(tmp_path, {".claude/agents/a.md": text, ".claude/agents/b.md": good})
    project = Project(tmp_path)
    assert list(project.agents) == ["good"]
    [said] = told(project, "problem")
    assert problem in said
    assert len(said) < 700


def test_a_description_may_have_a_colon(tmp_path: Path) -> None:
    head = 'name: a\ndescription: Use it so: user: "hello" #1'
    write(tmp_path, {".claude/agents/a.md": agent_file(head)})
    assert Project(tmp_path).agents["a"].description == 'Use it so: user: "hello" #1'


def test_two_of_a_name(tmp_path: Path) -> None:
    text = agent_file("name: a\ndescription: x")
    write(tmp_path, {".claude/agents/1.md": text, ".claude/agents/2.md": text})
    project = Project(tmp_path)
    assert list(project.agents) == ["a"]
    assert "1.md has the name 'a', too" in told(project, "problem")[0]


def test_agents_of_the_program_count_more(tmp_path: Path) -> None:
    write(tmp_path, {".claude/agents/a.md": agent_file(HEAD)})
    own: Agent[Any] = Agent("claude-haiku-4-5", name="reviewer", provider="offline")
    assert Project(tmp_path).arguments(subagents=[own])["subagents"] == [own]


async def test_the_agent_gives_it_a_task(tmp_path: Path) -> None:
    write(tmp_path, {".claude/agents/a.md": agent_file(f"{HEAD}\ntools: Read"), "x.txt": "port 1"})
    provider = ScriptedProvider.of(
        {"tool": {"name": "reviewer", "input": {"task": "look at x.txt"}}},
        {"tool": {"name": "read_file", "input": {"path": "x.txt"}}},
        "it is fine",
        "all is well",
    )
    given = Project(tmp_path).arguments(tools=[read_file, bash])
    result = await Agent("claude-sonnet-4-6", provider=provider, **given).arun("review")
    assert result.text == "all is well"
    assert list(result.cost_tracking["by_agent"]) == ["agent", "reviewer"]
