"""A command in namespaces of its own, from the time it is made until nothing of it is left."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
from contextlib import ExitStack

from rookery.errors import SandboxError
from rookery.sandbox.guards import Guards
from rookery.sandbox.quota import Quota
from rookery.sandbox.waiting import close_with, ended, watch


class Wires:
    """The pipes between this process and `bwrap`, closed with a stack."""

    def __init__(self, stack: ExitStack, system_calls: bytes | None) -> None:
        """Make them: for what it tells, for when it may go on, for its filter of system calls."""
        self._far = stack.enter_context(ExitStack())
        self.status, told = self._pipe(stack)
        waits, self._go = os.pipe()
        self._far.callback(os.close, waits)
        stack.callback(os.close, self._go)
        self.passed = [told, waits]
        self.arguments = ["--json-status-fd", str(told), "--block-fd", str(waits)]
        if system_calls is not None:
            filtered = os.memfd_create("filter")
            self._far.callback(os.close, filtered)
            os.pwrite(filtered, system_calls, 0)
            self.passed.append(filtered)
            self.arguments += ("--seccomp", str(filtered))

    def _pipe(self, stack: ExitStack) -> tuple[int, int]:
        near, far = os.pipe()
        stack.callback(os.close, near)
        self._far.callback(os.close, far)
        return near, far

    def first_line(self) -> bytes:
        """Wait for what it tells first, which process is the first inside; empty: it failed."""
        self._far.close()  # or the end of `bwrap` would not be the end of what it tells
        line = b""
        while b"\n" not in line and (more := os.read(self.status, 4096)):
            line += more
        return line

    def let_go(self) -> None:
        """Let the command begin."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self._go, b"g")


class Namespace:
    """A command and all that it started: the processes of one namespace."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        wires: Wires,
        guards: Guards | None,
        quota: Quota,
    ) -> None:
        """Take the `bwrap` process, limit what it starts, and let it go on."""
        self._process = process
        self._guards = guards
        self._lock = threading.Lock()
        self._outer = watch(process.pid)
        self._told = wires.first_line()
        self._status = os.dup(wires.status)
        self._inner = None
        close_with(self, self._status, self._outer)
        if self._told:
            inner = json.loads(self._told)["child-pid"]
            self._inner = watch(inner)
            close_with(self, self._inner)
            try:
                _limit(inner, quota)
            except OSError as error:
                self.kill()
                raise SandboxError(f"The command cannot be limited: {error.strerror}.") from error
        wires.let_go()

    @property
    def pid(self) -> int:
        """The `bwrap` process on the host."""
        return self._process.pid

    def wait(self, timeout: float | None = None) -> int | None:
        """Return the exit status when the namespace is empty; see `Child.wait`."""
        if not ended(self._outer, timeout):
            return None
        ended(self._inner)  # the first process of a namespace ends after all the others
        with self._lock:
            status = self._process.wait()
            while more := os.read(self._status, 4096):
                self._told += more
        self._finish()
        if status < 0:
            return 128 - status
        if b'"exit-code"' not in self._told:
            raise SandboxError("The sandbox could not be set up; its standard error says why.")
        return status

    def kill(self) -> None:
        """Kill the namespace with all that is in it."""
        if self._inner is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._inner, signal.SIGKILL)
        if self._process.returncode is None:
            self._process.kill()
        ended(self._inner)
        with self._lock:
            self._process.wait()
        self._finish()

    def _finish(self) -> None:
        if self._guards is not None:
            self._guards.withdraw()


def _limit(pid: int, quota: Quota) -> None:
    import resource  # noqa: PLC0415 -- not on Windows

    for kind, soft, hard in quota.each:
        with contextlib.suppress(ProcessLookupError):
            highest = resource.prlimit(pid, kind)[1]
            if highest != resource.RLIM_INFINITY:
                soft, hard = min(soft, highest), min(hard, highest)  # noqa: PLW2901
            resource.prlimit(pid, kind, (soft, hard))
