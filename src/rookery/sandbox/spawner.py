"""Starts confined programs from a process of threads and event loops, by way of a zygote."""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import socket
import struct
import subprocess
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from pathlib import Path

import rookery
from rookery.errors import SandboxError
from rookery.sandbox.confined import Order
from rookery.sandbox.messages import END, Message, receive, send
from rookery.sandbox.supervisor import KILLED
from rookery.sandbox.zygote import PROGRAM

_SPARES = 3
"""Supervisors at first: while one makes its next process ready, another takes the next order."""

_KEPT = 6
"""Supervisors that are kept when all are idle."""

_ATTEMPTS = _KEPT + 2

_SYSTEM_PYTHON = "/usr/bin/python3"

_GRACE = 30.0
"""Seconds in which a killed tree must end; longer only in a kernel that hangs."""


class Spawned:
    """A program, and all that it starts. Forgetting it ends them."""

    def __init__(
        self, starter: int, control: socket.socket, give_back: Callable[[socket.socket], None]
    ) -> None:
        """Take the process that starts it, the socket to its supervisor, and who gets that back."""
        self.pid = starter
        """The program, which leads its session."""
        self._starter = starter
        self._control = control
        self._give_back = give_back
        self._lock = threading.Lock()
        self._status: int | None = None
        self._forget = weakref.finalize(self, control.close)

    def wait(self, timeout: float | None = None) -> int | None:
        """Return the exit status when the whole tree has ended; None: not within the time."""
        end = None if timeout is None else time.monotonic() + timeout
        if not self._lock.acquire(timeout=-1 if timeout is None else max(0, timeout)):
            return None
        with contextlib.ExitStack() as stack:
            stack.callback(self._lock.release)
            if self._status is None and _readable(self._control, end):
                self._end(receive(self._control))
            return self._status

    def kill(self) -> None:
        """End the tree; returns when nothing is left. Raises SandboxError if that never comes."""
        if self._status is None:
            with contextlib.suppress(OSError):  # it has ended by itself
                send(self._control, Message(END, self._starter))
            if self.wait(_GRACE) is None:
                raise SandboxError(f"Process {self.pid} and its children could not be ended.")

    def _end(self, message: Message | None) -> None:
        self._forget.detach()
        if message is None:  # the supervisor was killed, and with it the tree
            self._status = KILLED
            self._control.close()
        else:
            self._status = message.number
            self._give_back(self._control)


class Spawner:
    """Gives orders to supervisors. A zygote makes them; it is started when there is none."""

    def __init__(self, *, guard: bool) -> None:
        """Start nothing yet.

        `guard`: commands are kept from signalling their supervisors by the filter of system
        calls, as the kernel does not do it.
        """
        self._guard = guard
        self._user: tuple[int, int] | None = None
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._idle: deque[socket.socket] = deque()
        self._owed = 0
        os.register_at_fork(after_in_child=self._forget)
        atexit.register(self.close)

    def start(self, order: Order, descriptors: list[int]) -> Spawned:
        """Run an order, with stdin, stdout, stderr and a ruleset.

        Raises:
            SandboxError: It could not be run, or no zygote could be started.
        """
        for _ in range(_ATTEMPTS):
            with self._lock:
                control = self._supervisor()
            ready = None if control is None else receive(control)
            if control is None:
                continue
            if ready is None or ready.descriptor is None:  # it was idle for too long, and went
                control.close()
                continue
            child = Spawned(ready.number, control, self._take_back)
            with socket.socket(fileno=ready.descriptor) as orders:
                answer = _give(order, orders, descriptors)
            if answer.isdigit():
                child.pid = int(answer)
                return child
            child.kill()
            if answer:
                name = os.fsdecode(order.argv[0])
                raise SandboxError(f"{name} could not be started: {answer}.")
        raise SandboxError(
            "The processes that run commands end at once. Python must be able to run, and control "
            "groups to be made as they were when the sandbox was tried."
        )

    def close(self) -> None:
        """End the zygote and idle supervisors; commands that run end with this process."""
        with self._lock:
            self._stop()

    def _take_back(self, control: socket.socket) -> None:
        with self._lock:
            if self._control is not None and len(self._idle) < _KEPT:
                self._idle.append(control)
            else:
                control.close()

    def _supervisor(self) -> socket.socket | None:
        """Return the socket to one that is idle, or to a new one; None: the zygote had gone."""
        if self._user != (os.geteuid(), os.getegid()):  # never with the rights of another user
            self._stop()
        if len(self._idle) >= _SPARES or (self._idle and not self._owed):
            return self._idle.popleft()
        try:
            if self._control is None:
                self._launch()
            return self._ask()
        except (BrokenPipeError, ConnectionResetError):
            self._stop()
            return None

    def _ask(self) -> socket.socket | None:
        assert self._control is not None  # noqa: S101 -- for the type checker
        if not self._owed:
            self._control.sendall(b"+")
            self._owed = 1
        data, sent, _, _ = self._control.recvmsg(1, socket.CMSG_SPACE(4), socket.MSG_CMSG_CLOEXEC)
        if not data or not sent:
            raise BrokenPipeError
        self._owed -= 1
        return socket.socket(fileno=struct.unpack("=i", sent[0][2])[0])

    def _launch(self) -> None:
        near, far = socket.socketpair()
        try:
            self._process = _zygote(far.fileno(), guard=self._guard)
        except BaseException:
            near.close()
            raise
        finally:
            far.close()
        self._user = (os.geteuid(), os.getegid())
        self._control = near
        near.sendall(b"+" * _SPARES)
        self._owed = _SPARES

    def _stop(self) -> None:
        self._drop()
        if self._process is not None:
            # With commands that still run, it waits for them.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1)
            self._process = None

    def _drop(self) -> None:
        self._owed = 0
        while self._idle:
            self._idle.pop().close()
        if self._control is not None:
            self._control.close()
            self._control = None

    def _forget(self) -> None:
        """In a child that was forked: all of this is the parent's."""
        self._lock = threading.Lock()
        self._drop()
        if self._process is not None:
            self._process.returncode = 0  # not ours to wait for
            self._process = None


def _zygote(control: int, *, guard: bool) -> subprocess.Popen[bytes]:
    """Start it, by this interpreter, or by the system's where this user may not run that."""
    root = Path(rookery.__file__).parents[1]
    words = ["-I", "-S", "-c", PROGRAM, str(root), str(control), str(int(guard))]
    problem: OSError | None = None
    for python in (sys.executable, _SYSTEM_PYTHON):
        try:
            return subprocess.Popen(  # noqa: S603 -- an interpreter, and our program
                [python, *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(control,),
                cwd="/",
                env={},
                start_new_session=True,
            )
        except OSError as error:
            problem = problem or error
    raise SandboxError(f"Python could not be started: {problem}.") from problem


def _give(order: Order, orders: socket.socket, descriptors: list[int]) -> str:
    """Give an order; return the process as digits, or what was wrong, or nothing: it was not
    taken, as the supervisor went at this moment.
    """
    try:
        order.send(orders, descriptors)
        return orders.recv(4096).decode()
    except (BrokenPipeError, ConnectionResetError):
        return ""
    except (OSError, ValueError) as error:
        return str(error)


def _readable(source: socket.socket, end: float | None) -> bool:
    poll = select.poll()
    poll.register(source, select.POLLIN)
    left = None if end is None else max(0, round((end - time.monotonic()) * 1000))
    return bool(poll.poll(left))
