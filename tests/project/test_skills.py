"""Skills: told by name, loaded by a tool, and nothing in them is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rookery import Agent, Policy, Project
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.tools import read_file
from tests.project.common import agent_file, told, write

SKILL = ".claude/skills/deploy/SKILL.md"


def project(tmp_path: Path, head: str, body: str) -> Project:
    write(tmp_path, {SKILL: agent_file(head, body)})
    return Project(tmp_path)


async def called(given: dict[str, Any], *inputs: dict[str, Any]) -> list[str]:
    """What the tool answers when a model calls it."""
    replies = [{"tool": {"name": "skill", "input": one}} for one in inputs]
    provider = ScriptedProvider.of(*replies, "done")
    result = await Agent("claude-sonnet-4-6", provider=provider, **given).arun("go")
    blocks = [m["content"] for m in result.messages if m["role"] == "user"][1:]
    return [_text(block["content"]) for found in blocks for block in found]


def _text(content: Any) -> str:
    return content if isinstance(content, str) else content[0]["text"]


async def test_a_prompt_has_the_description_and_the_tool_the_rest(tmp_path: Path) -> None:
    head = "name: deploy\ndescription: Deploys.\nwhen_to_use: Before a release."
    given = project(tmp_path, head, "Deploy $ARGUMENTS now.").arguments(system="Be brief.")
    assert given["system"] == (
        "Be brief.\n\nSkills: before you do what one of these is for, load it with the tool "
        "skill.\n- deploy: Deploys. Before a release."
    )
    said = await called(given, {"name": "deploy", "arguments": "api"}, {"name": "fly"})
    assert said == ["Deploy api now.", "There is no skill 'fly'. Skills: deploy."]


@pytest.mark.parametrize(
    ("head", "body", "arguments", "text"),
    [
        ("", "hello", "", "hello"),
        ("", "hello", "a b", "hello\n\nARGUMENTS: a b"),
        ("", "$ARGUMENTS!", "a b", "a b!"),
        ("", "$0 and $1 and $2", "'a b' c", "a b and c and"),
        ("", "$ARGUMENTS[1]", "a b", "b"),
        ("arguments: [from, to]", "$from to $to, $other", "a b", "a to b, $other"),
        ("arguments: from to", "$to", "a b", "b"),
        ("", "costs $1.50", "", "costs $1.50"),
        ("", "$ARGUMENTS", "$ARGUMENTS ${CLAUDE_SKILL_DIR}", "$ARGUMENTS ${CLAUDE_SKILL_DIR}"),
        ("", "it's $0", "it's", "it's it's"),
    ],
)
def test_arguments(tmp_path: Path, head: str, body: str, arguments: str, text: str) -> None:
    found = project(tmp_path, f"description: x\n{head}".strip(), body)
    assert found.skills["deploy"].text(arguments) == text


def test_the_folder_of_the_skill(tmp_path: Path) -> None:
    found = project(tmp_path, "description: x", "run ${CLAUDE_SKILL_DIR}/run.py")
    folder = tmp_path / ".claude/skills/deploy"
    assert found.skills["deploy"].text() == f"run {folder}/run.py"


def test_name_and_description_may_be_missing(tmp_path: Path) -> None:
    write(tmp_path, {SKILL: "# Deploys\n\nFirst, think."})
    skill = Project(tmp_path).skills["deploy"]
    assert skill.description == "Deploys"


async def test_what_only_people_may_ask_for(tmp_path: Path) -> None:
    head = "description: x\ndisable-model-invocation: true"
    found = project(tmp_path, head, "Deploy $0.")
    assert "tools" not in found.arguments() or not found.arguments()["tools"]
    assert "system" not in found.arguments()
    assert found.task("/deploy api") == "Deploy api."
    assert found.task("/fly api") == "/fly api"
    assert found.task("deploy api") == "deploy api"
    write(tmp_path, {".claude/skills/other/SKILL.md": agent_file("description: y")})
    said = await called(Project(tmp_path).arguments(), {"name": "deploy"})
    assert said == ["There is no skill 'deploy'. Skills: other."]


def test_commands_in_it_are_not_run(tmp_path: Path) -> None:
    body = "Now: !`touch ran`\n\n```!\ntouch ran\n```"
    found = project(tmp_path, "description: x", body)
    text = found.skills["deploy"].text()
    assert text.startswith("(This file asks for commands to be run while it is read; they were not")
    assert "!`touch ran`" in text
    assert not (tmp_path / "ran").exists()
    assert told(found, "ignored") == [f"{SKILL}: commands in it, as !`command`, are not run"]


def test_allowed_tools_grant_nothing(tmp_path: Path) -> None:
    found = project(tmp_path, "description: x\nallowed-tools: Bash(*)\nmodel: opus", "x")
    assert told(found, "ignored") == [
        f"{SKILL}:3: allowed-tools: grants nothing here: the policy of the agent decides",
        f"{SKILL}:4: model: is not used",
    ]
    given = found.arguments(tools=[read_file], policy=Policy(mode="dont_ask"))
    assert list(map(str, given["tools"])) == ["<tool read_file>", "<tool skill>"]
    assert given["policy"].decide("bash", {"command": "ls"}).verdict == "deny"


async def test_files_of_a_skill_and_no_others(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            SKILL: agent_file("description: x"),
            ".claude/skills/deploy/more.md": "more",
            "secret.md": "s3cret",
        },
    )
    (tmp_path / ".claude/skills/deploy/link.md").symlink_to(tmp_path / "secret.md")
    files = ["more.md", "../../../secret.md", "link.md", "missing.md", str(tmp_path / "secret.md")]
    given = Project(tmp_path).arguments()
    said = await called(given, *({"name": "deploy", "file": file} for file in files))
    assert said[0] == "more"
    assert not [one for one in said[1:] if "s3cret" in one]
    assert "is outside" in said[1]


async def test_rules_about_reading_hold_for_files_of_a_skill(tmp_path: Path) -> None:
    write(tmp_path, {SKILL: agent_file("description: x"), ".claude/skills/deploy/a.key": "s3cret"})
    given = Project(tmp_path).arguments(policy=Policy(deny=["Read(*.key)"]))
    [said] = await called(given, {"name": "deploy", "file": "a.key"})
    assert said == "read_file was not run. The rule Read(*.key) denies this call."


def test_many_descriptions_leave_names(tmp_path: Path) -> None:
    text = agent_file("description: " + "x" * 1_500)
    write(tmp_path, {f".claude/skills/s{n:02}/SKILL.md": text for n in range(60)})
    found = Project(tmp_path)
    prompt = found.arguments()["system"]
    assert len(prompt) < 20_000
    assert "- s49" in prompt
    assert told(found, "problem") == [".claude/skills: only 50 of 60 are read"]
