"""How long a connection may stay as it is.

Nothing here costs a request anything: one sweep a second (`server.server`) looks at each connection
and adds up the time since it last changed.
"""

from __future__ import annotations

from enum import Enum, auto

from rookery.settings import Settings

SLOWEST_BODY = 1024
"""Bytes a second by which a body that is long in coming must grow."""

LONGEST_BODY = 900.0
"""Seconds that no body may take, however it grows."""

LINGER = 5.0
"""Seconds for the rest of a body whose response is out already."""


class Phase(Enum):
    """What a connection waits for."""

    IDLE = auto()
    """A request."""
    HEAD = auto()
    """The rest of a head."""
    BODY = auto()
    """The rest of a body."""
    WORK = auto()
    """Its response: what is done for it has its own limits."""
    LINGER = auto()
    """The rest of a body that nobody wants any more."""
    STUCK = auto()
    """That the client takes what was written; it has taken too little for too long."""
    CLOSING = auto()
    """The same, to be closed then."""


class Age:
    """How long one connection has been in its phase."""

    __slots__ = ("_changes", "_limits", "_phase", "_seconds")

    def __init__(self, settings: Settings) -> None:
        """Know how long each phase may last."""
        self._limits = settings
        self._phase = Phase.IDLE
        self._changes = -1
        self._seconds = 0.0

    def is_over(self, phase: Phase, changes: int, size: int, seconds: float) -> bool:
        """Say whether the phase has lasted too long, `seconds` after this was last asked.

        `changes` is a number that differs whenever the phase has begun anew; `size` are the bytes
        of a body that have come.
        """
        if phase is not self._phase or changes != self._changes:
            self._phase, self._changes, self._seconds = phase, changes, 0.0
            return False
        self._seconds += seconds
        return self._seconds > self._limit(phase, size)

    def _limit(self, phase: Phase, size: int) -> float:
        limits = self._limits
        if phase is Phase.IDLE:
            return limits.idle_timeout
        if phase is Phase.HEAD:
            return limits.head_timeout
        if phase is Phase.BODY:
            return min(limits.body_timeout + size / SLOWEST_BODY, LONGEST_BODY)
        if phase is Phase.LINGER:
            return LINGER
        return float("inf") if phase is Phase.WORK else limits.write_timeout
