"""bash_jobs: the commands that bash started in the background."""

from __future__ import annotations

from typing import Annotated

from rookery.errors import ToolError
from rookery.tools.base import current_context
from rookery.tools.capture import visible
from rookery.tools.function import tool
from rookery.tools.jobs import Job
from rookery.tools.shell import Shell

_CHARACTERS = 200


@tool(read_only=True)
def bash_jobs(
    number: Annotated[int | None, "Which one; without, all are listed"] = None,
    *,
    kill: Annotated[bool, "End it, and all that it started"] = False,
) -> str:
    """See to the commands that bash runs in the background: list them, read what one of them wrote
    since it was last read, or end it.
    """
    jobs = current_context().state.of(Shell).jobs
    if number is None:
        if kill:
            raise ToolError("Say which one to end: its number.")
        return "\n".join(map(_line, jobs.all())) or "(no background commands)"
    job = jobs.find(number)
    if kill:
        job.kill()
    return "\n".join(part for part in (job.read(), f"({_line(job)})") if part)


def _line(job: Job) -> str:
    command = " ".join(visible(job.command).split())
    shown = command if len(command) <= _CHARACTERS else command[:_CHARACTERS] + "…"
    return f"{job.number}: {shown}: {job}"
