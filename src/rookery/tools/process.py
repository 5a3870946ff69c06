"""Runs a program to its end, or to the end of the time it may take."""

from __future__ import annotations

import subprocess
import threading
import time
from typing import NamedTuple

from rookery.errors import ToolError

_LOOK = 0.1
"""Seconds between looks whether the call was cancelled."""


class Deadline:
    """The time that a call may take, from now on."""

    def __init__(self, seconds: float, cancellation: threading.Event) -> None:
        """Begin. What waits until then ends earlier when `cancellation` is set."""
        self.seconds = seconds
        self._end = time.monotonic() + seconds
        self._cancellation = cancellation

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for the call any more."""
        return self._cancellation.is_set()

    def wait(self) -> float:
        """Return how long to wait before the next look; 0 when it is over."""
        if self._cancellation.is_set():
            return 0.0
        return max(0.0, min(_LOOK, self._end - time.monotonic()))


class Finished(NamedTuple):
    """What became of a program."""

    status: int
    output: bytes
    problem: bytes
    """What it wrote to standard error."""
    stopped: bool
    """Whether it was killed at the deadline."""


def finish(
    command: list[str], given: bytes, deadline: Deadline, folder: str | None = None
) -> Finished:
    """Run a command in `folder`, `given` as its input; kill it at the deadline.

    Raises ToolError where it cannot be started.
    """
    try:
        process = _start(command, folder)
    except OSError as error:
        raise ToolError(f"{command[0]} could not be started: {error.strerror}.") from error
    with process:
        try:
            return _communicate(process, given, deadline)
        except BaseException:
            process.kill()
            raise


def _communicate(process: subprocess.Popen[bytes], given: bytes, deadline: Deadline) -> Finished:
    rest: bytes | None = given
    while True:
        wait = deadline.wait()
        if not wait:
            process.kill()
        try:
            output, problem = process.communicate(rest, wait or None)
        except subprocess.TimeoutExpired:
            rest = None  # What was given is on its way.
        else:
            return Finished(process.returncode, output, problem, stopped=not wait)


def _start(command: list[str], folder: str | None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 -- no shell
        command,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Its own session: Ctrl-C is for the program, which then ends this one itself.
        start_new_session=True,
    )
