"""Who hears of what happens inside the call of a tool."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

from rookery.agent.events import Event

Tell = Callable[[Event], None]


def nobody(event: Event) -> None:
    """Hear nothing."""
    del event


TELL: ContextVar[Tell] = ContextVar("rookery_tell", default=nobody)
"""Who hears in the call that is running; from any thread."""
