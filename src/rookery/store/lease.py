"""Who may write a session: one writer at a time, told apart by a token of each lease."""

from __future__ import annotations

import os
import secrets
import socket
from functools import cache
from pathlib import Path

from msgspec import Struct

from rookery.errors import SessionConflictError


class Lease(Struct, frozen=True):
    """The right to write one session, until somebody else takes it over.

    A store looks at the token alone when something is written, not at any clock: a writer that
    slept past the end of its lease goes on where nobody took the session over, and is refused
    where somebody did.
    """

    session: str
    owner: str
    """Who has it, as `here` says, or in words of one's own."""
    token: str
    """Of this lease alone; never used again."""


class Holder(Struct):
    """Who holds a session, as a store keeps it; times are seconds since 1970."""

    owner: str
    token: str
    expires: float


def here() -> str:
    """Return a name for this process, by which others on the machine find out that it ended."""
    return f"{_machine()}/{os.getpid()}/{_started(os.getpid())}"


def is_gone(owner: str) -> bool:
    """Whether an owner is a process of this machine that has ended; false where nobody knows."""
    machine, _, rest = owner.rpartition("/")[0].rpartition("/")
    started = owner.rpartition("/")[2]
    if machine != _machine() or not rest.isdecimal() or not started:
        return False
    return _started(int(rest)) != started


def taken(session: str, held: Holder | None, owner: str, now: float) -> Lease:
    """Return a new lease where `held` stands in nobody's way. Raises SessionConflictError."""
    demand_free(session, held, now)
    return Lease(session, owner, secrets.token_hex(16))


def demand_free(session: str, held: Holder | None, now: float) -> None:
    """Raise SessionConflictError where somebody holds the session."""
    if held is not None and held.expires > now and not is_gone(held.owner):
        raise SessionConflictError(
            f"The session {session} is being written by {_named(held.owner)}. Wait until it is "
            f"done, or fork the session; after {held.expires - now:.0f} s without a sign of life "
            "it is free."
        )


def demand_held(lease: Lease, held: Holder | None) -> None:
    """Raise SessionConflictError where a lease is no longer the one that holds."""
    if held is None or held.token != lease.token:
        by = f" by {_named(held.owner)}" if held else ""
        raise SessionConflictError(
            f"The session {lease.session} was taken over{by}: this writer may not go on. Resume it."
        )


def demand_revision(session: str, expected: int, revision: int) -> None:
    """Raise SessionConflictError where a session is not as its writer last saw it."""
    if expected != revision:
        raise SessionConflictError(
            f"The session {session} has {revision} events, its writer knows of {expected}: it was "
            "continued elsewhere. Resume it."
        )


def _named(owner: str) -> str:
    """Return an owner in words for people."""
    match owner.split("/"):
        case [host, *_, pid, _] if pid.isdecimal():
            return f"process {pid} on {host}"
    return owner


@cache
def _machine() -> str:
    """Where process ids mean the same: the host since it was started, and its namespace of ids."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()[:8]
        return f"{socket.gethostname()}/{boot}/{os.stat('/proc/self/ns/pid').st_ino}"  # noqa: PTH116 -- one call, as in the line above
    except OSError:
        return socket.gethostname()


def _started(pid: int) -> str:
    """When a process was started, in the kernel's ticks; nothing for one that has ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state in ("Z", "X") else fields[18]
