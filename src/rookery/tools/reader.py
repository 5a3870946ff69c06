"""Reads what programs write, as it comes, until they have ended or must be stopped."""

from __future__ import annotations

import contextlib
import os
import selectors
from collections.abc import Sequence
from typing import Protocol, Self

from rookery.sandbox.base import Child
from rookery.tools.ended import Stopped
from rookery.tools.process import Deadline

_CHUNK = 1 << 16
_LOOK = 0.01
"""Seconds between looks whether a program has ended, where the system does not tell."""


class Sink(Protocol):
    """Where output goes."""

    def feed(self, data: bytes) -> None:
        """Take what was written next."""
        ...


class Reader:
    """Pipes for programs to write to, and what becomes of what they write.

    What has ended is told by the program itself, not by the end of its output: a process that it
    left behind may hold the pipe for ever.
    """

    def __init__(self, deadline: Deadline, most: int) -> None:
        """Read until `deadline`, and `most` bytes."""
        self.stopped: Stopped = ""
        self._deadline = deadline
        self._room = most
        self._selector = selectors.DefaultSelector()
        self._sinks: dict[int, tuple[int, Sink]] = {}
        self._ends: dict[int, Child] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()
        for write, (read, _sink) in self._sinks.items():
            os.close(write)
            os.close(read)

    def pipe(self, sink: Sink) -> int:
        """Return a descriptor to write to; what is written there is given to `sink`."""
        read, write = os.pipe()
        self._sinks[write] = (read, sink)
        os.set_blocking(read, False)
        self._selector.register(read, selectors.EVENT_READ, sink)
        return write

    def say(self, data: bytes, write: int) -> None:
        """Put a short text among what programs write to this descriptor."""
        if write in self._sinks:
            self.drain()  # what was written before comes before
            self._sinks[write][1].feed(data)
        else:
            with contextlib.suppress(BrokenPipeError):
                os.write(write, data)  # nowhere, or a pipe that nothing was written to yet

    def wait(self, children: Sequence[Child]) -> None:
        """Return when all have ended, or when they must be stopped: see `stopped`."""
        running = [child for child in children if not self._watch(child)]
        try:
            while (running or self._ends) and not self.stopped:
                seconds = self._deadline.wait()
                if not seconds:
                    self.stopped = "cancelled" if self._deadline.cancelled else "time"
                    return
                events = self._selector.select(min(seconds, _LOOK) if running else seconds)
                for key, _ in events:
                    self._happened(key)
                running = [child for child in running if child.wait(0) is None]
        finally:
            for fd in list(self._ends):
                self._forget(fd)

    def drain(self) -> None:
        """Read what is there already."""
        for read, sink in self._sinks.values():
            while not self.stopped and self._read(read, sink):
                pass

    def _happened(self, key: selectors.SelectorKey) -> None:
        if key.fd not in self._ends:
            self._read(key.fd, key.data)
        elif self._ends[key.fd].wait(_LOOK) is not None:  # at times more than the program ends
            self._forget(key.fd)

    def _read(self, fd: int, sink: Sink) -> bool:
        try:
            data = os.read(fd, _CHUNK)
        except BlockingIOError:
            return False
        sink.feed(data)
        self._room -= len(data)
        if self._room < 0:
            self.stopped = self.stopped or "output"
        return True

    def _watch(self, child: Child) -> bool:
        """Have the system tell when a program ends; return whether it can."""
        if not hasattr(os, "pidfd_open"):
            return False
        try:
            fd = os.pidfd_open(child.pid)
        except OSError:
            return False
        self._ends[fd] = child
        self._selector.register(fd, selectors.EVENT_READ)
        return True

    def _forget(self, fd: int) -> None:
        self._selector.unregister(fd)
        del self._ends[fd]
        os.close(fd)
