"""The rows of prices.toml, compiled to exact rates: pico-dollars (10^-12 USD) per unit."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Literal, NamedTuple, TypeVar, get_args

from msgspec import Struct, field

from rookery.catalog.files import Row, Tables, convert
from rookery.errors import SettingsError

V = TypeVar("V")

TokenKind = Literal["input", "output", "cache_write_5m", "cache_write_1h", "cache_read"]

PICO = 10**12
"""Pico-dollars in a dollar."""

TOKENS = 1_000_000
"""Token prices are for this many."""


class Rate(Struct, frozen=True):
    """A price: `price` USD for `per` units, kept beside it as the pico-dollars of one unit."""

    price: Decimal
    per: int
    numerator: int
    denominator: int

    @classmethod
    def of(cls, usd: Fraction, per: int) -> Rate:
        """The rate of `usd` for `per` units. `usd` must be a finite decimal."""
        pico = usd * PICO / per
        price = Decimal(usd.numerator) / Decimal(usd.denominator)
        return cls(price, per, pico.numerator, pico.denominator)

    def amount(self, units: int) -> int:
        """The price of `units` in pico-dollars.

        Exact for every price per million of at most six decimals; else the product is rounded,
        once, half to even.
        """
        if self.denominator == 1:
            return units * self.numerator
        return round(Fraction(units * self.numerator, self.denominator))


Rates = dict[str, Rate]
"""The rates of a request by token kind; a kind that is missing is unpriced."""


class PriceRow(Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `[[prices]]`: USD per million tokens, as decimals in strings."""

    models: tuple[str, ...]
    starts: date = field(name="from", default=date.min)
    above: int = 0
    input: str | None = None
    output: str | None = None
    cache_write_5m: str | None = None
    cache_write_1h: str | None = None
    cache_read: str | None = None


