"""Runs the commands of a run; what they share: temporary files, and what runs in the background."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from rookery.errors import SandboxError, ToolError
from rookery.policy.line import Line
from rookery.sandbox.base import Guarantees, Sandbox
from rookery.sandbox.environment import kept
from rookery.sandbox.git_state import git_state
from rookery.tools import git
from rookery.tools.base import ToolContext
from rookery.tools.capture import Capture
from rookery.tools.ended import Ended
from rookery.tools.execution import Surroundings, program, programs_only, run
from rookery.tools.folder import CurrentFolder, begins_in, inside
from rookery.tools.jobs import Job, Jobs
from rookery.tools.process import Deadline
from rookery.tools.program import Programs
from rookery.tools.reader import Sink
from rookery.tools.sandboxed import Sandboxed
from rookery.tools.workspace import Workspace

LONGEST_COMMAND = 100_000
"""Bytes; what the system takes as one argument is a little more."""

_PATH_BYTES = 8192

_ENVIRONMENT = {"TERM": "dumb", "PAGER": "cat", "NO_COLOR": "1", "CI": "true", **git.QUIET}

# How bash runs a text. The trap tells where the text has gone, in a file whose name it cannot know.
_BASH = """trap "builtin pwd -P >| '$TMPDIR/$2'" EXIT; set -- "$1"; eval "$1" """


class Finished(Struct, frozen=True, kw_only=True):
    """A command that has ended, and what it wrote."""

    ended: Ended
    out: Capture
    err: Capture
    strayed: str = ""
    """The folder outside the workspace that it went to, and that is not kept."""
    tampered: tuple[str, ...] = ()
    """What it changed of hooks and configuration that the sandbox cannot protect, in words."""


class Shell:
    """Commands have no shell in common; this is what they have in common instead."""

    def __init__(self) -> None:
        """Make a folder for temporary files. Raises OSError where there is no room."""
        self.jobs = Jobs()
        self._tmp = Path(tempfile.mkdtemp(prefix="rookery-"))
        self._around: tuple[Sandboxed, Surroundings] | None = None
        self._warned: tuple[str, ...] = ()
        self._end = weakref.finalize(self, _end, self.jobs, self._tmp)

    def close(self) -> None:
        """End what runs in the background, and remove the temporary files."""
        self._end()

    def reminder(self) -> str:
        """Return what of it must be known where older turns are left out."""
        running = [
            f"{job.number}: {job.command}" for job in self.jobs.all() if not job.over.is_set()
        ]
        return "\n".join(["Commands in the background:", *running]) if running else ""

    def run(
        self, command: Line | str, wish: Sandboxed, context: ToolContext, seconds: float
    ) -> Finished:
        """Run a plain line without a shell, or a text with bash, and stay where it went to.

        Raises ToolError, and SandboxError where no sandbox can be used.
        """
        around = self._suited(command, wish, context)
        token = f".folder-{secrets.token_hex(8)}"
        line = self._line(command, around, token)
        out, err = Capture(), Capture()
        begin = begins_in(context)
        tampered = _watch(around)
        try:
            ended = run(
                line,
                around,
                folder=begin,
                deadline=Deadline(seconds, context.cancellation),
                out=out,
                err=err,
            )
        except SandboxError as error:
            raise ToolError(f"{error.message} {err}".strip()) from error
        context.demand_going_on()
        strayed = ""
        if isinstance(command, str):
            reached = _told(self._tmp / token) or begin
            strayed = "" if inside(reached, context.workspace) else reached
            ended = replace(ended, folder=begin if strayed else reached)
        if ended.folder != begin:
            context.state.of(CurrentFolder).move(ended.folder)
        return Finished(ended=ended, out=out, err=err, strayed=strayed, tampered=tampered())

    def start(
        self,
        command: Line | str,
        shown: str,
        wish: Sandboxed,
        context: ToolContext,
        seconds: float | None,
    ) -> Job:
        """Run it in the background; what it writes to its two outputs comes in one.

        Raises ToolError, and SandboxError where no sandbox can be used.
        """
        around = self._suited(command, wish, context)
        line = self._line(command, around, "")
        folder = begins_in(context)
        tampered = _watch(around)

        def body(output: Sink, deadline: Deadline) -> Ended:
            ended = run(line, around, folder=folder, deadline=deadline, out=output, err=output)
            for change in tampered():
                output.feed(f"{change}\n".encode("utf-8", "surrogateescape"))
            return ended

        return self.jobs.start(shown, body, seconds)

    def around(self, wish: Sandboxed, workspace: Workspace) -> Surroundings:
        """Return what commands run in. Raises SandboxError where no sandbox can be used."""
        known = self._around
        if known and known[0] == wish and known[1].workspace.root == workspace.root:
            return known[1]
        bounds = wish.bounds(workspace, self._tmp)
        env = {**kept(), **_ENVIRONMENT}
        programs = Programs(env["PATH"], (bounds.workspace, *bounds.writable, self._tmp))
        sandbox, guarantees = wish.chosen(), wish.guarantees()
        around = Surroundings(
            sandbox=sandbox,
            guarantees=guarantees,
            bounds=bounds,
            workspace=workspace,
            programs=programs,
            env={**env, "PATH": os.pathsep.join(programs.folders)},
            gaps=_gaps(sandbox, guarantees, workspace),
        )
        self._around = (wish, around)
        return around

    def _suited(self, command: Line | str, wish: Sandboxed, context: ToolContext) -> Surroundings:
        """Return what a command runs in: git starts no programs for a line that was checked.

        What the sandbox cannot protect is told before the first command.
        """
        around = self.around(wish, context.workspace)
        if around.gaps != self._warned:
            self._warned = around.gaps
            for gap in around.gaps:
                context.progress(f"Commands could change what git runs: {gap}.")
        if isinstance(command, str):
            return around
        return replace(around, env={**around.env, **git.PLAIN})

    def _line(self, command: Line | str, around: Surroundings, token: str) -> Line:
        if isinstance(command, Line):
            return programs_only(command)
        if "\0" in command:
            raise ToolError("A command cannot contain NUL characters.")
        if len(command.encode("utf-8", "surrogateescape")) > LONGEST_COMMAND:
            raise ToolError(
                f"A command has at most {LONGEST_COMMAND:,} bytes: write a script to a file, and "
                "run that."
            )
        argv = ("-c", _BASH, "bash", command, token) if token else ("-c", command, "bash")
        return program(("bash", *argv))


def _gaps(sandbox: Sandbox, guarantees: Guarantees, workspace: Workspace) -> tuple[str, ...]:
    """Return what of git's hooks and configuration is not protected, in words."""
    if not guarantees.protect_git:
        return (f"the sandbox {sandbox.name} does not protect its hooks and configuration",)
    return git_state(workspace.root).unprotected


def _watch(around: Surroundings) -> Callable[[], tuple[str, ...]]:
    """Look at what is not protected now; return what tells of changes until it is called."""
    if not around.gaps:
        return tuple
    root = around.workspace.root
    before = git_state(root)
    return lambda: tuple(
        f"(look at this before git is used here: {change})"
        for change in before.changes(git_state(root))
    )


def _told(file: Path) -> str:
    """Return the folder that a command left behind in a file of its own writing; empty: none."""
    try:
        fd = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return ""
    with open(fd, "rb") as opened:  # noqa: PTH123 -- a descriptor
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return ""
        data = opened.read(_PATH_BYTES)
    with contextlib.suppress(OSError):
        file.unlink()
    return os.fsdecode(data.removesuffix(b"\n"))


def _end(jobs: Jobs, tmp: Path) -> None:
    jobs.close()
    shutil.rmtree(tmp, ignore_errors=True)
