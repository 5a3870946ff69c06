"""Runs a line of commands in a sandbox, without a shell and as bash would."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from rookery.errors import ToolError
from rookery.policy.line import ChangeFolder, Command, Line, Pipeline, Step
from rookery.sandbox.base import Bounds, Child, Guarantees, Sandbox
from rookery.tools.builtin import as_program
from rookery.tools.ended import Ended
from rookery.tools.folder import change_folder
from rookery.tools.git import without_programs
from rookery.tools.process import Deadline
from rookery.tools.program import Missing, Programs
from rookery.tools.reader import Reader, Sink
from rookery.tools.workspace import Workspace

_VARIABLE = re.compile(r"[A-Za-z_]\w*=")


class Surroundings(Struct, frozen=True, kw_only=True):
    """What the commands of a line run in."""

    sandbox: Sandbox
    guarantees: Guarantees
    bounds: Bounds
    workspace: Workspace
    programs: Programs
    env: Mapping[str, str]
    gaps: tuple[str, ...] = ()
    """What of git's hooks and configuration the sandbox cannot protect here, in words."""


def programs_only(line: Line) -> Line:
    """Return a line in which each command is a program that does what bash would have done.

    Raises ToolError for a command that only a shell can run.
    """
    return Line(tuple(replace(step, what=_programs(step.what)) for step in line.steps))


def _programs(what: Pipeline | ChangeFolder) -> Pipeline | ChangeFolder:
    if isinstance(what, ChangeFolder):
        return what
    return replace(
        what,
        commands=tuple(replace(command, argv=_program(command.argv)) for command in what.commands),
    )


def _program(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Return the program for a command; variables may be set for it, by `env` (see `policy`)."""
    at = 0
    if argv[0] == "env":
        at = next((i for i, word in enumerate(argv) if i and not _VARIABLE.match(word)), 0)
    return (*argv[:at], *without_programs(as_program(argv[at:])))


def program(argv: tuple[str, ...]) -> Line:
    """Return the line that runs one program."""
    return Line((Step("", Pipeline((Command(argv),))),))


def run(
    line: Line,
    around: Surroundings,
    *,
    folder: str,
    deadline: Deadline,
    out: Sink,
    err: Sink,
) -> Ended:
    """Run a line of programs, beginning in `folder`, to its end or until `deadline`.

    What is written goes to `out` and `err`, which may be the same, while it runs; nothing that was
    started is left when it returns. Input is empty. Raises SandboxError where the sandbox fails.
    """
    start = time.monotonic()
    with Reader(deadline, around.bounds.limits.output) as reader, _nowhere() as null:
        to_out = reader.pipe(out)
        to_err = to_out if err is out else reader.pipe(err)
        execution = _Execution(around, folder, reader, null=null, out=to_out, err=to_err)
        for step in line.steps:
            execution.step(step)
            if reader.stopped:
                break
    return Ended(
        status=execution.status,
        folder=execution.folder,
        seconds=time.monotonic() - start,
        stopped=reader.stopped,
    )


@contextlib.contextmanager
def _nowhere() -> Iterator[int]:
    fd = os.open(os.devnull, os.O_RDWR)
    try:
        yield fd
    finally:
        os.close(fd)


class _Execution:
    """One line that is run, by a single thread."""

    def __init__(
        self, around: Surroundings, folder: str, reader: Reader, *, null: int, out: int, err: int
    ) -> None:
        self.status = 0
        self.folder = folder
        self._around = around
        self._reader = reader
        self._null = null
        self._out = out
        self._err = err

    def step(self, step: Step) -> None:
        """Run a step, if it is its turn by the status of what ran before."""
        if step.operator in {"&&", "||"} and (step.operator == "&&") != (self.status == 0):
            return
        if isinstance(step.what, ChangeFolder):
            self.status = self._change_folder(step.what.path)
        else:
            status = self._pipeline(step.what.commands)
            self.status = int(status == 0) if step.what.negated else status

    def _change_folder(self, path: str) -> int:
        try:
            self.folder = change_folder(self.folder, path, self._around.workspace)
        except ToolError as error:
            self._say(error.message, self._err)
            return 1
        return 0

    def _pipeline(self, commands: tuple[Command, ...]) -> int:
        """Start all commands, wait for all, leave nothing behind; return the last one's status."""
        started: list[Child] = []
        try:
            last = self._start_all(commands, started)
            self._reader.wait(started)
        finally:
            for child in started:
                child.kill()
        self._reader.drain()
        if isinstance(last, int):
            return last
        return last.wait() or 0

    def _start_all(self, commands: tuple[Command, ...], started: list[Child]) -> Child | int:
        with contextlib.ExitStack() as between:
            read = self._null
            for command in commands[:-1]:
                after, write = os.pipe()
                between.callback(os.close, after)
                try:
                    self._start(command, read, write, started)
                finally:
                    os.close(write)
                read = after
            return self._start(commands[-1], read, self._out, started)

    def _start(self, command: Command, read: int, write: int, started: list[Child]) -> Child | int:
        """Start a command; return it, or the status of one that does not exist."""
        errors = write if command.merge_stderr else self._err
        if 2 in command.discard:
            errors = self._null
        around = self._around
        argv = around.programs.command(command.argv, self.folder)
        if isinstance(argv, Missing):
            self._say(argv.problem, errors)
            return argv.status
        child = around.sandbox.start(
            argv,
            around.bounds,
            cwd=Path(self.folder),
            env={**around.env, "PWD": self.folder},
            stdin=read,
            stdout=self._null if 1 in command.discard else write,
            stderr=errors,
        )
        started.append(child)
        return child

    def _say(self, problem: str, where: int) -> None:
        """Write a message as bash would."""
        self._reader.say(f"bash: line 1: {problem}\n".encode("utf-8", "surrogateescape"), where)
