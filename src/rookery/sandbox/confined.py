"""The process that starts a command: it waits for its order, gives up its rights, and goes."""

from __future__ import annotations

import array
import contextlib
import os
import signal
import socket
import struct
from pathlib import Path
from typing import NamedTuple

from rookery.sandbox import ruleset
from rookery.sandbox.cgroup import Group
from rookery.sandbox.linux import PR_SET_NO_NEW_PRIVS, PR_SET_PDEATHSIG, obey, prctl
from rookery.sandbox.quota import Quota

_OOM = Path("/proc/self/oom_score_adj")

_LENGTH = "=I"
_DESCRIPTORS = 4  # stdin, stdout, stderr and a ruleset


class Order(NamedTuple):
    """What to run. As bytes, so that it does not depend on anybody's locale."""

    quota: Quota
    cwd: bytes
    roots: list[bytes]
    """Resolved folders in which attributes of files can be changed."""
    argv: list[bytes]
    env: list[bytes]

    def send(self, to: socket.socket, descriptors: list[int]) -> None:
        """Send it, with stdin, stdout, stderr and a ruleset. Raises ValueError for NUL bytes."""
        numbers = (len(self.roots), len(self.argv))
        fields = [self.quota.encode(), self.cwd, *(b"%d" % number for number in numbers)]
        fields += [*self.roots, *self.argv, *self.env]
        if any(b"\0" in field for field in fields):
            raise ValueError("embedded null byte")
        body = b"\0".join(fields)
        head = struct.pack(_LENGTH, len(body))
        sent = array.array("i", descriptors)
        to.sendmsg([head], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, sent)])
        to.sendall(body)

    @classmethod
    def receive(cls, source: socket.socket) -> tuple[Order, list[int]]:
        """Wait for an order; raises EOFError when there will be none."""
        size = struct.calcsize(_LENGTH)
        head, ancillary, _, _ = source.recvmsg(
            size, socket.CMSG_SPACE(4 * _DESCRIPTORS), socket.MSG_CMSG_CLOEXEC
        )
        if len(head) < size:
            raise EOFError
        descriptors = array.array("i")
        for _, _, data in ancillary:
            descriptors.frombytes(data)
        left = struct.unpack(_LENGTH, head)[0]
        parts = []
        while left:
            part = source.recv(min(left, 1 << 20))
            if not part:
                raise EOFError
            parts.append(part)
            left -= len(part)
        return cls.decode(b"".join(parts)), list(descriptors)

    @classmethod
    def decode(cls, body: bytes) -> Order:
        """Read what `send` wrote."""
        quota, cwd, roots, words, *rest = body.split(b"\0")
        first, second = int(roots), int(roots) + int(words)
        return cls(Quota.decode(quota), cwd, rest[:first], rest[first:second], rest[second:])


def begin(
    orders: socket.socket, supervisor: socket.socket, program: bytes, group: Group | None
) -> None:
    """Start what is ordered, or tell why it cannot be; then this process must end.

    Args:
        orders: Where the order comes from, and is told the process that was started, or why not.
        supervisor: Adopts the command. Is sent the listener of the filter, what of the order
            concerns it, and the process.
        program: The filter of system calls.
        group: The group this process is in.
    """
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    for changed in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD):  # by Python, and by us
        signal.signal(changed, signal.SIG_DFL)
    with contextlib.suppress(OSError):  # without memory, this tree goes before its supervisor
        _OOM.write_text("1000")
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    listener = obey(program)
    socket.send_fds(supervisor, [b"+"], [listener])
    os.close(listener)
    _rehearse()
    try:
        order, (*standard, rules) = Order.receive(orders)
        if not _limit(order.quota, group):
            return
        try:
            problem = "the folder"
            os.chdir(order.cwd)
            for number, descriptor in enumerate(standard):
                os.dup2(descriptor, number)
            problem = "the sandbox"
            supervisor.sendall(b"\0".join((order.quota.encode(), *order.roots)))
            ruleset.restrict(rules)
            problem = "the program"
            environment = dict(one.split(b"=", 1) for one in order.env)
            # Half the time of becoming it: this process has much memory to give back.
            pid = os.posix_spawn(order.argv[0], order.argv, environment, setsid=True)
            supervisor.sendall(b"%d" % pid)
            orders.sendall(b"%d" % pid)
        except OSError as error:
            orders.sendall(f"{problem}: {error.strerror}".encode())
        except ValueError as error:  # the name of a variable
            orders.sendall(f"{problem}: {error}".encode())
    except EOFError:
        return


def _rehearse() -> None:
    """Use the memory that an order needs: pages shared with the supervisor are copied now."""
    order = Order.decode(b"0,-1,-1,4,0,0\0/\0" + b"1\0002\0/\0/\0-\0a=b")
    order.quota.apply()
    with contextlib.suppress(OSError):  # a folder is no program
        os.posix_spawn(order.argv[0], order.argv, {b"a": b"b"}, setsid=True)


def _limit(quota: Quota, group: Group | None) -> bool:
    """Tell whether the limits hold. If not, another supervisor's group may have the room."""
    try:
        if quota.grouped and group is not None:
            group.limit(quota)
        quota.apply()
    except OSError:
        return False
    return group is not None or not quota.grouped
