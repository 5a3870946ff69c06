from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rookery.tools import Sandboxed, ToolContext, Workspace, bash, bash_jobs
from rookery.tools.call import run_tool
from rookery.tools.jobs import MOST
from rookery.tools.shell import Shell
from tests.tools.test_bash import ALLOWED, gone, there


@pytest.fixture
def context(root: Path) -> Iterator[ToolContext]:
    context = ToolContext(Workspace(root), sandbox="none", decision=ALLOWED)
    yield context
    context.state.close()


def start(context: ToolContext, command: str, **options: Any) -> str:
    given = {"command": command, "background": True, **options}
    return str(asyncio.run(run_tool(bash, given, context)).content)


def jobs(context: ToolContext, **given: Any) -> str:
    return str(asyncio.run(run_tool(bash_jobs, given, context)).content)


def until(context: ToolContext, number: int, text: str, said: str = "") -> str:
    """Read until a text has come, after what was `said` before."""
    for _ in range(500):
        said += jobs(context, number=number) + "\n"
        if text in said:
            return said
        time.sleep(0.01)
    raise AssertionError(said)


def test_a_command_runs_on_and_can_be_read_and_ended(context: ToolContext, root: Path) -> None:
    waits = "until test -e go; do sleep 0.01; done"
    answer = start(context, f"echo $$ > pid; echo ready; {waits}; echo over; sleep 600")
    assert "(background command 1: running for " in answer
    pid = there(root / "pid")
    assert (jobs(context)).startswith("1: echo $$ > pid; ")
    (root / "go").touch()
    lines = [*answer.splitlines(), *(until(context, 1, "over\n")).splitlines()]
    assert [line for line in lines if line and line[0] != "("] == ["ready", "over"]
    ended = jobs(context, number=1, kill=True)
    assert "stopped after" in ended
    assert "it was to be ended" in ended
    assert gone(pid)
    assert (jobs(context, number=1)).startswith("(1: ")


def test_one_that_fails_at_once_says_so(context: ToolContext) -> None:
    answer = start(context, "echo no >&2; exit 7")
    assert answer.startswith("no\n(background command 1: exit status 7, ")


def test_it_begins_where_the_run_is_and_does_not_move_it(context: ToolContext, root: Path) -> None:
    (root / "a" / "b").mkdir(parents=True)
    asyncio.run(run_tool(bash, {"command": "cd a"}, context))
    assert (start(context, "pwd; cd b")).startswith(str(root / "a"))
    answer = asyncio.run(run_tool(bash, {"command": "true"}, context))
    assert "now in a)" in str(answer.content)


def test_all_end_with_the_run(context: ToolContext, root: Path) -> None:
    for number in range(3):
        start(context, f"echo $$ > pid{number}; sleep 600")
    pids = [there(root / f"pid{number}") for number in range(3)]
    context.state.close()
    assert all(map(gone, pids))


def test_a_timeout_ends_it(context: ToolContext) -> None:
    start(context, "sleep 600", timeout=0.5)
    assert "its time was over" in until(context, 1, "stopped after")


def test_of_a_flood_the_end_is_kept(context: ToolContext) -> None:
    answer = start(context, "seq 300000; echo end; sleep 600")
    said = until(context, 1, "\nend\n", answer)
    assert "bytes left out here" in said
    assert "\n299999\n300000\nend" in said


def test_changed_hooks_are_told(context: ToolContext, root: Path) -> None:
    (root / ".git" / "hooks").mkdir(parents=True)
    start(context, "sleep 600 & echo 7 > .git/hooks/pre-commit; wait")
    there(root / ".git" / "hooks" / "pre-commit")
    assert "(look at this before git is used here: .git/hooks/pre-commit was made)" in jobs(
        context, number=1, kill=True
    )


def test_there_are_only_so_many(context: ToolContext) -> None:
    shell, wish = context.state.of(Shell), Sandboxed("none")
    first = start(context, "sleep 600")
    assert "background command 1:" in first
    for _ in range(MOST - 1):
        shell.start("sleep 600", "sleep 600", wish, context, None)
    assert "Kill one with bash_jobs." in start(context, "sleep 600")
    jobs(context, number=2, kill=True)
    assert f"background command {MOST + 1}:" in start(context, "true")


def test_what_is_not_there(context: ToolContext) -> None:
    assert jobs(context) == "(no background commands)"
    assert jobs(context, number=3) == "There is no background command 3. There are: none."
    assert jobs(context, kill=True) == "Say which one to end: its number."
