"""What an emulated backend wants to say, before the API's rules are applied to it."""

from __future__ import annotations

from typing import Any, NamedTuple

from rookery.wire.messages import StopReason


class Draft(NamedTuple):
    """Content blocks in wire form, and why the model would stop by itself."""

    content: list[dict[str, Any]]
    stop_reason: StopReason = "end_turn"
    thinking: str = ""
    """How the engine came to this; the rules of the API decide whether it is returned."""
    simple: bool = False
    """Whether the task is one for which a model at low effort skips thinking."""
