"""The tool bash. What a sandbox keeps commands from is tested with the sandboxes."""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from rookery.errors import SandboxError, ToolError
from rookery.policy.command import CommandPolicy
from rookery.policy.decision import Decision
from rookery.policy.line import ChangeFolder, Command, Line, Pipeline, Step
from rookery.sandbox.base import Guarantees, Probe, ResourceLimits
from rookery.sandbox.choose import choose, probe
from rookery.tools import Sandboxed, Tool, ToolContext, ToolResult, Workspace, bash
from rookery.tools.call import run_tool
from rookery.tools.function import FunctionTool
from rookery.tools.git import without_programs
from tests.tools.conftest import Write

UNCONFINED = choose("none")


class Confident:
    """The sandbox `none`, with guarantees that a test gives it."""

    name = "confident"

    def __init__(self, **given: bool) -> None:
        self._given = Guarantees(**given)

    def probe(self) -> Probe:
        return Probe(name=self.name, works=True, guarantees=self._given)

    def start(self, *args: Any, **options: Any) -> Any:
        return UNCONFINED.start(*args, **options)


ALLOWED = Decision("allow")


@pytest.fixture
def context(root: Path) -> Iterator[ToolContext]:
    """Commands are allowed and run as text, without protection: what they do is known here."""
    context = ToolContext(Workspace(root), sandbox="none", decision=ALLOWED)
    yield context
    context.state.close()


class Ran(str):
    """An answer, taken apart."""

    @property
    def note(self) -> str:
        return self.splitlines()[-1]

    @property
    def written(self) -> list[str]:
        return self.splitlines()[:-1]


async def aran(context: ToolContext, command: str, **options: Any) -> Ran:
    result = await run_tool(bash, {"command": command, **options}, context)
    assert not result.is_error, result.content
    return Ran(result.content)


def ran(context: ToolContext, command: str, **options: Any) -> Ran:
    return asyncio.run(aran(context, command, **options))


def refused(context: ToolContext, command: str, **options: Any) -> str:
    result = asyncio.run(run_tool(bash, {"command": command, **options}, context))
    assert result.is_error, result.content
    return str(result.content)


def test_an_answer_has_what_was_written_and_how_it_ended(context: ToolContext) -> None:
    answer = ran(context, "echo out; echo problem >&2; exit 3")
    assert answer.written == ["out", "(standard error)", "problem"]
    assert answer.note.startswith("(exit status 3, 0.")
    assert answer.note.endswith(" s)")


def test_a_signal_is_told_in_words(context: ToolContext) -> None:
    answer = ran(context, "kill -SEGV $$")
    assert "(exit status 139 (SIGSEGV: Segmentation fault), " in answer


def test_the_folder_is_kept_between_calls(context: ToolContext, root: Path) -> None:
    (root / "a b" / "c").mkdir(parents=True)
    answer = ran(context, "cd 'a b'; cd c && exit 4")
    assert answer.note.startswith("(exit status 4, ")
    assert answer.note.endswith("; now in a b/c)")
    assert (ran(context, "pwd")).written == [str(root / "a b" / "c")]
    assert (ran(context, "cd ..; kill -9 $$")).note.endswith("now in a b/c)")  # it told nobody
    assert (ran(context, "cd nosuch || (cd /)")).note.endswith("now in a b/c)")
    assert not (ran(context, "cd ../..")).note.endswith("now in .)")


def test_the_folder_is_kept_inside_the_workspace(context: ToolContext, root: Path) -> None:
    (root / "a").mkdir()
    answer = ran(context, "cd a && cd ../..")
    assert answer.note.endswith(f"; {root.parent} is outside the workspace; now in .)")
    (root / "out").symlink_to("/usr")
    assert "now in .)" in ran(context, "cd out; pwd")
    ran(context, "cd a")
    (root / "a").rmdir()
    assert (ran(context, "pwd")).written == [str(root)]


@pytest.mark.parametrize("told", ["mkfifo", "ln -s /etc/passwd", "mkdir", "echo /usr >"])
def test_a_command_cannot_say_where_it_has_gone(context: ToolContext, told: str) -> None:
    """It can guess neither the name of the file, nor do harm with what it puts there."""
    spoiled = f"trap - EXIT; for f in $TMPDIR/.folder-*; do rm -f $f; {told} $f; done"
    assert "now in" not in ran(context, spoiled)
    assert "now in" not in ran(context, f'trap "{told} $TMPDIR/$2" EXIT')


