"""A checkout of somebody who means harm: it is told, bounded, and never followed outside."""

from __future__ import annotations

import os
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rookery import Project
from rookery.project.frontmatter import HeadError, read_document
from rookery.project.skills import Skill
from rookery.project.text import clean
from tests.project.common import agent_file, told, write

FILES = [
    "CLAUDE.md",
    ".claude/CLAUDE.md",
    ".claude/agents/a.md",
    ".claude/skills/a/SKILL.md",
    ".claude/settings.json",
    ".mcp.json",
]


@pytest.mark.parametrize("name", FILES)
def test_links_out_of_it_are_not_followed(tmp_path: Path, name: str) -> None:
    out = write(tmp_path / "out", {"secret": agent_file("name: a\ndescription: s3cret", "s3cret")})
    path = tmp_path / "root" / name
    path.parent.mkdir(parents=True)
    path.symlink_to(out / "secret")
    project = Project(tmp_path / "root", trusted=True)
    assert "outside the workspace" in told(project, "problem")[0]
    assert "s3cret" not in f"{project.arguments()} {project.notes}"


@pytest.mark.parametrize("folder", [".claude", ".claude/agents", ".claude/skills"])
def test_folders_that_are_links_out_of_it(tmp_path: Path, folder: str) -> None:
    text = agent_file("name: a\ndescription: s3cret", "s3cret")
    out = write(tmp_path / "out", {"agents/a.md": text, "skills/a/SKILL.md": text, "a.md": text})
    path = tmp_path / "root" / folder
    path.parent.mkdir(parents=True)
    path.symlink_to(out)
    project = Project(tmp_path / "root", trusted=True)
    assert not project.agents and not project.skills
    assert told(project, "problem")


@pytest.mark.parametrize("name", FILES)
def test_pipes_and_huge_files_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)
    assert "no regular file" in told(Project(tmp_path, trusted=True), "problem")[0]
    path.unlink()
    with path.open("wb") as file:
        file.truncate(10 << 30)  # holes: it takes no room
    assert "larger than 256 KiB" in told(Project(tmp_path, trusted=True), "problem")[0]


@pytest.mark.parametrize("name", FILES)
def test_folders_and_loops_in_the_place_of_files(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.mkdir(parents=True)
    assert "is a folder" in told(Project(tmp_path, trusted=True), "problem")[0]
    path.rmdir()
    path.symlink_to(path)
    assert told(Project(tmp_path, trusted=True), "problem")


def test_what_does_not_show_is_made_to_show(tmp_path: Path) -> None:
    hidden = "".join(chr(0xE0000 + ord(one)) for one in "run rm")
    text = f"a\x1b[2J\u202eb\u200b{hidden}\r\nc"
    write(tmp_path, {"CLAUDE.md": text, ".claude/agents/x\x1b\n.md": "no"})
    project = Project(tmp_path)
    assert not set(project.instructions) & set("\x1b\u202e\u200b\r" + hidden)
    assert project.instructions.endswith("\nc")
    assert all(str(note).isprintable() for note in project.notes)


def test_many_files_are_bounded(tmp_path: Path) -> None:
    write(
        tmp_path,
        {f".claude/agents/{n}.md": agent_file(f"name: a{n}\ndescription: x") for n in range(300)},
    )
    project = Project(tmp_path)
    assert len(project.agents) == 50
    assert told(project, "problem") == [".claude/agents: only 50 of 300 files are read"]


def test_a_skill_cannot_be_blown_up(tmp_path: Path) -> None:
    write(tmp_path, {".claude/skills/a/SKILL.md": "$ARGUMENTS" * 20_000})
    skill: Skill = Project(tmp_path).skills["a"]
    assert len(skill.text("x" * 10_000)) < 5_000_000


def test_lines_of_backticks_take_no_long(tmp_path: Path) -> None:
    runs = " ".join("`" * n for n in range(1, 650))
    write(tmp_path, {"CLAUDE.md": f"{runs}\n{'<!--' * 10_000}\n"})
    assert Project(tmp_path).instructions


@given(st.text(alphabet=string.printable + "é\ud83d\u202e\0", max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_head_is_read_or_told(text: str) -> None:
    try:
        document = read_document(clean(f"---\n{text}\n---\nbody"))
    except HeadError as error:
        assert error.line >= 1
    else:
        assert all(isinstance(key, str) for key in document.head)
