"""What a run gives back."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from rookery.catalog.cost import Cost
from rookery.wire.usage import Usage

_SHOWN = 60


class Step(Struct, frozen=True, kw_only=True):
    """One call of the model, and the tools it asked for."""

    step: int
    model: str
    tools: tuple[str, ...]
    usage: Usage
    cost: Cost


class Result(Struct, frozen=True, kw_only=True):
    """The outcome of a run. `str(result)` is its text."""

    text: str
    stop_reason: str
    """end_turn, max_tokens, max_turns, refusal or context_window; error in that of a RunError."""
    messages: list[dict[str, Any]]
    """The whole history in wire form, a valid request."""
    steps: tuple[Step, ...]

    @property
    def usage(self) -> Usage:
        """The tokens of all steps."""
        return sum((step.usage for step in self.steps), Usage())

    @property
    def cost(self) -> Cost:
        """What all steps cost at the catalog's prices."""
        return sum((step.cost for step in self.steps), Cost())

    def __repr__(self) -> str:
        """Return a short form: the history may have megabytes."""
        text = self.text if len(self.text) <= _SHOWN else self.text[:_SHOWN] + "…"
        return f"Result({text!r}, stop_reason={self.stop_reason!r}, steps={len(self.steps)})"

    def __str__(self) -> str:
        return self.text

    def __format__(self, spec: str) -> str:
        return format(self.text, spec)
