"""Instructions: which files, in which order, with what they import."""

from __future__ import annotations

from pathlib import Path

import pytest

from rookery import Project
from rookery.project.instructions import TOTAL
from tests.project.common import told, write


def test_files_in_their_order(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"CLAUDE.local.md": "mine", ".claude/CLAUDE.md": "theirs", "CLAUDE.md": "ours"},
    )
    project = Project(tmp_path)
    assert project.instructions == (
        "## CLAUDE.md\n\nours\n\n## .claude/CLAUDE.md\n\ntheirs\n\n## CLAUDE.local.md\n\nmine"
    )
    assert told(project, "used")[0] == "CLAUDE.md: instructions, 4 characters"


def test_agents_md_stands_in_for_claude_md(tmp_path: Path) -> None:
    write(tmp_path, {"AGENTS.md": "be brief"})
    assert "be brief" in Project(tmp_path).instructions
    write(tmp_path, {"CLAUDE.md": "be long"})
    project = Project(tmp_path)
    assert "be brief" not in project.instructions
    assert told(project, "ignored") == ["AGENTS.md: CLAUDE.md takes its place; it may import it"]
    write(tmp_path, {"CLAUDE.md": "@AGENTS.md"})
    project = Project(tmp_path)
    assert "be brief" in project.instructions
    assert not told(project, "ignored")


def test_what_the_user_has_is_read_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = write(
        tmp_path / "home",
        {
            ".claude/CLAUDE.md": "mine everywhere",
            ".claude/skills/a/SKILL.md": "mine",
            ".claude/settings.json": '{"permissions": {"deny": ["Read(./keys/**)"]}}',
        },
    )
    monkeypatch.setenv("HOME", str(home))
    root = write(tmp_path / "root", {"CLAUDE.md": "ours", ".claude/skills/a/SKILL.md": "ours"})
    assert "everywhere" not in Project(root).instructions
    project = Project(root, user=True)
    assert project.instructions.startswith("## ~/.claude/CLAUDE.md\n\nmine everywhere\n\n")
    assert project.skills["a"].text() == "ours"
    assert project.rules["deny"] == [f"Read(/{home}/.claude/keys/**)"]


def test_imports_are_relative_to_the_file_that_names_them(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "CLAUDE.md": "See @docs/style.md, and (@docs/b.md).",
            "docs/style.md": "short lines; @more.md",
            "docs/more.md": "no tabs",
            "docs/b.md": "bees",
        },
    )
    project = Project(tmp_path)
    assert [part for part in ("short lines", "no tabs", "bees") if part in project.instructions]
    assert "## docs/more.md\n\nno tabs" in project.instructions
    assert not told(project, "problem")


@pytest.mark.parametrize(
    "text",
    [
        "`@secret.md`",
        "``a ` @secret.md``",
        "```\n@secret.md\n```",
        "~~~ text\n```\n@secret.md\n~~~",
        "    @secret.md",
        "mail me@secret.md",
        "<!-- @secret.md -->",
        "<!-- one\n@secret.md\ntwo -->",
    ],
)
def test_what_is_no_import(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"CLAUDE.md": f"{text}\n\n@open.md", "secret.md": "s3cret", "open.md": "hello"})
    instructions = Project(tmp_path).instructions
    assert "hello" in instructions
    assert "s3cret" not in instructions


def test_a_comment_is_for_people(tmp_path: Path) -> None:
    write(tmp_path, {"CLAUDE.md": "<!-- to do -->\na\n```\n<!-- kept -->\n```\n"})
    instructions = Project(tmp_path).instructions
    assert "to do" not in instructions
    assert "<!-- kept -->" in instructions


def test_four_imports_deep_and_no_more(tmp_path: Path) -> None:
    write(
        tmp_path, {"CLAUDE.md": "@1.md"} | {f"{n}.md": f"at {n} @{n + 1}.md" for n in range(1, 7)}
    )
    project = Project(tmp_path)
    assert "at 4" in project.instructions
    assert "at 5" not in project.instructions
    assert told(project, "problem") == ["4.md:1: @5.md is more than 4 imports deep"]


def test_a_cycle_is_read_once(tmp_path: Path) -> None:
    write(tmp_path, {"CLAUDE.md": "one @a.md @CLAUDE.md", "a.md": "two @CLAUDE.md @a.md"})
    instructions = Project(tmp_path).instructions
    assert instructions.count("one") == instructions.count("two") == 1


def test_what_is_missing_is_told_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, {"CLAUDE.md": "hello @someone\n\n@docs/missing.md"})
    assert told(Project(tmp_path), "problem") == [
        "CLAUDE.md:3: @docs/missing.md is not there, or leads outside"
    ]


@pytest.mark.parametrize(
    "target", ["../outside.md", "{out}/outside.md", "link.md", "folder/outside.md", "~/outside.md"]
)
def test_no_import_leads_outside(tmp_path: Path, target: str) -> None:
    out = write(tmp_path / "out", {"outside.md": "s3cret"})
    root = write(tmp_path / "out/root", {"CLAUDE.md": f"x @{target.format(out=out)}"})
    (root / "link.md").symlink_to(out / "outside.md")
    (root / "folder").symlink_to(out)
    project = Project(root)
    assert "s3cret" not in project.instructions
    assert "leads outside" in told(project, "problem")[0]


def test_named_roots_are_inside(tmp_path: Path) -> None:
    out = write(tmp_path / "out", {"style.md": "short lines"})
    root = write(tmp_path / "root", {"CLAUDE.md": "@../out/style.md"})
    assert "short lines" in Project(root, roots={"shared": out}).instructions


@pytest.mark.parametrize("name", [".env", ".env.local", ".git/config", "sub/.GIT/config"])
def test_where_keys_are_nothing_is_imported(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"CLAUDE.md": f"@{name}", name: "TOKEN=s3cret"})
    project = Project(tmp_path)
    assert "s3cret" not in project.instructions
    assert told(project, "problem") == [f"CLAUDE.md:1 @{name}: files of this name are not imported"]


def test_what_does_not_fit_is_cut_and_told(tmp_path: Path) -> None:
    write(tmp_path, {"CLAUDE.md": "x" * (TOTAL - 10) + "\n@a.md", "a.md": "y" * 100})
    project = Project(tmp_path)
    assert len(project.instructions) < TOTAL + 500
    assert "[Cut here: only " in project.instructions
    assert "a.md: instructions, cut: only " in told(project, "problem")[0]


def test_a_thousand_imports_are_not_looked_for(tmp_path: Path) -> None:
    write(tmp_path, {"CLAUDE.md": "\n".join(f"@missing/{n}.md" for n in range(5_000))})
    problems = told(Project(tmp_path), "problem")
    assert len(problems) == 101
    assert problems[-1] == "CLAUDE.md:101: more than 100 imports: the rest is left out"


def test_nothing_there_is_nothing_said(tmp_path: Path) -> None:
    project = Project(tmp_path)
    assert project.instructions == ""
    assert project.notes == ()
    assert project.arguments() == {"tools": [], "subagents": [], "workspace": tmp_path}
