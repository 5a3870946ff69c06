"""bash: a command, run in a sandbox."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Annotated

from rookery.errors import SandboxError, ToolError
from rookery.policy import tree
from rookery.policy.line import Line
from rookery.sandbox.choose import REQUIRED, load
from rookery.tools.base import ToolContext, current_context
from rookery.tools.function import tool
from rookery.tools.jobs import Job
from rookery.tools.sandboxed import LONGER, sandboxed
from rookery.tools.shell import Finished, Shell

if os.name == "posix":  # whoever has this tool will run commands
    import_module("rookery.policy.command")
    tree.load()
    load()

_FIRST_WORDS = 0.3
"""Seconds that a background command is watched before it is answered: many fail at once."""


def _unruled(context: ToolContext) -> str | None:
    """Return why a command has to be approved where there is no policy; None: it need not."""
    shell = context.state.of(Shell)
    try:
        around = shell.around(sandboxed(context.sandbox), context.workspace)
    except SandboxError:
        return None  # nobody can approve it: it is refused, with what to do
    missing = ", ".join(around.guarantees.lacks(REQUIRED))
    if not missing:
        return None
    return (
        f"There is no policy, and the sandbox {around.sandbox.name} does not guarantee {missing}."
    )


@tool(asks=_unruled)
def bash(
    command: Annotated[str, "What to run, as it would be typed into bash"],
    timeout: Annotated[float | None, "Seconds it may take; without, the usual limit"] = None,
    *,
    background: Annotated[
        bool, "Start it and go on; bash_jobs reads what it writes, and ends it"
    ] = False,
) -> str:
    """Run a command with bash, in a sandbox: files outside the workspace, the home directory and
    the network cannot be reached, and input is empty. The folder that `cd` leads to is kept for the
    next command. The answer is what the command writes, and ends with a line in parentheses: exit
    status and duration. When a command is over, nothing that it started is left.
    """
    context = current_context()
    if os.name != "posix":
        raise ToolError("Commands are not run on Windows itself; use WSL2.")
    if not command.strip():
        raise ToolError("The command is empty.")
    wish = sandboxed(context.sandbox)
    _demand_time(timeout, wish.limits.seconds * LONGER)
    shell = context.state.of(Shell)
    try:
        what = _allowed(context) or command
        if background:
            return _begin(shell.start(what, command, wish, context, timeout))
        seconds = wish.limits.seconds if timeout is None else timeout
        return _answer(shell.run(what, wish, context, seconds), context)
    except SandboxError as error:
        raise ToolError(error.message) from error


def _allowed(context: ToolContext) -> Line | None:
    """Return the plain line to run, None for the text as it is. Raises ToolError."""
    decision = context.decision
    if decision is not None and decision.verdict == "allow":
        return decision.line
    reason = decision.reason if decision is not None else _unruled(context)
    if reason is not None:
        raise ToolError(f"The command was not run. {reason}")
    return None


def _demand_time(timeout: float | None, longest: float) -> None:
    if timeout is not None and not 0 < timeout <= longest:
        raise ToolError(
            f"timeout must be above 0 and at most {longest:g} seconds; what takes longer can run "
            "in the background, without one."
        )


def _begin(job: Job) -> str:
    job.over.wait(_FIRST_WORDS)
    return _lines(job.read(), f"(background command {job.number}: {job})")


def _answer(done: Finished, context: ToolContext) -> str:
    ended = done.ended
    notes = [str(ended)]
    if ended.stopped == "time":
        notes.append("a longer timeout can be asked for, or background")
    if done.strayed:
        notes.append(f"{done.strayed} is outside the workspace")
    folder = context.workspace.relative(ended.folder)
    if folder != "." or done.strayed:
        notes.append(f"now in {folder}")
    problems = str(done.err).removesuffix("\n")
    return _lines(
        str(done.out).removesuffix("\n"),
        f"(standard error)\n{problems}" if problems else "",
        *done.tampered,
        f"({'; '.join(notes)})",
    )


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)
