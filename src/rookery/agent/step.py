"""One call of the model, as a result and a ledger tell of it."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from rookery.agent.events import UsageReported
from rookery.catalog.cost import Cost
from rookery.wire.usage import Usage


class Step(Struct, frozen=True, kw_only=True):
    """One call of the model, and the tools it asked for.

    A call that broke off, or was cancelled, is one too, with what it had used until then.
    """

    step: int
    agent: str
    """The name of the agent that called."""
    model: str
    """The model that answered."""
    tools: tuple[str, ...]
    usage: Usage
    bill: Cost
    """What it costs, line by line; `str(bill)` is the total."""

    @classmethod
    def of(cls, reported: UsageReported, step: int | None = None) -> Step:
        """Return what an event reports; with `step` as its number, where that is another one."""
        return cls(
            step=reported.step if step is None else step,
            agent=reported.agent,
            model=reported.model,
            tools=reported.tools,
            usage=reported.usage,
            bill=reported.bill,
        )

    @property
    def cost(self) -> Decimal | None:
        """What it costs in USD, exact; None: something in it has no price."""
        return self.bill.total
