"""Costs are exact, add up, and show what has no price."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.catalog.cost import Cost, CostLine, cost, dollars
from rookery.catalog.lookup import Catalog
from rookery.catalog.prices import Rate
from rookery.wire.usage import CacheCreation, Usage

AT = datetime(2026, 11, 22, tzinfo=UTC)
MODELS = [model.id for model in Catalog.builtin().models(AT)]

tokens = st.integers(0, 10**9)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    short, long = draw(tokens), draw(tokens)
    return Usage(
        input_tokens=draw(tokens),
        output_tokens=draw(tokens),
        cache_creation_input_tokens=short + long,
        cache_creation=CacheCreation(short, long),
        cache_read_input_tokens=draw(tokens),
    )


@given(usages(), st.sampled_from(MODELS), st.sampled_from(["standard", "batch"]))
def test_the_total_is_the_exact_sum_of_tokens_times_price(
    usage: Usage, model: str, tier: str
) -> None:
    found = cost(usage, model, AT, tier=tier)
    exact = sum(
        (Fraction(line.price or 0) * line.quantity / 1_000_000 for line in found.lines), Fraction()
    )
    assert found.pico is not None
    assert Fraction(found.pico, 10**12) == exact
    assert Fraction(found.total or 0) == exact


@given(st.lists(usages(), max_size=5), st.sampled_from(MODELS))
def test_a_sum_of_costs_is_the_sum_of_their_lines(parts: list[Usage], model: str) -> None:
    costs = [cost(usage, model, AT) for usage in parts]
    added = sum(costs, Cost())
    assert added.pico == sum(line.pico or 0 for part in costs for line in part.lines)
    assert sum(line.quantity for line in added.lines) == sum(
        line.quantity for part in costs for line in part.lines
    )


@given(st.integers(0, 10**12), st.decimals(0, 1_000, places=9, allow_nan=False))
def test_a_price_finer_than_a_pico_dollar_is_rounded_once_half_to_even(
    units: int, price: Decimal
) -> None:
    rate = Rate.of(Fraction(price), 1_000_000)
    assert rate.amount(units) == round(Fraction(price) * units * 10**6)


def test_a_half_of_a_fortieth_of_a_cent_stays_exact() -> None:
    read = Usage(cache_read_input_tokens=1)
    found = cost(read, "claude-fable-5-1", AT, tier="batch")
    assert found.pico == 125_000  # 0.25 USD per million, halved, for one token


def test_an_unknown_model_is_unpriced_and_not_free() -> None:
    found = cost(Usage(input_tokens=10, output_tokens=5), "gpt-17", AT)
    assert not found.priced
    assert found.unpriced == ("input", "output")
    assert found.total is None
    assert found.pico is None
    assert str(found) == "unpriced: input, output"


def test_an_unpriced_part_stays_visible_in_a_sum() -> None:
    known = cost(Usage(input_tokens=1_000_000), "claude-opus-5-5", AT)
    unknown = cost(Usage(output_tokens=5), "gpt-17", AT)
    both = sum([known, unknown, known])
    assert isinstance(both, Cost)
    assert both.total is None
    assert both.priced_part == Decimal(8)
    assert str(both) == "$8.00 + unpriced: output"
    assert [(line.model, line.quantity) for line in both.lines] == [
        ("claude-opus-5-5", 2_000_000),
        ("gpt-17", 5),
    ]


def test_nothing_used_costs_nothing() -> None:
    assert str(cost(Usage(), "claude-opus-5-5", AT)) == "$0.00"
    assert cost(Usage(), "claude-opus-5-5", AT).total == 0


def test_tier_place_and_speed_come_from_the_usage_unless_given() -> None:
    usage = Usage(input_tokens=1_000_000, service_tier="batch", inference_geo="us")
    assert cost(usage, "claude-opus-5-5", AT).total == Decimal("2.20")
    assert cost(usage, "claude-opus-5-5", AT, tier="standard", geo="global").total == Decimal(4)


def test_writes_without_a_split_are_5_minute_writes() -> None:
    found = cost(Usage(cache_creation_input_tokens=1_000_000), "claude-opus-5-5", AT)
    assert [(line.kind, line.amount) for line in found.lines] == [("cache_write_5m", Decimal(5))]


def test_writes_missing_from_the_split_are_unpriced() -> None:
    usage = Usage(cache_creation_input_tokens=10, cache_creation=CacheCreation(4, 5))
    assert cost(usage, "claude-opus-5-5", AT).unpriced == ("cache_write",)


def iteration(kind: str, **values: Any) -> dict[str, Any]:
    counts = {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 0}
    return {"type": kind, "input_tokens": 1_000_000, **counts, **values}


def test_compaction_and_advice_are_added_to_the_totals() -> None:
    usage = Usage(
        input_tokens=1_000_000,
        iterations=[
            iteration("message"),
            iteration("compaction", output_tokens=1_000_000),
            iteration("advisor_message", model="claude-fable-5-2"),
        ],
    )
    found = cost(usage, "claude-sonnet-5-5", AT)
    assert [(line.model, line.source, line.kind, line.amount) for line in found.lines] == [
        ("claude-sonnet-5-5", "message", "input", Decimal(2)),
        ("claude-sonnet-5-5", "compaction", "input", Decimal(2)),
        ("claude-sonnet-5-5", "compaction", "output", Decimal(10)),
        ("claude-fable-5-2", "advisor_message", "input", Decimal(8)),
    ]


def test_a_fallback_is_each_attempt_once_at_its_own_price() -> None:
    usage = Usage(  # the totals are those of the attempt that answered
        input_tokens=1_000_000,
        iterations=[
            iteration("message", model="claude-fable-5-1"),
            iteration("fallback_message", model="claude-opus-4-8"),
        ],
    )
    assert cost(usage, "claude-opus-4-8", AT).total == Decimal(10 + 5)


def test_an_attempt_of_an_unnamed_model_is_unpriced() -> None:
    usage = Usage(
        iterations=[
            iteration("message"),
            iteration("fallback_message", model="claude-opus-4-8"),
        ],
    )
    found = cost(usage, "claude-opus-4-8", AT)
    assert found.total is None
    assert found.priced_part == Decimal(5)


def test_an_iteration_that_cannot_be_read_is_unpriced() -> None:
    usage = Usage(iterations=[{"type": "compaction", "input_tokens": "many"}])
    assert cost(usage, "claude-opus-5-5", AT).unpriced == ("iteration",)


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        ("0", "$0.00"),
        ("10.5", "$10.50"),
        ("0.1048", "$0.1048"),
        ("0.10482", "$0.1048"),
        ("0.000147", "$0.000147"),
        ("0.00000000015", "$0.00000000015"),
        ("2.475", "$2.475"),
        ("9.99996", "$10.00"),
        ("12.3456", "$12.35"),
        ("1234.5678", "$1234.57"),
        ("100", "$100.00"),
    ],
)
def test_dollars_have_four_significant_digits_and_two_decimals_at_least(
    usd: str, text: str
) -> None:
    assert dollars(Decimal(usd)) == text


def test_a_line_says_what_it_is_made_of() -> None:
    (line,) = cost(Usage(input_tokens=500), "claude-haiku-4-5", AT).lines
    assert line == CostLine(
        "claude-haiku-4-5-20251001", "input", 500, Decimal(1), 1_000_000, 500_000_000
    )
