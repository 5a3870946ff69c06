"""What a usage costs: tokens times prices, exact, with what has no price left visible."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct

from rookery.catalog.lookup import Catalog
from rookery.catalog.prices import Rate
from rookery.wire.usage import ServerToolUse, Usage

STANDARD = frozenset(("standard", "global", "not_available"))
"""Values of `service_tier`, `inference_geo` and `speed` that change no price."""


class CostLine(Struct, frozen=True):
    """One kind of thing that was used: `quantity` units at `price` USD for `per` units."""

    model: str
    kind: str
    """A token kind, a field of `usage.server_tool_use`, or what could not be read."""
    quantity: int
    price: Decimal | None
    """USD for `per` units; None: unpriced."""
    per: int | None
    pico: int | None
    """The amount in 10^-12 USD; None: unpriced."""
    source: str = "message"
    """The type of the iteration that used it: message, compaction, advisor_message, ..."""

    @property
    def amount(self) -> Decimal | None:
        """The amount in USD, exact; None: unpriced."""
        return None if self.pico is None else _usd(self.pico)


class Cost(Struct, frozen=True):
    """What some usage costs. Costs add up with `+` and `sum`; unpriced lines stay unpriced.

    `str` gives USD with at least four significant digits and never fewer than two decimals,
    rounded half to even, without trailing zeros after those two: $10.50, $0.1048, $0.000147.
    """

    lines: tuple[CostLine, ...] = ()

    @property
    def priced(self) -> bool:
        """Whether every line has a price."""
        return all(line.pico is not None for line in self.lines)

    @property
    def unpriced(self) -> tuple[str, ...]:
        """The kinds that have no price, each once."""
        return tuple(dict.fromkeys(line.kind for line in self.lines if line.pico is None))

    @property
    def pico(self) -> int | None:
        """The total in 10^-12 USD, as it is stored; None if anything is unpriced."""
        return self.priced_pico if self.priced else None

    @property
    def priced_pico(self) -> int:
        """The total in 10^-12 USD of only those lines that have a price."""
        return sum(line.pico for line in self.lines if line.pico is not None)

    @property
    def total(self) -> Decimal | None:
        """The total in USD, exact; None if anything is unpriced."""
        return _usd(self.priced_pico) if self.priced else None

    @property
    def priced_part(self) -> Decimal:
        """The total in USD of only those lines that have a price."""
        return _usd(self.priced_pico)

    def __add__(self, other: Cost) -> Cost:
        """Add the lines; those of the same model, kind, source and price become one."""
        merged: dict[tuple[Any, ...], CostLine] = {}
        for line in (*self.lines, *other.lines):
            key = (line.model, line.kind, line.source, line.price, line.per)
            earlier = merged.get(key)
            merged[key] = _joined(earlier, line) if earlier else line
        return Cost(tuple(merged.values()))

    def __radd__(self, other: int) -> Cost:
        """Let `sum` start at its 0."""
        return self if other == 0 else NotImplemented

    def __str__(self) -> str:
        if self.priced:
            return dollars(self.priced_part)
        missing = f"unpriced: {', '.join(self.unpriced)}"
        return f"{dollars(self.priced_part)} + {missing}" if self.priced_pico else missing


def cost(
    usage: Usage,
    model: str,
    at: datetime,
    *,
    tier: str | None = None,
    geo: str | None = None,
    speed: str | None = None,
    catalog: Catalog | None = None,
) -> Cost:
    """Price a usage of a model, by id or alias, at a time (UTC, where it has no zone).

    `tier`, `geo` and `speed` are what the usage says unless given: standard, batch or priority;
    global or us; standard or fast. Whatever has no price in the catalog, for an unknown model or
    a mode that the model does not have, is an unpriced line: never zero, never another price.

    `usage.iterations` other than of type message are not in the totals and are added, each at
    the price of its own model. Where one of them is a fallback_message, the totals repeat that
    attempt alone, so the iterations are priced instead of them: all attempts, each once.
    """
    catalog = catalog or Catalog.builtin()
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    given = (tier or usage.service_tier, geo or usage.inference_geo, speed or usage.speed)
    modes = tuple(mode for mode in given if mode and mode not in STANDARD)
    parts = _parts(usage, model) if usage.iterations else ((_MESSAGE, model, usage),)
    lines: list[CostLine] = []
    for source, name, part in parts:
        found = catalog.find(name)
        origin = (found.id if found else name, source)
        if part is None:
            lines.append(_line(origin, "iteration", 1, None))
            continue
        rates = catalog.prices.rates(found.id, modes, at, part.prompt_tokens) if found else {}
        for kind, tokens in _tokens(part):
            if tokens > 0:
                lines.append(_line(origin, kind, tokens, rates.get(kind)))
    found = catalog.find(model)
    origin = (found.id if found else model, _MESSAGE)
    for kind, calls in _calls(usage.server_tool_use):
        lines.append(_line(origin, kind, calls, catalog.prices.tools.get(kind)))
    return Cost(tuple(lines))


def dearest(
    model: str,
    at: datetime,
    *,
    prompt: int,
    output: int,
    modes: tuple[str, ...] = (),
    hour: bool = False,
    catalog: Catalog | None = None,
) -> int | None:
    """Return the most that a call can cost, in 10^-12 USD; None: the model has no price.

    `prompt` and `output` are the most tokens that it can have. The prompt is priced as if it were
    new to the cache and written to it, for an `hour` or for 5 minutes, in the dearest band that it
    can be in; `modes` are names of prices.toml.
    """
    catalog = catalog or Catalog.builtin()
    found = catalog.find(model)
    if found is None:
        return None
    kinds = ("input", "cache_write_5m", *(("cache_write_1h",) if hour else ()))
    asked = tuple(mode for mode in modes if mode not in STANDARD)
    most: int | None = None
    for above, rates in catalog.prices.bands(found.id, asked, at).items():
        if (above and prompt <= above) or "input" not in rates or "output" not in rates:
            continue
        written = max(rates[kind].amount(prompt) for kind in kinds if kind in rates)
        amount = written + rates["output"].amount(output)
        most = amount if most is None else max(most, amount)
    return most


class PriceBand(Struct, frozen=True):
    """The token prices of one prompt band, USD per million tokens, by kind."""

    above: int
    """The band is of prompts with more tokens than this; 0: of all others."""
    prices: dict[str, Decimal]


def price_table(
    model: str,
    at: datetime,
    *,
    modes: tuple[str, ...] = (),
    catalog: Catalog | None = None,
) -> list[PriceBand]:
    """List a model's token prices at a time, one row for each prompt band, shortest first.

    `modes` are names of prices.toml: batch, us, fast. Empty where the model has no price. Raises
    UnknownModelError.
    """
    catalog = catalog or Catalog.builtin()
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    bands = catalog.prices.bands(catalog.get(model).id, modes, at)
    return [
        PriceBand(above, {kind: rate.price for kind, rate in rates.items()})
        for above, rates in bands.items()
        if rates
    ]


def dollars(usd: Decimal) -> str:
    """Write USD as `Cost` does: four significant digits at least, and two decimals."""
    places = max(2, 3 - usd.adjusted()) if usd else 2
    whole, _, decimals = f"{round(usd, places):f}".partition(".")
    return f"${whole}.{decimals[:2]}{decimals[2:].rstrip('0')}"


def _parts(usage: Usage, model: str) -> Iterator[tuple[str, str, Usage | None]]:
    """Yield (iteration type, model, counts) of all that is billed; None for unreadable counts."""
    iterations = usage.iterations or []
    fell_back = any(entry.get("type") == "fallback_message" for entry in iterations)
    if not fell_back:
        yield _MESSAGE, model, usage
    for entry in iterations:
        source = str(entry.get("type"))
        if source != _MESSAGE or fell_back:
            # Of the models in a fallback turn, the caller's is only one.
            name = entry.get("model") or ("unknown" if fell_back else model)
            try:
                yield source, name, msgspec.convert(entry, Usage)
            except msgspec.ValidationError:
                yield source, name, None


def _tokens(usage: Usage) -> tuple[tuple[str, int], ...]:
    short, long = usage.cache_write_5m_tokens, usage.cache_write_1h_tokens
    return (
        ("input", usage.input_tokens),
        ("output", usage.output_tokens),
        ("cache_write_5m", short),
        ("cache_write_1h", long),
        ("cache_read", usage.cache_read_input_tokens or 0),
        # Writes that a backend counts in the sum but in neither split have no known price.
        ("cache_write", (usage.cache_creation_input_tokens or 0) - short - long),
    )


def _calls(used: ServerToolUse | None) -> list[tuple[str, int]]:
    if used is None:
        return []
    counts = ((kind, getattr(used, kind)) for kind in used.__struct_fields__)
    return [(kind, calls) for kind, calls in counts if calls > 0]


def _line(origin: tuple[str, str], kind: str, quantity: int, rate: Rate | None) -> CostLine:
    model, source = origin
    if rate is None:
        return CostLine(model, kind, quantity, None, None, None, source)
    return CostLine(model, kind, quantity, rate.price, rate.per, rate.amount(quantity), source)


def _joined(one: CostLine, other: CostLine) -> CostLine:
    pico = None if one.pico is None or other.pico is None else one.pico + other.pico
    quantity = one.quantity + other.quantity
    return CostLine(one.model, one.kind, quantity, one.price, one.per, pico, one.source)


def _usd(pico: int) -> Decimal:
    return Decimal(pico).scaleb(-12)


_MESSAGE = "message"
