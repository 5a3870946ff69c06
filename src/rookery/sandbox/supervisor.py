"""The parent of a command: adopts all that it starts, and ends all of it.

A supervisor has one command after the other, and keeps a process ready for the next order.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket

from rookery.sandbox.attributes import Attributes
from rookery.sandbox.cgroup import Group
from rookery.sandbox.confined import begin
from rookery.sandbox.descendants import end_all
from rookery.sandbox.messages import END, ENDED, READY, Message, receive, send
from rookery.sandbox.quota import Quota
from rookery.sandbox.syscalls import Machine

_IDLE_MS = 300_000
KILLED = 128 + signal.SIGKILL


class Watched:
    """What a supervisor keeps an eye on, whichever command it has."""

    def __init__(self, control: socket.socket, owner: int) -> None:
        """Take the socket and a descriptor of the process of the owner."""
        self.control = control
        self.owner = owner
        self._alarm, bell = socket.socketpair()
        bell.setblocking(False)
        self._bell = bell
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(bell.fileno(), warn_on_full_buffer=False)

    @property
    def alarm(self) -> int:
        """Readable when a child has ended."""
        return self._alarm.fileno()

    def silence(self) -> None:
        """Make it readable only by the next child that ends."""
        self._alarm.recv(4096)


def supervise(watched: Watched, on: Machine, program: bytes, group: Group | None) -> None:
    """Run commands until the owner has gone, wants none for long, or memory is left of them.

    Args:
        watched: The owner, and our children. This process must be a subreaper, without rights.
        on: The machine.
        program: The filter of system calls for commands.
        group: The group we are in.
    """
    while True:
        command = _prepare(watched, on, program, group)
        status = command.watch()
        if status is None:  # nothing was run: whoever gives an order now must see that we are gone
            watched.control.close()
        end_all()
        if status is None:
            return
        with contextlib.suppress(OSError):  # the owner may be gone
            send(watched.control, Message(ENDED, status))
        if group is not None and command.quota is not None:
            group.limited = command.quota
            if _is_full(group):
                return
        command.close()


def _prepare(watched: Watched, on: Machine, program: bytes, group: Group | None) -> Command:
    orders, far = socket.socketpair()
    link, far_link = socket.socketpair(type=socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            begin(far, far_link, program, group)
        finally:
            os._exit(127)
    with orders, far, far_link, contextlib.suppress(OSError):  # the owner may be gone
        send(watched.control, Message(READY, pid, orders.fileno()))
    return Command(pid, link, watched, on)


def _is_full(group: Group) -> bool:
    """Tell whether commands left much in memory: files, where folders are there."""
    most = group.limited.memory
    return most is not None and group.used() > most // 2


class Command:
    """One command, from the process that waits for its order on."""

    def __init__(self, pid: int, link: socket.socket, watched: Watched, on: Machine) -> None:
        """Take the process, and the socket over which it tells us of itself."""
        self._starter = pid
        self._pid: int | None = None
        self._link = link
        self._watched = watched
        self._on = on
        self._attributes: Attributes | None = None
        self._status: int | None = None
        self._over = False
        self._poll = select.poll()
        self.quota: Quota | None = None
        """Its limits, known when it begins."""

    def watch(self) -> int | None:
        """Return the exit status when it has ended, or the owner wants its end, or has gone.

        None: it never began.
        """
        watched = self._watched
        for descriptor in (self._link.fileno(), watched.control.fileno(), watched.owner):
            self._poll.register(descriptor, select.POLLIN)
        self._poll.register(watched.alarm, select.POLLIN)
        while self._status is None and not self._over:
            events = self._poll.poll(_IDLE_MS if self.quota is None else None)
            self._over = not events
            for descriptor, event in events:
                self._react(descriptor, event)
        if self.quota is None:
            return None
        return KILLED if self._status is None else self._status

    def close(self) -> None:
        """Close what is open for it."""
        self._link.close()
        if self._attributes is not None:
            os.close(self._attributes.listener)

    def _react(self, descriptor: int, event: int) -> None:
        if self._attributes is not None and descriptor == self._attributes.listener:
            if event & select.POLLIN:
                self._attributes.serve()
            else:  # nobody is left who could ask
                self._poll.unregister(descriptor)
        elif descriptor == self._link.fileno():
            if not self._hear():
                self._poll.unregister(descriptor)
        elif descriptor == self._watched.alarm:
            self._reap()
        elif descriptor == self._watched.control.fileno():
            wish = receive(self._watched.control)
            # A wish for an earlier command can come late.
            self._over |= wish is None or (wish.kind == END and wish.number == self._starter)
        else:
            self._over = True

    def _hear(self) -> bool:
        """Take the listener of the filter, limits and folders, the process; False: no more."""
        try:
            flags = socket.MSG_DONTWAIT | socket.MSG_CMSG_CLOEXEC
            sent, descriptors, _, _ = socket.recv_fds(self._link, 1 << 18, 1, flags)
        except BlockingIOError:  # cannot be: it was readable, or its writer has ended
            return False
        if descriptors:
            self._attributes = Attributes(descriptors[0], self._on)
            self._poll.register(descriptors[0], select.POLLIN)
        elif sent and self._attributes is not None and self.quota is None:
            quota, *self._attributes.roots = sent.split(b"\0")
            self.quota = Quota.decode(quota)
        elif sent:
            self._pid = int(sent)
        return bool(sent)

    def _reap(self) -> None:
        """Reap all that has ended; know the status of the command if it is among that."""
        self._watched.silence()
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self._starter:
                    self._hear_all()
                    self._over |= self._pid is None
                elif ended[0] == self._pid:
                    code = os.waitstatus_to_exitcode(ended[1])
                    self._status = code if code >= 0 else 128 - code

    def _hear_all(self) -> None:
        """Take what the process said that has ended: no more than three messages."""
        while self._pid is None and self._hear():
            pass