def test_input_is_empty_and_the_environment_is_short(
    context: ToolContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")
    monkeypatch.setenv("BASH_ENV", "/etc/profile")
    answer = ran(context, "cat; env; echo $#")
    assert "secret" not in answer
    assert "BASH_ENV" not in answer
    assert {"TERM=dumb", "PAGER=cat", "GIT_TERMINAL_PROMPT=0", "CI=true"} <= set(answer.written)


def test_a_temporary_folder_is_shared_by_the_calls_of_a_run(context: ToolContext) -> None:
    where = (ran(context, "echo x > $TMPDIR/kept; echo $TMPDIR")).written[0]
    assert (ran(context, "cat $TMPDIR/kept")).written == ["x"]
    context.state.close()
    assert not Path(where).exists()


def test_control_characters_are_written_out(context: ToolContext) -> None:
    answer = ran(context, r"printf '\033[31mred\0\xe2\x80\xae\xff caf\xc3\xa9\tx\r\ny'")
    assert answer.written == [r"\x1b[31mred\x00\u202e" + "\ufffd café\tx", "y"]


def test_of_a_long_output_the_ends_are_shown(context: ToolContext) -> None:
    answer = ran(context, "seq 100000 100000000 | head -c 3000000; echo; echo é end")
    assert len(answer) < 20_000
    assert answer.startswith("100000\n100001\n")
    assert answer.written[-1] == "é end"
    (left_out,) = [line for line in answer.written if line.endswith("bytes left out here)")]
    assert left_out == f"({3_000_000 + 8 - 8_000 - 8_001:,} bytes left out here)"


def test_a_flood_is_stopped(context: ToolContext) -> None:
    answer = ran(context, "yes & yes >&2")
    assert "(stopped after " in answer.note
    assert "it wrote too much" in answer.note


def test_the_output_that_is_too_much_is_a_limit(context: ToolContext) -> None:
    few = replace(context, sandbox=Sandboxed("none", limits=ResourceLimits(output=100)))
    assert "wrote too much" in ran(few, "seq 1000")
    assert "exit status 0" in ran(few, "seq 10")


def test_time_is_limited(context: ToolContext) -> None:
    answer = ran(context, "echo begun; sleep 60", timeout=0.2)
    assert answer.written == ["begun"]
    assert "stopped after 0.2" in answer.note
    short = replace(context, sandbox=Sandboxed("none", limits=ResourceLimits(seconds=0.2)))
    assert "its time was over" in ran(short, "sleep 60")


@pytest.mark.parametrize("timeout", [0, -1, 601, float("inf"), float("nan")])
def test_a_call_cannot_have_any_time(context: ToolContext, timeout: float) -> None:
    assert "timeout must be above 0 and at most 600" in refused(context, "true", timeout=timeout)


def test_a_child_that_holds_the_output_does_not_hold_the_call(context: ToolContext) -> None:
    answer = ran(context, "sleep 600 & echo $!")
    assert gone(int(answer.written[0]))
    assert (ran(context, "setsid nohup sleep 3 & echo done", timeout=2)).written == ["done"]


def test_a_cancelled_call_ends_its_processes(context: ToolContext, root: Path) -> None:
    async def cancelled() -> int:
        task = asyncio.create_task(aran(context, "echo $$ > pid; sleep 600"))
        pid = await asyncio.to_thread(there, root / "pid")
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return pid

    assert gone(asyncio.run(cancelled()))


def gone(pid: int) -> bool:
    """Whether a process ends within some seconds."""
    for _ in range(500):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            return True  # dead, and its parent has not looked yet
        time.sleep(0.01)
    return False


def there(file: Path) -> int:
    for _ in range(500):
        if file.exists() and file.read_text().strip():
            return int(file.read_text())
        time.sleep(0.01)
    raise AssertionError(f"{file} did not come")


async def test_many_at_once(context: ToolContext) -> None:
    answers = await asyncio.gather(*(aran(context, f"echo {n}; sleep 0.1") for n in range(40)))
    assert [answer.written for answer in answers] == [[str(n)] for n in range(40)]


@pytest.mark.parametrize("command", ["", "  \n", "a\0b", "x" * 200_000])
def test_what_is_no_command(context: ToolContext, command: str) -> None:
    assert "command" in refused(context, command)


def test_the_message_of_bash_for_what_it_cannot_read(context: ToolContext) -> None:
    answer = ran(context, "echo (")
    assert "syntax error" in answer
    assert "exit status 2" in answer.note


def test_changed_hooks_are_told(context: ToolContext, root: Path) -> None:
    """A sandbox that protects git keeps commands from it; this one does not."""
    (root / ".git" / "hooks").mkdir(parents=True)
    for name in ("objects", "refs"):
        (root / ".git" / name).mkdir()
    (root / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    answer = ran(context, "echo evil > .git/hooks/pre-commit; echo done")
    told = "(look at this before git is used here: .git/hooks/pre-commit was made)"
    assert answer.written == ["done", told]
    assert "look at this" not in ran(context, "git status; echo x > f")


def test_what_is_not_protected_is_told_before(context: ToolContext, root: Path) -> None:
    told: list[str] = []
    watched = replace(context, progress=told.append)
    for _ in range(2):
        ran(watched, "true")
    gap = f"the sandbox {context.sandbox} does not protect its hooks and configuration"
    assert told == [f"Commands could change what git runs: {gap}."]


@pytest.mark.skipif(not probe("bubblewrap").works, reason="needs bubblewrap")
def test_links_are_not_protected_and_are_looked_at(context: ToolContext, root: Path) -> None:
    (root / "real").mkdir()
    (root / "linked").mkdir()
    (root / "linked" / ".git").symlink_to("../real")
    told: list[str] = []
    boxed = replace(context, sandbox="bubblewrap", progress=told.append)
    answer = ran(boxed, "rm linked/.git; echo gitdir: /tmp > linked/.git")
    gap = "linked/.git is a link, which can be replaced"
    assert told == [f"Commands could change what git runs: {gap}."]
    assert "(look at this before git is used here: linked/.git was changed)" in answer.written


def signed(root: Path) -> None:
    """Have the last commit say that it is signed, so that its signature is looked at."""

    def git(*words: str, given: str = "") -> str:
        return subprocess.run(
            ["git", *words], cwd=root, check=True, capture_output=True, text=True, input=given
        ).stdout

    head, _, message = git("cat-file", "commit", "HEAD").partition("\n\n")
    signature = "-----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----"
    commit = f"{head}\ngpgsig {signature}\n\n{message}"
    name = git("hash-object", "-t", "commit", "-w", "--stdin", given=commit)
    git("update-ref", "HEAD", name.strip())


def test_git_finds_its_subcommand_where_it_stands() -> None:
    for words in ("add log", "branch --list show", "check-ignore diff", "reflog expire", "-P tag"):
        argv = ("git", *words.split())
        assert without_programs(argv) == argv
    assert without_programs(("git", "-C", "diff", "log", "diff")) == (
        *("git", "-C", "diff", "log", "--no-ext-diff", "--no-textconv", "diff"),
    )


def test_git_takes_nothing_from_a_program_of_the_configuration(
    context: ToolContext, root: Path
) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)

    git("init", "-q")
    git("config", "protocol.ext.allow", "always")
    policy = CommandPolicy(allow=["git fetch", "git ls-remote", "git push", "git pull"])
    for number, url in enumerate([".", f"ext::sh -c touch% {root}/pwned"]):
        git("config", f"remote.r{number}.url", url)
        for key in ("uploadpack", "receivepack"):
            git("config", f"remote.r{number}.{key}", f"touch {root}/pwned; false")
        for command in ("fetch", "ls-remote", "push --tags", "pull"):
            decision = policy.check(f"git {command} r{number}")
            assert decision.line
            assert "not allowed" in ran(replace(context, decision=decision), "x")
    assert not (root / "pwned").exists()


@pytest.mark.parametrize(
    "command",
    [
        *("git status", "git diff", "git log -p", "git blame f", "git grep b"),
        *(
            "timeout 9 git diff",
            "time git diff",
            "git reflog -p",
            "git reflog show -p",
            "git stash list -p",
        ),
        *("git log", "git log --pretty=evil", "git log -p HEAD --", "git show"),
    ],
)
def test_git_runs_nothing_that_a_repository_names(
    context: ToolContext, root: Path, command: str
) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)

    git("init", "-q")
    (root / "f").write_text("a\n")
    (root / ".gitattributes").write_text("f diff=evil\n")
    git("add", ".")
    author = ("-c", "user.name=n", "-c", "user.email=e")
    git(*author, "commit", "-qm", "x")
    (root / "f").write_text("a\na\n")
    git(*author, "stash")
    (root / "f").write_text("b\n")
    (root / "gpg").write_text(f"#!/bin/sh\ntouch {root}/pwned\n")
    (root / "gpg").chmod(0o755)
    git("config", "gpg.program", f"{root}/gpg")
    for key in ("diff.evil.textconv", "diff.evil.command", "core.fsmonitor", "core.pager"):
        git("config", key, f"touch {root}/pwned; cat")
    for key in ("format.pretty", "pretty.evil"):
        git("config", key, "%h%GK")
    signed(root)
    names = ("status", "diff", "log", "blame", "grep", "reflog", "stash list", "show")
    decision = CommandPolicy(allow=[f"git {name}" for name in names]).check(command)
    assert decision.line
    assert "exit status 0" in ran(replace(context, decision=decision), command)
    assert not (root / "pwned").exists()
    git("status")
    assert (root / "pwned").exists()  # where nothing keeps it from that


