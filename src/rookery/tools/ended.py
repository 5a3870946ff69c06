"""How a command ended, as data and in words."""

from __future__ import annotations

import signal
from typing import Literal

from msgspec import Struct

Stopped = Literal["", "time", "output", "cancelled"]
"""Why a command was killed, if it was."""

_REASONS = {
    "time": "its time was over",
    "output": "it wrote too much",
    "cancelled": "it was to be ended",
}


class Ended(Struct, frozen=True, kw_only=True):
    """How a line of commands ended."""

    status: int
    """As `$?` of bash: 128 + n for signal n."""
    folder: str
    """Where its last `cd` led to."""
    seconds: float
    stopped: Stopped = ""

    def __str__(self) -> str:
        """Return a phrase such as `exit status 1, 0.20 s`."""
        if self.stopped:
            return f"stopped after {self.seconds:.2f} s: {_REASONS[self.stopped]}"
        return f"exit status {self.status}{_signal(self.status)}, {self.seconds:.2f} s"


def _signal(status: int) -> str:
    try:
        number = signal.Signals(status - 128)
    except ValueError:
        return ""
    return f" ({number.name}: {signal.strsignal(number)})"