class ModeRow(Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `[[modes]]`: what a tier, place or speed does to all token prices of a request."""

    name: str
    factor: str
    models: tuple[str, ...]
    starts: date = field(name="from", default=date.min)
    not_with: tuple[str, ...] = ()


class ToolRow(Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `[tools]`: USD for `per` calls."""

    price: str
    per: int


class Mode(NamedTuple):
    """The factor of a mode, and the modes it cannot be combined with."""

    factor: Fraction
    not_with: tuple[str, ...]


class Period(NamedTuple):
    """The rates from `start` on, by prompt band: the band that starts highest comes first."""

    start: datetime
    bands: tuple[tuple[int, Rates], ...]


Dated = dict[date, Mode]
Banded = dict[date, dict[int, Fraction]]


class Prices:
    """All prices. `rates` picks those of a request; `tools` are those of server tool calls."""

    def __init__(self, tables: Tables, models: Collection[str]) -> None:
        self._prices: dict[tuple[str, TokenKind], Banded] = {}
        self._modes: dict[tuple[str, str], Dated] = {}
        self._periods: dict[tuple[str, tuple[str, ...]], tuple[Period, ...]] = {}
        seen: dict[object, str] = {}
        for row in tables.listed["prices"]:
            self._add_prices(row, convert(row, row.values, PriceRow), models, seen)
        for row in tables.listed["modes"]:
            self._add_mode(row, convert(row, row.values, ModeRow), models, seen)
        for (model, kind), dates in self._prices.items():
            _check_bands(model, kind, dates, seen)
        self._mode_names = frozenset(name for _, name in self._modes)
        self.tools: dict[str, Rate] = {}
        for name, row in tables.named["tools"].items():
            tool = convert(row, row.values, ToolRow)
            if tool.per < 1:
                raise SettingsError(f"{row.where}: `per` must be at least 1")
            self.tools[name] = Rate.of(_decimal(row, tool.price), tool.per)

    def rates(self, model: str, modes: tuple[str, ...], at: datetime, prompt: int) -> Rates:
        """The token rates of a model, by its id, for a prompt of so many tokens.

        `at` must have a time zone. Empty where nothing is known: no rows for the model or for a
        mode on that day, or modes that exclude each other.
        """
        for period in self._timeline(model, modes):
            if at >= period.start:
                for above, rates in period.bands:
                    if prompt > above or not above:
                        return rates
        return {}

    def bands(self, model: str, modes: tuple[str, ...], at: datetime) -> dict[int, Rates]:
        """The rates of every prompt band, by the number of tokens that the band starts above."""
        for period in self._timeline(model, modes):
            if at >= period.start:
                return dict(reversed(period.bands))
        return {}

    def _timeline(self, model: str, modes: tuple[str, ...]) -> tuple[Period, ...]:
        periods = self._periods.get((model, modes))
        if periods is None:
            # Modes come from outside: only those that exist, each once, may grow the cache.
            if not self._mode_names.issuperset(modes) or len(set(modes)) < len(modes):
                return ()
            periods = self._periods[model, modes] = self._compile(model, modes)
        return periods

    def _compile(self, model: str, modes: tuple[str, ...]) -> tuple[Period, ...]:
        kinds = {kind: self._prices.get((model, kind), {}) for kind in get_args(TokenKind)}
        changes = [self._modes.get((model, mode), {}) for mode in modes]
        starts = {start for dates in kinds.values() for start in dates}
        starts |= {start for dates in changes for start in dates}
        periods = []
        for start in sorted(starts, reverse=True):
            factor = _combined(modes, [_in_force(dates, start) for dates in changes])
            prices = {kind: _in_force(dates, start) or {} for kind, dates in kinds.items()}
            bands = _bands(prices, factor) if factor is not None else ((0, {}),)
            periods.append(Period(datetime.combine(start, time.min, UTC), bands))
        return tuple(periods)

    def _add_prices(
        self, row: Row, prices: PriceRow, models: Collection[str], seen: dict[object, str]
    ) -> None:
        if prices.above < 0:
            raise SettingsError(f"{row.where}: `above` must not be negative")
        for model in _known(row, prices.models, models):
            for kind in get_args(TokenKind):
                price = getattr(prices, kind)
                if price is not None:
                    _once(row, (model, kind, prices.starts, prices.above), seen)
                    dates = self._prices.setdefault((model, kind), {})
                    dates.setdefault(prices.starts, {})[prices.above] = _decimal(row, price)

    def _add_mode(
        self, row: Row, mode: ModeRow, models: Collection[str], seen: dict[object, str]
    ) -> None:
        try:
            factor = Fraction(mode.factor)
        except (ValueError, ZeroDivisionError) as error:
            raise SettingsError(f"{row.where}: factor {mode.factor!r} is no fraction") from error
        if factor < 0 or not _terminates(factor):
            raise SettingsError(f"{row.where}: factor {mode.factor!r} is no finite decimal >= 0")
        for model in _known(row, mode.models, models):
            _once(row, (model, mode.name, mode.starts), seen)
            dates = self._modes.setdefault((model, mode.name), {})
            dates[mode.starts] = Mode(factor, mode.not_with)


def _in_force(dates: dict[date, V], day: date) -> V | None:
    started = [start for start in dates if start <= day]
    return dates[max(started)] if started else None


def _combined(modes: tuple[str, ...], found: list[Mode | None]) -> Fraction | None:
    """The product of the factors; None if one is missing or two exclude each other."""
    factor = Fraction(1)
    for mode in found:
        if mode is None or not set(modes).isdisjoint(mode.not_with):
            return None
        factor *= mode.factor
    return factor


def _bands(
    prices: dict[TokenKind, dict[int, Fraction]], factor: Fraction
) -> tuple[tuple[int, Rates], ...]:
    """Return the rates of every band, the highest first. A kind may have fewer bands than others:
    its price in a band is then that of the nearest edge below.
    """
    edges = {above for bands in prices.values() for above in bands}
    found = []
    for edge in sorted(edges, reverse=True):
        rates: Rates = {}
        for kind, bands in prices.items():
            if bands:
                own = max(above for above in bands if above <= edge)
                rates[kind] = Rate.of(bands[own] * factor, TOKENS)
        found.append((edge, rates))
    return tuple(found)


def _check_bands(model: str, kind: TokenKind, dates: Banded, seen: dict[object, str]) -> None:
    for start, bands in dates.items():
        if 0 not in bands:
            first = min(bands)
            raise SettingsError(
                f"{seen[model, kind, start, first]}: prices: {model} has a {kind} price for prompts"
                f" above {first} tokens but none, from the same day, for shorter ones"
            )


def _known(row: Row, names: tuple[str, ...], models: Collection[str]) -> tuple[str, ...]:
    for name in names:
        if name not in models:
            raise SettingsError(f"{row.where}: {name!r} is not the id of a model in the catalog")
    return names


def _once(row: Row, key: object, seen: dict[object, str]) -> None:
    """Let a later file replace a row, but not one file say two things."""
    if seen.get(key) == row.file:
        raise SettingsError(f"{row.where}: an earlier row of the file has the same key: {key}")
    seen[key] = row.file


def _decimal(row: Row, text: str) -> Fraction:
    try:
        price = Decimal(text)
        if price.is_finite() and price >= 0:
            return Fraction(price)
    except InvalidOperation:
        pass
    raise SettingsError(f"{row.where}: {text!r} is not a price, such as '0.50'")


def _terminates(factor: Fraction) -> bool:
    rest = factor.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1
