"""`rookery chat`: through a pipe and on a terminal; approvals there; and the sessions it keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rookery import Agent
from rookery.providers.scripted.provider import ScriptedProvider
from tests.cli.running import on_a_terminal, rook, script

SLOW = {"times": 1, "reply": {"text": "one two three", "latency": 30}}


def kept(home: Path, name: str) -> list[str]:
    """The texts of a session, as the command shows them."""
    document = json.loads(rook("sessions", "show", name, "--json", home=home).stdout)
    texts = []
    for message in document["messages"]:
        content = message["content"]
        texts.append(content if isinstance(content, str) else content[-1].get("text", ""))
    return texts


def chat(home: Path, typed: str, *replies: str, name: str = "s") -> tuple[int, str, str]:
    done = rook("chat", "--session", name, home=home, given=typed, **script(home, *replies))
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def test_a_pipe_gets_the_answers_and_the_session_goes_on(tmp_path: Path) -> None:
    code, answers, notes = chat(tmp_path, "One.\n\nTwo,\\\nand more.\n", "1", "2")
    assert (code, answers) == (0, "1\n2\n")
    assert "session s" in notes
    assert kept(tmp_path, "s") == ["One.", "1", "Two,\nand more.", "2"]
    done = rook("chat", "--continue", home=tmp_path, given="Three.", **script(tmp_path, "3"))
    assert done.stdout == "3\n"
    assert kept(tmp_path, "s")[-2:] == ["Three.", "3"]


def test_commands(tmp_path: Path) -> None:
    typed = (
        "/help\nOne.\nTwo.\n/rewind\n/fork t\nThree.\n/cost\n/tools\n/tools grep,glob\n"
        "/model claude-haiku-4-5\n/model\n/exit\nnever\n"
    )
    code, answers, notes = chat(tmp_path, typed, "1", "2", "3")
    assert (code, answers) == (0, "1\n2\n3\n")
    assert all(name in notes for name in ("/cost", "/rewind", "/fork", "/tools", "/model", "/exit"))
    assert "1 turn left" in notes
    assert "session t" in notes
    assert "2 turns, " in notes
    assert "read_file, list_dir, glob, grep" in notes
    assert "\ngrep, glob\n" in notes
    assert notes.count("claude-haiku-4-5\n") == 2
    assert kept(tmp_path, "s") == ["One.", "1"]
    assert kept(tmp_path, "t") == ["One.", "1", "Three.", "3"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/nope", "no /nope"),
        ("/rewind", "turns"),
        ("/rewind many", "'many' is not a number"),
        ("/tools nonsense", "no tool 'nonsense'"),
        ("/fork ../x", "cannot be the id"),
        ("Hello.", "No rule of the script fits"),
    ],
)
def test_what_goes_wrong_is_said_and_the_talk_goes_on(
    tmp_path: Path, typed: str, said: str
) -> None:
    code, _, notes = chat(tmp_path, f"{typed}\n/tools\n")
    assert said in notes
    assert notes.index(said) < notes.index("read_file, ")
    assert code == 1


def test_a_fresh_name_is_made_up(tmp_path: Path) -> None:
    done = rook("chat", home=tmp_path, given="One.", **script(tmp_path, "1"))
    name = done.stderr.split()[1].rstrip(";")
    assert name.startswith("chat-20")
    assert kept(tmp_path, name) == ["One.", "1"]


def test_there_is_nothing_to_go_on_with(tmp_path: Path) -> None:
    done = rook("chat", "--continue", home=tmp_path, **script(tmp_path))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    both = rook("chat", "--continue", "--session", "s", home=tmp_path, **script(tmp_path))
    assert both.returncode == 2


def test_a_map_is_no_talk_to_go_on_with(tmp_path: Path) -> None:
    chat(tmp_path, "One.\n", "1")
    agent = Agent("claude-sonnet-4-6", provider=ScriptedProvider.of("Done."))
    store = tmp_path / ".local" / "state" / "rookery" / "sessions.db"
    assert store.exists()
    agent.map(["a"], name="nightly", store=store).results()
    assert "a map, 1 kept" in rook("sessions", "list", home=tmp_path).stdout
    done = rook("chat", "--continue", home=tmp_path, given="Two.", **script(tmp_path, "2"))
    assert done.returncode == 0
    assert kept(tmp_path, "s") == ["One.", "1", "Two.", "2"]


def test_a_talk_on_a_terminal(tmp_path: Path) -> None:
    replies = ["First answer.", SLOW, "Third answer."]
    with on_a_terminal(
        "chat", "--session", "s", home=tmp_path, **script(tmp_path, *replies)
    ) as tty:
        tty.wait_for("> ")
        tty.type("One.\n")
        tty.wait_for("First answer.")
        tty.wait_for("> ")
        tty.type("Two.\n")
        tty.wait_for("waits for the model")
        tty.interrupt()  # cancels the answer
        tty.wait_for("cancelled")
        tty.wait_for("> ")
        tty.type("half a li")
        tty.wait_for("half a li")
        tty.interrupt_until("> ")  # drops the line
        tty.type("\x1b[200~Three,\nin two lines.\x1b[201~")  # a paste
        tty.wait_for("lines.")
        tty.type("\n")
        tty.wait_for("Third answer.")
        tty.wait_for("> ")
        tty.type("\x04")  # Ctrl-D leaves
        assert tty.end() == 0
    texts = kept(tmp_path, "s")
    assert texts[0:3] == ["One.", "First answer.", "Two."]
    assert texts[-2:] == ["Three,\nin two lines.", "Third answer."]


WRITE = {"tool": {"name": "bash", "input": {"command": "echo \x1b[2Jhi > new"}}}


@pytest.mark.parametrize(("typed", "written"), [("y\n", True), ("n\n", False), ("\x04", False)])
def test_an_approval_on_the_terminal(tmp_path: Path, typed: str, written: bool) -> None:
    options = ("--tools", "bash", "--sandbox", "none")
    more = script(tmp_path, WRITE, "Done.")
    with on_a_terminal("run", "Write.", *options, home=tmp_path, **more) as tty:
        tty.wait_for("asks to run")
        tty.wait_for("why not: ")
        tty.type(typed)
        tty.wait_for("Done.")
        assert tty.end() == 0
    assert "<U+001B>[2Jhi > new" in tty.shown
    assert (tmp_path / "new").exists() is written
