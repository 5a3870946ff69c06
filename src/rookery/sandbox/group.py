"""A program in a session and a process group of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from rookery.errors import SandboxError


class GroupChild:
    """A program whose group is killed with it; what left the group goes on."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        """Take a process that leads its group."""
        self._process = process

    @property
    def pid(self) -> int:
        """The process, and its group."""
        return self._process.pid

    def wait(self, timeout: float | None = None) -> int | None:
        """Return the exit status, 128 + n for signal n; None when it still runs after `timeout`."""
        try:
            status = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        return status if status >= 0 else 128 - status

    def kill(self) -> None:
        """Kill the group, also when its leader is gone, and wait for the leader."""
        # The leader is reaped after its group was killed, so the number is still its own; where
        # it was reaped before, the group has it for as long as one member is left.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def start(
    argv: Sequence[str],
    *,
    cwd: Path | None,
    env: Mapping[str, str],
    stdin: int,
    stdout: int,
    stderr: int,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a program in its own session. Raises SandboxError where it cannot be started."""
    try:
        return subprocess.Popen(  # noqa: S603 -- no shell
            list(argv),
            cwd=cwd,
            env=dict(env),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            pass_fds=pass_fds,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise SandboxError(f"{argv[0]} could not be started: {error}.") from error
