"""`rookery run`: answers on stdout, progress on stderr, exit codes, Ctrl-C."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rookery import Session
from rookery.cli.turn import CODES
from rookery.providers.scripted.provider import ScriptedProvider
from tests.cli.running import on_a_terminal, rook, script

TASK = 'Search the files for "port", and say which port is used.'
GREP = {"tool": {"name": "grep", "input": {"pattern": "port"}}}
SLOW = {"reply": {"text": "one two three", "chunk": 1, "pace": 30}}
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "server.conf").write_text("host = local\nport = 8080\n")
    return tmp_path


def test_the_answer_is_on_stdout_and_progress_in_lines_on_stderr(home: Path) -> None:
    done = rook("run", TASK, "--provider", "offline", home=home)
    assert (done.returncode, done.stdout) == (0, "server.conf:2: port = 8080\n")
    lines = done.stderr.splitlines()
    assert lines[0] == "step 1"
    assert "  grep(pattern='port')" in lines
    assert any(line.startswith("  ok grep: 1 line, ") for line in lines)
    assert " in, " in lines[-1] and " out, $" in lines[-1]
    assert "\x1b" not in done.stderr
    quiet = rook("run", TASK, "--provider", "offline", "--quiet", home=home)
    assert (quiet.stdout, quiet.stderr) == (done.stdout, "")


def test_json_is_one_document(home: Path) -> None:
    used = {
        "text": "Hello.",
        "model": "claude-sonnet-4-6",
        "usage": {"input_tokens": 10, "output_tokens": 4},
    }
    done = rook(
        "run", "-", "--json", "--system", "Be brief.", home=home, given="Hi\n", **script(home, used)
    )
    document = json.loads(done.stdout)
    assert document["text"] == "Hello."
    assert document["stop_reason"] == "end_turn"
    assert (document["error"], document["session_id"]) == (None, None)
    assert document["usage"]["input_tokens"] == 10
    assert float(document["cost"]) == pytest.approx(10 * 3e-6 + 4 * 15e-6)
    assert [step["tool"] for step in document["steps"]] == [None]


def test_events_are_lines_and_the_result_is_the_last(home: Path) -> None:
    busy = {"error": {"type": "overloaded_error", "headers": {"retry-after-ms": "1"}}}
    done = rook("run", TASK, "--events", home=home, **script(home, busy, GREP, "8080"))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = [line["event"] for line in lines]
    assert kinds[0] == "run_started"
    assert kinds.index("step_started") + 1 == kinds.index("retried")
    assert kinds[-2:] == ["run_ended", "result"]
    assert "tool_returned" in kinds
    assert lines[-1]["text"] == "8080"
    assert "529" in done.stderr


@pytest.mark.parametrize(
    ("reply", "arguments", "code", "said"),
    [
        ({"text": "Too long", "stop_reason": "max_tokens"}, [], 4, "max_tokens"),
        (GREP, ["--max-turns", "1"], 4, "max_turns"),
        ({"text": "No.", "stop_reason": "refusal"}, [], 5, "refusal"),
        ({"error": {"type": "permission_error", "message": "Not you."}}, [], 1, "Not you."),
        ("Hello", ["--tools", "read_file,nonsense"], 2, "nonsense"),
        ("Hello", ["--max-turns", "0"], 2, "--max-turns"),
        ("Hello", ["--image", "server.conf"], 2, "no whole image"),
        ("Hello", ["--image", "nowhere.png"], 2, "nowhere.png"),
        ("Hello", ["--image", "/dev/zero"], 2, "no whole image"),
        ("Hello", ["--session", "../x"], 1, "cannot be the id"),
        ("Hello", ["--model", " "], 1, "model"),
    ],
)
def test_exit_codes(home: Path, reply: Any, arguments: list[str], code: int, said: str) -> None:
    done = rook("run", TASK, *arguments, home=home, **script(home, {"reply": reply}))
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "more", [{}, {"ROOKERY_PROVIDER": "nonsense"}, {"ROOKERY_PROVIDER": "anthropic"}]
)
def test_without_a_backend_it_says_how_to_configure_one(home: Path, more: dict[str, str]) -> None:
    done = rook("run", TASK, home=home, **more)
    assert (done.returncode, done.stdout) == (3, "")
    assert "--provider offline" in done.stderr


def test_an_empty_task_is_bad_usage(home: Path) -> None:
    done = rook("run", "-", home=home, given=" \n", **script(home, "Hello"))
    assert done.returncode == 2
    assert "empty" in done.stderr


def test_every_exit_code_of_the_table_is_documented() -> None:
    from tests.architecture.source import ROOT

    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert not [reason for reason in CODES if f"`{reason}`" not in page]


def test_default_tools_only_read(home: Path) -> None:
    edit = {"tool": {"name": "write_file", "input": {"path": "new", "content": "x"}}}
    done = rook("run", TASK, home=home, **script(home, edit, "Done."))
    assert "There is no tool 'write_file'" in done.stderr
    assert not (home / "new").exists()
    done = rook("run", TASK, "--tools", "write_file", home=home, **script(home, edit, "Done."))
    assert (home / "new").read_text() == "x"


def test_an_image_goes_before_the_text(home: Path) -> None:
    (home / "pixel.png").write_bytes(PIXEL)
    arguments = ("--image", "pixel.png", "--image", "pixel.png", "--session", "seen")
    done = rook("run", "What is it?", *arguments, home=home, **script(home, "A pixel."))
    assert done.returncode == 0, done.stderr
    content = resumed(home, "seen").messages[0]["content"]
    assert [block["type"] for block in content] == ["image", "image", "text"]
    assert content[0]["source"]["media_type"] == "image/png"


def resumed(home: Path, name: str) -> Session[Any]:
    store = home / ".local" / "state" / "rookery" / "sessions.db"
    return Session.resume(name, store=store, provider=ScriptedProvider.of("And on."))


def test_a_session_goes_on(home: Path) -> None:
    first = rook(
        "run",
        "One.",
        "--session",
        "s",
        "--system",
        "Be brief.",
        "--json",
        home=home,
        **script(home, "1"),
    )
    assert json.loads(first.stdout)["session_id"] == "s"
    rook("run", "Two.", "--session", "s", home=home, **script(home, "2"))
    session = resumed(home, "s")
    assert [message["content"] for message in session.messages[::2]] == ["One.", "Two."]
    assert session.agent.system == "Be brief."
    store = home / ".local" / "state" / "rookery"
    assert (store / "sessions.db").stat().st_mode & 0o77 == 0
    assert store.stat().st_mode & 0o77 == 0


def test_progress_on_a_terminal_is_one_line_that_goes_away(home: Path) -> None:
    with on_a_terminal("run", TASK, "--provider", "offline", home=home) as terminal:
        assert terminal.end() == 0
    assert "ok \x1b[0mgrep(pattern='port'): 1 line" in terminal.shown.replace("\x1b[32m", "")
    assert terminal.shown.rstrip().endswith("server.conf:2: port = 8080")
    assert terminal.shown.count("\x1b[?25l") == terminal.shown.count("\x1b[?25h") == 1


def test_control_characters_do_not_reach_a_terminal(home: Path) -> None:
    evil = {"tool": {"name": "grep", "input": {"pattern": "\x1b]0;title\x07"}}}
    more = script(home, evil, "\x1b[2Jgone\x9b31m")
    with on_a_terminal("run", TASK, home=home, **more) as terminal:
        assert terminal.end() == 0
    assert "\x1b]0" not in terminal.shown
    assert "\ufffd[2Jgone\ufffd31m" in terminal.shown
    assert rook("run", TASK, home=home, **more).stdout == "\x1b[2Jgone\x9b31m\n"


def test_ctrl_c_cancels_and_the_history_is_in_the_session(home: Path) -> None:
    more = script(home, GREP, SLOW)
    with on_a_terminal("run", TASK, "--session", "s", home=home, **more) as terminal:
        terminal.wait_for("step 2")
        terminal.interrupt()
        assert terminal.end() == 130
    assert "cancelled" in terminal.shown
    assert terminal.shown.count("\x1b[?25h") == 1
    session = resumed(home, "s")
    assert [message["role"] for message in session.messages] == ["user", "assistant", "user"]
    assert str(session.run("Go on.")) == "And on."


STUBBORN = """
import asyncio, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from rookery import Agent
from rookery.cli.progress import Silence
from rookery.cli.turn import carry_out
from rookery.providers.scripted.provider import ScriptedProvider

async def stubborn() -> None:
    while True:
        print("works on", flush=True)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            pass

script = ScriptedProvider.of({"tool": {"name": "stubborn", "input": {}}})
agent = Agent("claude-sonnet-4-6", tools=[stubborn], provider=script)
asyncio.run(carry_out(agent.astream("Go."), Silence()))
"""


def test_a_second_ctrl_c_ends_what_does_not_let_itself_be_cancelled() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for _ in range(2):
            assert process.stdout.readline() == "works on\n"
            process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr is not None
        assert "second Ctrl-C" in process.stderr.read()


def test_json_of_an_interrupted_run(home: Path) -> None:
    with on_a_terminal("run", TASK, "--json", home=home, **script(home, SLOW)) as terminal:
        terminal.wait_for("waits for the model")
        terminal.interrupt()
        assert terminal.end() == 130
    assert '"stop_reason": "cancelled"' in terminal.shown