# Who decides


def test_what_the_policy_does_not_allow_is_not_run(context: ToolContext, root: Path) -> None:
    for verdict in ("ask", "deny"):
        strict = replace(context, decision=Decision(verdict, "rule", f"It is {verdict}."))
        said = refused(strict, "touch pwned")
        assert said == f"The command was not run. It is {verdict}."
    assert not (root / "pwned").exists()


def test_a_plain_line_is_run_in_place_of_the_text(context: ToolContext, root: Path) -> None:
    (root / "a").mkdir()
    line = Line(
        (Step("", ChangeFolder("a")), Step("&&", Pipeline((Command(("echo", "$HOME", "*")),))))
    )
    checked = replace(context, decision=Decision("allow", line=line))
    answer = ran(checked, "touch pwned")
    assert answer.written == ["$HOME *"]
    assert answer.note.endswith("now in a)")
    assert not list(root.rglob("pwned"))
    assert (ran(context, "pwd")).written == [str(root / "a")]


def test_a_plain_line_does_not_leave_the_workspace(context: ToolContext) -> None:
    steps = (Step("", ChangeFolder("..")), Step(";", Pipeline((Command(("pwd", "-P")),))))
    checked = replace(context, decision=Decision("allow", line=Line(steps)))
    answer = ran(checked, "cd ..; pwd")
    root = str(context.workspace.root)
    assert answer.written[0] == root
    assert "outside the workspace" in answer.written[2]


