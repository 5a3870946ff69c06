"""What has come of many tasks so far: how they ended, what they cost, what the cache saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from rookery.agent.item import Item
from rookery.agent.step import Step
from rookery.catalog.cost import Cost, cost, dollars
from rookery.catalog.lookup import Catalog
from rookery.wire.usage import Usage


class Outcome(Struct, frozen=True, kw_only=True):
    """What has come of a map so far. `str(outcome)` is a line of it.

    Usage, cost and what was saved are those of this call: what was kept has been paid before.
    """

    tasks: int | None
    """How many there are; None: they are not all known yet."""
    stop_reasons: dict[str, int]
    """How many tasks ended for each reason; `error` are those without a result."""
    stored: int
    """How many of them were there from an earlier call."""
    not_run: int
    """How many of them did not begin: the budget had nothing for them, or they are no tasks."""
    usage: Usage
    """The tokens of all calls of the model, of runs that were cancelled too."""
    bill: Cost
    """What they cost, line by line."""
    saved: Decimal | None
    """USD that the prompt cache saved against the same calls without it, exact; it is below 0
    where more was written than read. None: something in it has no price."""

    @property
    def ended(self) -> int:
        """How many tasks ended."""
        return sum(self.stop_reasons.values())

    @property
    def cost(self) -> Decimal | None:
        """What all calls of the model cost in USD, exact; None: something has no price."""
        return self.bill.total

    @property
    def tokens_read(self) -> int:
        """How many tokens were read from the prompt cache."""
        return self.usage.cache_read_input_tokens or 0

    def __str__(self) -> str:
        known = "" if self.tasks is None else f" of {self.tasks}"
        reasons = ", ".join(f"{count} {reason}" for reason, count in self.stop_reasons.items())
        parts = [f"{self.ended}{known} tasks" + (f" ({reasons})" if reasons else "")]
        if self.stored:
            parts.append(f"{self.stored} from the store")
        if self.not_run:
            parts.append(f"{self.not_run} not run")
        parts.append(str(self.bill))
        if self.saved is not None and self.saved > 0:
            parts.append(f"{dollars(self.saved)} saved by the cache")
        return ", ".join(parts)


class Tally:
    """Adds up what comes of a map."""

    def __init__(self, tasks: int | None) -> None:
        """Begin with nothing, of so many tasks."""
        self.tasks = tasks
        self._reasons: Counter[str] = Counter()
        self._stored = 0
        self._not_run = 0
        self._usage = Usage()
        self._bill = Cost()
        self._saved: int | None = 0

    def end(self, item: Item[Any]) -> None:
        """Count a task that ended."""
        self._reasons[item.stop_reason] += 1
        self._stored += item.stored
        self._not_run += not item.is_run

    def charge(self, steps: Sequence[Step], catalog: Catalog, at: datetime) -> None:
        """Enter the calls of a run that ended; `catalog` has their prices at that time."""
        for step in steps:
            self._usage += step.usage
            self._bill += step.bill
            if self._saved is not None:
                saving = _saved(step, catalog, at)
                self._saved = None if saving is None else self._saved + saving

    @property
    def outcome(self) -> Outcome:
        """All of it."""
        return Outcome(
            tasks=self.tasks,
            stop_reasons=dict(self._reasons),
            stored=self._stored,
            not_run=self._not_run,
            usage=self._usage,
            bill=self._bill,
            saved=None if self._saved is None else Decimal(self._saved).scaleb(-12),
        )


def _saved(step: Step, catalog: Catalog, at: datetime) -> int | None:
    """Return what the cache saved in one call, in 10^-12 USD; None: there is no price."""
    usage = step.usage
    if usage.uncached == usage:
        return 0
    without, real = (cost(one, step.model, at, catalog=catalog) for one in (usage.uncached, usage))
    if without.pico is None or real.pico is None:
        return None
    return without.pico - real.pico
