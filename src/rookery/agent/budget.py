"""Budgets: what a run, and all runs below it, may spend; asked for before it is spent.

Before each attempt at a call of the model, the most that it can cost is reserved; when it is over,
what it did cost takes its place. So many calls at the same time never spend more together than
there is. What nobody can know, such as a connection that broke, keeps its reservation.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import Struct

from rookery.errors import AgentError
from rookery.tools import numbers

USEFUL = 256
"""Output tokens below which a call is not worth its prompt, where it asks for as many."""

_PICO = 10**12


class Budget(Struct, frozen=True, kw_only=True):
    """Limits of a run with all agents below it. None: no limit. Raises AgentError for what is none.

    With `usd`, every model of the run must have a price in the catalog.
    """

    usd: Decimal | float | int | str | None = None
    """US dollars; a text or a Decimal is exact."""
    tokens: int | None = None
    """Tokens of all calls of the model, prompts and replies."""
    turns: int | None = None
    """Calls of the model."""
    seconds: float | None = None
    """Wall time."""
    tool_calls: Mapping[str, int] = {}
    """Calls of a tool, by its name; the model is told when there are no more."""

    def __post_init__(self) -> None:
        _usd(self.usd)
        for name in ("tokens", "turns"):
            numbers.limit(f"{name} of a budget", getattr(self, name))
        numbers.seconds("seconds of a budget", self.seconds)
        if not isinstance(self.tool_calls, Mapping):
            raise AgentError("tool_calls of a budget must be numbers by the names of tools.")
        for name, count in self.tool_calls.items():
            numbers.positive(f"tool_calls[{name!r}] of a budget", count)

    @property
    def pico(self) -> int | None:
        """The US dollars in 10^-12."""
        return _usd(self.usd)


class Need(Struct, frozen=True):
    """What a call of the model may need at most."""

    prompt: int
    """Tokens of its prompt."""
    output: int
    """Tokens of its reply, as it is asked for."""
    least: int
    """Tokens of a reply that would still be of use."""
    price: Callable[[int, int], int | None]
    """10^-12 USD for so many tokens of prompt and reply, at the most; None: there is no price."""


class Purse:
    """What is left of a budget, for all runs that share it; and of the one above it, if any.

    It belongs to one event loop.
    """

    def __init__(self, budget: Budget, above: Purse | None = None) -> None:
        """Begin with all of it."""
        self.budget = budget
        self._above = above
        self._pico = 0
        self._tokens = 0
        self._turns = 0
        self._in_flight = 0
        self._calls: Counter[str] = Counter()
        self._ends: float | None = None
        self._changed = asyncio.Event()

    def __iter__(self) -> Iterator[Purse]:
        """Yield it and those above it."""
        purse: Purse | None = self
        while purse is not None:
            yield purse
            purse = purse._above

    @property
    def seconds(self) -> float | None:
        """How much time is left, here and above; it runs from when this is first asked."""
        left = [one for purse in self if (one := purse._seconds()) is not None]
        return min(left, default=None)

    async def reserve(self, need: Need) -> Reservation | None:
        """Return a reservation for a call, perhaps with a shorter reply; None: nothing fits.

        What does not fit waits for calls that are in flight: they may cost less than they could.
        Raises AgentError where there is no price.
        """
        while True:
            rooms = {purse: purse._room(need) for purse in self}
            output = min(need.output, *rooms.values())
            if output >= need.least:
                return Reservation(self, need, output)
            tight = [purse for purse, room in rooms.items() if room < need.least]
            if not all(purse._in_flight for purse in tight):
                return None
            await tight[0]._next_change()

    def call(self, tool: str) -> str | None:
        """Count a call of a tool; return why there may be none, if there may not."""
        for purse in self:
            limit = purse.budget.tool_calls.get(tool)
            if limit is not None and purse._calls[tool] >= limit:
                return f"{tool} was not run: this run may call it {limit} times, and has."
        for purse in self:
            purse._calls[tool] += 1
        return None

    def _room(self, need: Need) -> int:
        """Return how many tokens of reply fit; less than 0: not even the prompt does."""
        turns, left = self.budget.turns, self._seconds()
        if (turns is not None and self._turns >= turns) or (left is not None and left <= 0):
            return -1
        return self._affords(need)

    def _affords(self, need: Need) -> int:
        """Return the same of another attempt at a call, which is no turn of its own."""
        budget = self.budget
        rooms = [need.output]
        if budget.tokens is not None:
            rooms.append(budget.tokens - self._tokens - need.prompt)
        if (limit := budget.pico) is not None:
            rooms.append(_affordable(need, limit - self._pico))
        return min(rooms)

    def _seconds(self) -> float | None:
        if self.budget.seconds is None:
            return None
        now = asyncio.get_running_loop().time()
        if self._ends is None:
            self._ends = now + self.budget.seconds
        return self._ends - now

    async def _next_change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _take(self, pico: int, tokens: int, turns: int, in_flight: int) -> None:
        self._pico += pico
        self._tokens += tokens
        self._turns += turns
        self._in_flight += in_flight
        self._changed.set()


class Reservation:
    """What is set aside for one call of the model; it has to be ended in one of three ways."""

    def __init__(self, purse: Purse, need: Need, output: int) -> None:
        """Set aside what a reply of at most `output` tokens may cost."""
        self.output = output
        self._purse = purse
        self._need = need
        self._pico = _price(need, output) if _is_priced(purse) else 0
        self._tokens = need.prompt + output
        self._open = True
        for one in purse:
            one._take(self._pico, self._tokens, 1, 1)

    @property
    def is_clamped(self) -> bool:
        """Whether the reply has to be shorter than it was asked for."""
        return self.output < self._need.output

    def settle(self, pico: int | None, tokens: int) -> None:
        """Put what the call did cost in its place; where nobody knows its price, all of that."""
        self._end(0 if pico is None else pico - self._pico, tokens - self._tokens)

    def release(self) -> None:
        """Give all of it back: the call was refused."""
        self._end(-self._pico, -self._tokens)

    def keep(self) -> None:
        """Count all of it as spent: nobody knows what the call did cost."""
        self._end(0, 0)

    def again(self) -> bool:
        """Count all of it as spent, and set the same aside once more; return whether it fits."""
        if any(purse._affords(self._need) < self.output for purse in self._purse):
            return False
        for one in self._purse:
            one._take(self._pico, self._tokens, 0, 0)
        return True

    def _end(self, pico: int, tokens: int) -> None:
        if self._open:
            self._open = False
            for one in self._purse:
                one._take(pico, tokens, 0, -1)


def _is_priced(purse: Purse) -> bool:
    return any(one.budget.usd is not None for one in purse)


def _price(need: Need, output: int) -> int:
    pico = need.price(need.prompt, output)
    if pico is None:
        raise AgentError(
            "A budget in USD cannot be kept with a model that has no price. Give its price in the "
            "catalog, or a budget in tokens."
        )
    return pico


def _affordable(need: Need, pico: int) -> int:
    """Return how many tokens of reply can be paid for; less than 0: not even the prompt can."""
    if _price(need, need.output) <= pico:
        return need.output
    low, high = -1, need.output  # what can be paid grows with the tokens: halve
    while high - low > 1:
        middle = (low + high) // 2
        if _price(need, middle) <= pico:
            low = middle
        else:
            high = middle
    return low


def _usd(value: Any) -> int | None:
    if value is None:
        return None
    try:
        usd = Decimal(str(value)) if not isinstance(value, bool) else Decimal("nan")
    except InvalidOperation:
        usd = Decimal("nan")
    if not usd.is_finite() or usd <= 0:
        raise AgentError(f"usd of a budget must be an amount above 0, not {value!r:.50}.")
    return math.floor(usd * _PICO)
