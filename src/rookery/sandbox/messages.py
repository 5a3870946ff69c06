"""What the owner of commands and their supervisors say to each other, over a socket."""

from __future__ import annotations

import array
import socket
import struct
from typing import NamedTuple

READY, ENDED, END = 1, 2, 3

_WORDS = "=Bi"


class Message(NamedTuple):
    """READY: a process waits for an order, with the socket for it. ENDED: the exit status of the
    command, of which nothing is left. END: the command of that process is to be ended.
    """

    kind: int
    number: int
    descriptor: int | None = None


def send(to: socket.socket, message: Message) -> None:
    """Send a message, and its descriptor. Raises OSError where the other has gone."""
    kind, number, descriptor = message
    descriptors = [] if descriptor is None else [descriptor]
    body = struct.pack(_WORDS, kind, number)
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))
    to.sendmsg([body], [rights] if descriptors else [])


def receive(source: socket.socket) -> Message | None:
    """Wait for a message; None: the other has gone."""
    for _ in range(2):
        try:
            data, sent, _, _ = source.recvmsg(
                struct.calcsize(_WORDS), socket.CMSG_SPACE(4), socket.MSG_CMSG_CLOEXEC
            )
        except ConnectionResetError:  # it has gone without reading ours; its own may be waiting
            continue
        descriptor = struct.unpack("=i", sent[0][2])[0] if sent else None
        if not data:
            return None
        kind, number = struct.unpack(_WORDS, data)
        return Message(kind, number, descriptor)
    return None
