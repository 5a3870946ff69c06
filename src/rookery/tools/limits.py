"""What a tool may take: how long, and how often at a time."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from rookery.tools import numbers
from rookery.tools.gate import Gate


class Limits:
    """How long a call of a tool may take, and how many may run at a time."""

    def __init__(self, *, timeout: float | None = None, concurrency: int | None = None) -> None:
        """Set limits; None is none. Those who share this object share its places.

        `timeout`: seconds from the moment a call runs. Raises AgentError for what is no limit.
        """
        self.timeout = numbers.seconds("timeout", timeout)
        self.concurrency = numbers.limit("concurrency", concurrency)
        self._gate = Gate(concurrency) if concurrency else None

    def __repr__(self) -> str:
        return f"Limits(timeout={self.timeout!r}, concurrency={self.concurrency!r})"

    def turn(self) -> Any:
        """Return an async context manager in which a call may run."""
        return self._gate or nullcontext()


NONE = Limits()
