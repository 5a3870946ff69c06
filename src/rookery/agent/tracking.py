"""The cost of runs: as a plain dict for each run, and summed up for an agent."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from rookery.agent.step import Step
from rookery.catalog.cost import Cost
from rookery.wire.usage import Usage

_steps = msgspec.json.Decoder(tuple[Step, ...])

PLACES = 4
"""Decimals of an amount, at least."""


def dollars(usd: Decimal) -> str:
    """Write USD with four decimals, and more where there were not two significant digits.

    The exact amount is rounded once, half to even: $0.1048, $10.5000, $0.00015.
    """
    places = max(PLACES, 1 - usd.adjusted()) if usd else PLACES
    return f"${round(usd, places):f}"


def cost_tracking(steps: Sequence[Step]) -> dict[str, Any]:
    """Return what these calls of the model used and cost, as a dict ready for JSON.

    Amounts are texts in USD, each rounded once from its exact sum; None where a call in it has no
    price. `unpriced` counts those calls, and `priced_cost` is what the rest of the tokens cost.
    Input tokens are all of them: uncached, read from the cache and written to it.
    """
    return {
        **_sums(steps, "total_"),
        "priced_cost": dollars(_bill(steps).priced_part),
        "steps": [_row(step) for step in steps],
        "by_model": _by(steps, "model"),
        "by_agent": _by(steps, "agent"),
    }


def _sums(steps: Iterable[Step], prefix: str = "") -> dict[str, Any]:
    steps = tuple(steps)
    return {
        f"{prefix}input_tokens": sum(step.usage.prompt_tokens for step in steps),
        f"{prefix}output_tokens": sum(step.usage.output_tokens for step in steps),
        f"{prefix}cost": _amount(_bill(steps)),
        "unpriced": sum(not step.bill.priced for step in steps),
    }


def _row(step: Step) -> dict[str, Any]:
    usage: Usage = step.usage
    return {
        "step": step.step,
        "tool": step.tools[0] if step.tools else None,
        "tools": list(step.tools),
        "agent": step.agent,
        "model": step.model,
        "input_tokens": usage.prompt_tokens,
        "uncached_input_tokens": usage.input_tokens,
        "cache_read_input_tokens": usage.cache_read_input_tokens or 0,
        "cache_write_5m_tokens": usage.cache_write_5m_tokens,
        "cache_write_1h_tokens": usage.cache_write_1h_tokens,
        "output_tokens": usage.output_tokens,
        "cost": _amount(step.bill),
    }


def _by(steps: Iterable[Step], field: str) -> dict[str, Any]:
    groups: dict[str, list[Step]] = {}
    for step in steps:
        groups.setdefault(getattr(step, field), []).append(step)
    return {name: {"calls": len(group), **_sums(group)} for name, group in groups.items()}


def _bill(steps: Iterable[Step]) -> Cost:
    return sum((step.bill for step in steps), Cost())


def _amount(bill: Cost) -> str | None:
    return None if bill.total is None else dollars(bill.total)


class Ledger:
    """What the runs of one agent cost: the last one that ended in full, all of them together.

    Runs may end in several threads.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._lock = threading.Lock()
        self._bill = Cost()
        self._last = _pack(())
        """The steps of the last run, packed: an idle agent is to be small."""

    def add(self, steps: Sequence[Step]) -> None:
        """Enter a run that ended."""
        bill, packed = _bill(steps), _pack(steps)
        with self._lock:
            self._bill += bill
            self._last = packed

    @property
    def bill(self) -> Cost:
        """All runs."""
        return self._bill

    @property
    def last(self) -> dict[str, Any]:
        """The last run that ended; without one, of no call."""
        return cost_tracking(_steps.decode(zlib.decompress(self._last)))


def _pack(steps: Sequence[Step]) -> bytes:
    return zlib.compress(msgspec.json.encode(steps), 1)
