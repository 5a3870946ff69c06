"""`rookery sessions`: list, show, fork, delete."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rookery import Agent, Session
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.tools import grep
from tests.cli.running import rook, script

GREP = {"tool": {"name": "grep", "input": {"pattern": "port"}}}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "server.conf").write_text("port = 8080\n")
    store = tmp_path / ".local" / "state" / "rookery" / "sessions.db"
    store.parent.mkdir(parents=True)
    for name, task in (("a", "Which port?"), ("b", "Say \x1b[2J hi.")):
        provider = ScriptedProvider.of(GREP, "8080")
        agent = Agent("claude-sonnet-4-6", tools=[grep], workspace=tmp_path, provider=provider)
        with Session(agent, store=store, id=name) as session:
            session.run(task)
    return tmp_path


def test_list_and_show(home: Path) -> None:
    shown = rook("sessions", "list", home=home).stdout
    assert [line.split()[0] for line in shown.splitlines()] == ["session", "b", "a"]
    assert "Which port?" in shown
    assert "\x1b[2J" not in shown
    listed = json.loads(rook("sessions", "list", "--json", "--limit", "1", home=home).stdout)
    assert [one["id"] for one in listed] == ["b"]
    assert listed[0]["about"]["turns"] == 1
    shown = rook("sessions", "show", "a", home=home).stdout
    for said in ("1 turn, ", "> Which port?", "grep(pattern='port')", "  ok: ", "8080"):
        assert said in shown
    assert json.loads(rook("sessions", "show", "a", "--json", home=home).stdout)["id"] == "a"


def test_fork_and_delete(home: Path) -> None:
    assert rook("sessions", "fork", "a", "c", home=home).stdout == "c\n"
    made_up = rook("sessions", "fork", "a", home=home).stdout.strip()
    rook("run", "And now?", "--session", "c", home=home, **script(home, "Still 8080."))
    assert "And now?" not in rook("sessions", "show", "a", home=home).stdout
    done = rook("sessions", "delete", "a", "nothere", home=home)
    assert (done.returncode, "nothere" in done.stderr) == (1, True)
    assert rook("sessions", "delete", "a", made_up, home=home).returncode == 0
    left = json.loads(rook("sessions", "list", "--json", home=home).stdout)
    assert {one["id"] for one in left} == {"b", "c"}
    assert "> Which port?" in rook("sessions", "show", "c", home=home).stdout


@pytest.mark.parametrize(
    "arguments", [["show", "x"], ["fork", "x"], ["delete", "x"], ["fork", "a", "b"]]
)
def test_what_is_not_there_or_in_the_way_is_one_line(home: Path, arguments: list[str]) -> None:
    done = rook("sessions", *arguments, home=home)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


def test_without_sessions(tmp_path: Path) -> None:
    assert "no sessions yet" in rook("sessions", "list", home=tmp_path).stdout
    assert json.loads(rook("sessions", "list", "--json", home=tmp_path).stdout) == []
    assert rook("sessions", "show", "x", home=tmp_path).returncode == 1
    assert not (tmp_path / ".local").exists()
