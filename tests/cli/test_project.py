"""`run` and `chat` with what a project brings along, with rules and with a budget."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import rook, script

READ = {"tool": {"name": "read_file", "input": {"path": "notes.txt"}}}
WRITE = {"tool": {"name": "write_file", "input": {"path": "new.txt", "content": "x"}}}
SKILL = "---\ndescription: Greets.\ndisable-model-invocation: true\n---\nSay hello to $ARGUMENTS."
SETTINGS = {"permissions": {"allow": ["Write"], "deny": ["Read(notes.txt)"]}}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name, text in {
        "CLAUDE.md": "Be kind.",
        ".claude/skills/greet/SKILL.md": SKILL,
        ".claude/settings.json": json.dumps(SETTINGS),
        ".mcp.json": json.dumps({"mcpServers": {"none": {"command": "/nowhere/to/be/found"}}}),
        "notes.txt": "s3cret",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def messages(home: Path, name: str) -> str:
    return rook("sessions", "show", name, "--json", home=home).stdout


def test_a_project_is_taken_over_and_told(home: Path) -> None:
    given = ("run", "Read it.", "--session", "s", "--project")
    done = rook(*given, home=home, **script(home, READ, "done"))
    assert (done.returncode, done.stdout) == (0, "done\n")
    notes = [line for line in done.stderr.splitlines() if line.startswith("project: ")]
    assert notes == [
        "project: used CLAUDE.md: instructions, 8 characters",
        "project: used .claude/skills/greet/SKILL.md: the skill greet, for people only",
        "project: ignored .claude/settings.json: 1 rules that allow: the project is not trusted",
        "project: used .claude/settings.json: 1 rules: deny",
        "project: ignored .mcp.json: MCP servers start programs, and the project is not trusted",
    ]
    assert "s3cret" not in messages(home, "s")
    assert "Read(notes.txt) denies" in messages(home, "s")
    again = rook(*given, home=home, **script(home, "again"))
    assert again.stdout == "again\n"


def test_without_the_option_nothing_of_it_is_read(home: Path) -> None:
    done = rook("run", "Read it.", "--session", "s", home=home, **script(home, READ, "done"))
    assert "project: " not in done.stderr
    assert "s3cret" in messages(home, "s")


def test_trust_starts_servers(home: Path) -> None:
    done = rook("run", "Hi", "--trust-project", home=home, **script(home, "done"))
    assert done.stdout == "done\n"
    assert "project: used .mcp.json: the MCP server none" in done.stderr
    quiet = rook("run", "Hi", "--project", "--quiet", home=home, **script(home, "done"))
    assert quiet.stderr == ""


def test_a_skill_is_asked_for_by_its_name(home: Path) -> None:
    run = ("run", "/greet Ann", "--session", "s", "--project")
    rook(*run, home=home, **script(home, "done"))
    assert "Say hello to Ann." in messages(home, "s")
    chat = ("chat", "--session", "t", "--project")
    typed = "/greet Bob\n/help\n/fly\n"
    done = rook(*chat, home=home, given=typed, **script(home, "done"))
    assert "Say hello to Bob." in messages(home, "t")
    assert "there is no /fly" in done.stderr


@pytest.mark.parametrize(
    ("options", "written"),
    [
        ([], True),
        (["--deny", "Bash"], True),
        (["--deny", "Write"], False),
        (["--ask", "Write"], False),
        (["--allow", "Bash(ls)"], False),
        (["--allow", "Edit"], True),
        (["--policy-preset", "read-only"], False),
    ],
)
def test_rules(home: Path, options: list[str], written: bool) -> None:
    done = rook(
        "run", "Write.", "--tools", "write_file", *options, home=home, **script(home, WRITE, "done")
    )
    assert done.stdout == "done\n", done.stderr
    assert (home / "new.txt").exists() == written


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--budget-usd", "0.000001"], 4, "ended with budget"),
        (["--budget-tokens", "5"], 4, "ended with budget"),
        (["--budget-usd", "5", "--budget-tokens", "100000", "--budget-seconds", "60"], 0, ""),
        (["--budget-usd", "free"], 1, "usd of a budget must be"),
        (["--budget-seconds", "-1"], 1, "seconds of a budget must be"),
        (["--budget-tokens", "0"], 2, "--budget-tokens"),
        (["--policy-preset", "none"], 2, "--policy-preset"),
        (["--deny", "not a rule"], 1, "is not a rule"),
    ],
)
def test_budgets_and_what_cannot_be(home: Path, options: list[str], code: int, said: str) -> None:
    done = rook("run", "Hi", "--quiet", *options, home=home, **script(home, "done"))
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
