"""Keeps the calls of one run within its budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from rookery.agent.bound import Bound
from rookery.agent.budget import USEFUL, Need, Purse, Reservation
from rookery.catalog.cost import Cost, dearest
from rookery.catalog.lookup import Catalog
from rookery.errors import APIError
from rookery.gateway.meter import Clock
from rookery.wire.usage import Usage

SUMMARY = 2_000
"""Tokens of what a request for a summary says besides the history."""

_FREE = frozenset({529})
"""Statuses from 500 on of requests that were not begun with (platform.claude.com, "Errors")."""


class SpentError(Exception):
    """The next call of the model does not fit into the budget."""


class Spending:
    """What one run asks of a purse."""

    def __init__(
        self, purse: Purse, fields: Mapping[str, Any], catalog: Catalog, clock: Clock, *, hour: bool
    ) -> None:
        """Spend from `purse` on requests with these `fields`, which may be cached for an `hour`."""
        self.purse = purse
        self._fields = fields
        self._bound = Bound(fields, catalog.find(fields["model"]))
        self._catalog = catalog
        self._clock = clock
        self._hour = hour

    @property
    def seconds(self) -> float | None:
        """How long the run may still take."""
        return self.purse.seconds

    async def reserve(self, history: Sequence[Mapping[str, Any]], beside: int = 0) -> Reservation:
        """Reserve what the next call can cost at most; `beside` are tokens besides the history.

        Raises SpentError where that is more than there is, and nothing in flight that would make
        it less; and AgentError for a model without a price.
        """
        wanted = self._fields["max_tokens"]
        thinking = (self._fields.get("thinking") or {}).get("budget_tokens", 0)
        need = Need(
            prompt=self._bound.tokens(history) + beside,
            output=wanted,
            least=min(wanted, thinking + USEFUL),
            price=partial(self._price, at=self._clock()),
        )
        reserved = await self.purse.reserve(need)
        if reserved is None:
            raise SpentError
        return reserved

    def replied(self, usage: Usage, sent: int) -> None:
        """Take what a reply says of its prompt, which had so many messages of the history."""
        self._bound.replied(usage, sent)

    def _price(self, prompt: int, output: int, *, at: Any) -> int | None:
        asked = (self._fields.get(name) for name in ("inference_geo", "speed"))
        return dearest(
            self._fields["model"],
            at,
            prompt=prompt,
            output=output,
            modes=tuple(mode for mode in asked if mode),
            hour=self._hour,
            catalog=self._catalog,
        )


def settle(reserved: Reservation, bill: Cost, usage: Usage) -> None:
    """Put what a call did cost in the place of its reservation."""
    reserved.settle(bill.pico, usage.prompt_tokens + usage.output_tokens)


def failed(reserved: Reservation, error: BaseException, *, begun: bool) -> None:
    """End a reservation whose call failed: it is given back where the call was refused."""
    if begun or not is_free(error):
        reserved.keep()
    else:
        reserved.release()


def is_free(error: BaseException) -> bool:
    """Whether a request with this outcome is not billed."""
    return isinstance(error, APIError) and (error.status < 500 or error.status in _FREE)