def test_without_a_policy_the_sandbox_must_confine(root: Path) -> None:
    bare = ToolContext(Workspace(root), sandbox="none")
    assert "no policy" in refused(bare, "touch pwned")
    enough = {"fs_read": True, "fs_write": True, "net": True, "kill_tree": True}
    for missing in enough:
        lacking = Confident(**{**enough, missing: False})
        said = refused(replace(bare, sandbox=lacking), "touch pwned")
        assert f"does not guarantee {missing}" in said
    assert not (root / "pwned").exists()
    assert (ran(replace(bare, sandbox=Confident(**enough)), "echo ran")).written == ["ran"]


def test_a_sandbox_that_fails_is_an_error(context: ToolContext) -> None:
    class Broken(Confident):
        def start(self, *args: Any, **options: Any) -> Any:
            raise SandboxError("bwrap: no.")

    assert refused(replace(context, sandbox=Broken()), "true") == "bwrap: no."


class Listed:
    """Allows what a test lists."""

    def __init__(self, *commands: str) -> None:
        self._commands = commands

    def permit(self, tool: Tool, given: Mapping[str, Any], context: ToolContext) -> ToolContext:
        if given["command"] not in self._commands:
            raise ToolError("No.")
        return replace(context, decision=Decision("allow"))

    async def apermit(
        self, tool: Tool, given: Mapping[str, Any], context: ToolContext
    ) -> ToolContext:
        return self.permit(tool, given, context)


def test_a_plain_call_inherits_from_the_call_around_it(context: ToolContext, root: Path) -> None:
    (root / "here").mkdir()
    around = replace(context, permissions=Listed("ls"))

    def mine(command: str) -> str:
        """Run a command."""
        return bash(command)

    def tried(command: str) -> ToolResult:
        return asyncio.run(run_tool(FunctionTool(mine), {"command": command}, around))

    assert str(tried("ls").content).startswith("here\n(exit status 0")
    assert tried("touch here/x") == ToolResult("No.", is_error=True)
    assert not (root / "here" / "x").exists()


def test_outside_of_a_run_it_acts_in_the_current_folder(
    root: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("f", "x")
    monkeypatch.chdir(root)
    try:
        answer = bash("ls")
    except ToolError as error:
        assert "No sandbox on this machine" in error.message
    else:
        assert answer.startswith("f\n(exit status 0")


def test_threads_do_not_disturb_each_other(root: Path) -> None:
    contexts = [ToolContext(Workspace(root), sandbox="none", decision=ALLOWED) for _ in range(8)]

    def work(number: int) -> str:
        return str(ran(contexts[number], f"mkdir -p {number} && cd {number} && pwd -P"))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(work, range(8)))
    for number, (answer, context) in enumerate(zip(answers, contexts, strict=True)):
        assert answer.startswith(str(root / str(number)))
        context.state.close()
    assert threading.active_count() < 100
