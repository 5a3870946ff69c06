"""What a run gives back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Generic

from msgspec import UNSET, Struct

from rookery.agent.approval import ApprovalRequest
from rookery.agent.output import T
from rookery.agent.step import Step
from rookery.agent.tracking import cost_tracking
from rookery.catalog.cost import Cost
from rookery.errors import AgentError
from rookery.wire.usage import Usage

_SHOWN = 60


class Result(Struct, Generic[T], frozen=True, kw_only=True):
    """The outcome of a run. `str(result)` is its text."""

    text: str
    stop_reason: str
    """end_turn, max_tokens, max_turns, budget, loop, refusal, context_window, awaiting_approval or
    denied; cancelled in that of a stream that was left, error in that of a RunError."""
    messages: list[dict[str, Any]]
    """The whole history in wire form, a valid request."""
    steps: tuple[Step, ...]
    session_id: str | None = None
    """The session that the run is a turn of; None: of none."""
    pending: tuple[ApprovalRequest, ...] = ()
    """What a run waits for that ended with awaiting_approval."""
    state: dict[str, Any] | None = None
    """That run, ready for JSON: what `Agent.resume` goes on with."""
    _output: Any = UNSET

    @property
    def output(self) -> T:
        """The text, or what it is as the output type of the agent.

        Raises AgentError where there is none: only a run that ended with end_turn has one.
        """
        if self._output is UNSET:
            raise AgentError(f"There is no output: the run ended with {self.stop_reason}.")
        found: T = self._output
        return found

    @property
    def usage(self) -> Usage:
        """The tokens of all steps."""
        return sum((step.usage for step in self.steps), Usage())

    @property
    def bill(self) -> Cost:
        """What all steps cost at the catalog's prices, line by line; `str(bill)` is the total."""
        return sum((step.bill for step in self.steps), Cost())

    @property
    def cost(self) -> Decimal | None:
        """What all steps cost in USD, exact; None: something in them has no price."""
        return self.bill.total

    @property
    def priced_cost(self) -> Decimal:
        """What in all steps has a price, in USD, exact."""
        return self.bill.priced_part

    @property
    def cost_tracking(self) -> dict[str, Any]:
        """The cost as a plain dict, ready for JSON (docs/agents.md, "Cost")."""
        return cost_tracking(self.steps)

    def __repr__(self) -> str:
        """Return a short form: the history may have megabytes."""
        text = self.text if len(self.text) <= _SHOWN else self.text[:_SHOWN] + "…"
        return f"Result({text!r}, stop_reason={self.stop_reason!r}, steps={len(self.steps)})"

    def __str__(self) -> str:
        return self.text

    def __format__(self, spec: str) -> str:
        return format(self.text, spec)
