"""A small process that starts supervisors for a large one, which cannot be forked safely.

It is started as `python -I -S -c PROGRAM FOLDER DESCRIPTOR GUARD` and imports nothing but the
standard library and its neighbours. It alone keeps the rights of the user: for control groups.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import socket
import sys

from rookery.sandbox import cgroup, seccomp
from rookery.sandbox.cgroup import Group, Parent
from rookery.sandbox.descendants import end_strays
from rookery.sandbox.linux import PR_SET_CHILD_SUBREAPER, drop_capabilities, prctl
from rookery.sandbox.supervisor import Watched, supervise
from rookery.sandbox.syscalls import Machine, machine

PROGRAM = (
    "import sys; sys.path.append(sys.argv[1]); from rookery.sandbox import zygote as z; z.main()"
)

_IDLE_MS = 300_000


def main() -> None:
    """Serve until the owner is gone, or nothing was run for long."""
    on = machine()
    if on is None:
        sys.exit(f"There is no table of system calls for {os.uname().machine}.")
    control = socket.socket(fileno=int(sys.argv[2]))
    control.set_inheritable(False)
    owner = os.pidfd_open(os.getppid())
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    gc.freeze()  # pages that are not written to are shared with what is forked
    Zygote(control, owner, on, guard=sys.argv[3] == "1").serve()


class Zygote:
    """Makes supervisors for one owner."""

    def __init__(self, control: socket.socket, owner: int, on: Machine, *, guard: bool) -> None:
        """Take the socket to the owner, and a descriptor of its process.

        `guard`: the kernel does not keep commands from signalling their supervisors.
        """
        self._watched = Watched(control, owner)
        self._on = on
        self._guard = guard
        self._within: tuple[Parent, ...] = cgroup.parents()
        self._supervisors: dict[int, Group | None] = {}
        self._made = 0

    def serve(self) -> None:
        """Make a supervisor for each byte that the owner sends."""
        cgroup.sweep(self._within)
        watched = self._watched
        poll = select.poll()
        for descriptor in (watched.control.fileno(), watched.owner, watched.alarm):
            poll.register(descriptor, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll(_IDLE_MS)}
            if watched.alarm in ready:
                self._reap()
            if watched.control.fileno() in ready:
                wishes = self._wishes()
                for _ in wishes:
                    self._start()
                if not wishes:
                    break
            if watched.owner in ready or not (ready or self._supervisors):
                break
        while self._supervisors:  # they end with the owner; their groups are left to us
            self._reap()

    def _wishes(self) -> bytes:
        try:
            return self._watched.control.recv(4096)
        except ConnectionResetError:  # supervisors were on their way to it
            return b""

    def _reap(self) -> None:
        """A supervisor that was killed leaves its tree to us: end it, and remove its groups."""
        self._watched.silence()
        gone = []
        failed = False
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                failed |= ended[1] != 0
                gone.append(self._supervisors.pop(ended[0], None))
        if failed:
            end_strays(self._supervisors)
        for group in gone:
            if group is not None:
                group.remove()

    def _start(self) -> None:
        self._made += 1
        group = Group(self._within, self._made) if self._within else None
        near, far = socket.socketpair(type=socket.SOCK_SEQPACKET)
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                near.close()
                self._watched.control.close()
                self._supervise(far, group)
                status = 0
            finally:
                os._exit(status)
        self._supervisors[pid] = group
        with near, far, contextlib.suppress(OSError):  # the owner may be gone
            socket.send_fds(self._watched.control, [b"+"], [near.fileno()])

    def _supervise(self, control: socket.socket, group: Group | None) -> None:
        os.setsid()
        prctl(PR_SET_CHILD_SUBREAPER, 1)
        if group is not None:
            group.enter()
        drop_capabilities()
        guarded = (os.getpid(), os.getppid()) if self._guard else ()
        program = seccomp.program(self._on, namespaces=False, guarded=guarded)
        supervise(Watched(control, self._watched.owner), self._on, program, group)
