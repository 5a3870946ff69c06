"""Every row of the price table, and when, where and for what length it holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from rookery.catalog.cost import Cost, cost, price_table
from rookery.catalog.lookup import Catalog
from rookery.wire.usage import CacheCreation, ServerToolUse, Usage

MTOK = 1_000_000

# The sheet of wire facts, section 8, state 2026-11-22: USD per million tokens of
# input, output, 5-minute cache write, 1-hour cache write, cache read.
SHEET = {
    "claude-fable-5-2": "8 40 10 16 0.20",
    "claude-mythos-5-2": "8 40 10 16 0.20",
    "claude-fable-5-1": "10 50 12.5 20 0.25",
    "claude-mythos-5-1": "10 50 12.5 20 0.25",
    "claude-fable-5": "10 50 12.5 20 1.00",
    "claude-mythos-5": "10 50 12.5 20 1.00",
    "claude-opus-5-5": "4 20 5 8 0.20",
    "claude-opus-5": "5 25 6.25 10 0.50",
    "claude-opus-4-8": "5 25 6.25 10 0.50",
    "claude-opus-4-7": "5 25 6.25 10 0.50",
    "claude-opus-4-6": "5 25 6.25 10 0.50",
    "claude-opus-4-5": "5 25 6.25 10 0.50",
    "claude-sonnet-5-5": "2 10 2.5 4 0.10",
    "claude-sonnet-5": "2 10 2.5 4 0.20",
    "claude-sonnet-4-6": "3 15 3.75 6 0.30",
    "claude-sonnet-4-5": "3 15 3.75 6 0.30",
    "claude-sonnet-4-0": "3 15 3.75 6 0.30",
    "claude-haiku-4-5": "1 5 1.25 2 0.10",
}
HAIKU_5_5 = {0: "0.10 0.50 0.125 0.20 0.01", 100_000: "0.50 2.50 0.625 1.00 0.05"}

US = [model for model in SHEET if model not in {
    "claude-opus-4-5", "claude-sonnet-4-5", "claude-sonnet-4-0", "claude-haiku-4-5",
}] + ["claude-haiku-5-5"]  # fmt: skip
FAST = {
    "claude-opus-5-5": ("8", "40"),
    "claude-opus-5": ("10", "50"),
    "claude-opus-4-8": ("10", "50"),
    "claude-fable-5-2": ("16", "80"),
}


def one_of_each(thousands: int = 1_000) -> Usage:
    """Return a usage of so many thousand tokens of every kind."""
    tokens = thousands * 1_000
    return Usage(
        input_tokens=tokens,
        output_tokens=tokens,
        cache_creation_input_tokens=2 * tokens,
        cache_creation=CacheCreation(tokens, tokens),
        cache_read_input_tokens=tokens,
    )


def amounts(found: Cost) -> list[Decimal | None]:
    return [line.amount for line in found.lines]


def decimals(row: str) -> list[Decimal]:
    return [Decimal(price) for price in row.split()]


@pytest.mark.parametrize("model", SHEET)
def test_a_million_tokens_of_each_kind_cost_the_row_of_the_sheet(
    model: str, today: datetime
) -> None:
    assert amounts(cost(one_of_each(), model, today)) == decimals(SHEET[model])


@pytest.mark.parametrize("model", SHEET)
def test_a_batch_costs_half_of_each_kind(model: str, today: datetime) -> None:
    half = [price / 2 for price in decimals(SHEET[model])]
    assert amounts(cost(one_of_each(), model, today, tier="batch")) == half


@pytest.mark.parametrize("model", [*SHEET, "claude-haiku-5-5"])
def test_us_inference_is_a_tenth_more_from_4_6_on_and_unpriced_before(
    model: str, today: datetime
) -> None:
    plain = cost(one_of_each(), model, today)
    us = cost(one_of_each(), model, today, geo="us")
    if model in US:
        assert us.total == plain.priced_part * Decimal("1.1")
    else:
        assert not us.priced
        assert us.priced_part == 0


@pytest.mark.parametrize("model", [*SHEET, "claude-haiku-5-5"])
def test_fast_mode_has_the_prices_of_four_models(model: str, today: datetime) -> None:
    usage = Usage(input_tokens=MTOK, output_tokens=MTOK)
    fast = cost(usage, model, today, speed="fast")
    expected = [Decimal(price) for price in FAST[model]] if model in FAST else [None, None]
    assert amounts(fast) == expected


def test_batch_and_us_stack_but_batch_and_fast_do_not(today: datetime) -> None:
    usage = Usage(input_tokens=MTOK)
    both = cost(usage, "claude-opus-5-5", today, tier="batch", geo="us")
    assert both.total == Decimal("2.20")
    assert cost(usage, "claude-opus-5-5", today, tier="batch", speed="fast").total is None


def test_the_priority_tier_is_unpriced_as_its_price_is_unknown(today: datetime) -> None:
    assert not cost(Usage(input_tokens=1), "claude-opus-5-5", today, tier="priority").priced


def test_haiku_5_5_is_priced_by_the_length_of_the_prompt(today: datetime) -> None:
    at_edge = Usage(input_tokens=100_000, output_tokens=MTOK)
    above = Usage(input_tokens=100_001, output_tokens=MTOK)
    # 0.1 x 0.10 + 0.50, and 0.100001 x 0.50 + 2.50
    assert cost(at_edge, "claude-haiku-5-5", today).total == Decimal("0.51")
    assert cost(above, "claude-haiku-5-5", today).total == Decimal("2.5500005")


def test_cached_tokens_count_towards_the_length_and_output_does_not(today: datetime) -> None:
    read = Usage(input_tokens=1, cache_read_input_tokens=60_000, cache_creation_input_tokens=40_000)
    assert cost(read, "claude-haiku-5-5", today).lines[0].price == Decimal("0.50")
    long_answer = Usage(input_tokens=1, output_tokens=128_000)
    assert cost(long_answer, "claude-haiku-5-5", today).lines[0].price == Decimal("0.10")


@pytest.mark.parametrize(("thousands", "band"), [(20, 0), (1_000, 100_000)])
def test_both_bands_of_haiku_5_5_price_each_kind(
    thousands: int, band: int, today: datetime
) -> None:
    lines = cost(one_of_each(thousands), "claude-haiku-5-5", today).lines
    assert [line.price for line in lines] == decimals(HAIKU_5_5[band])


def test_sonnet_5_5_reads_became_cheaper_on_the_7th_of_october() -> None:
    change = datetime(2026, 10, 7, tzinfo=UTC)
    read = Usage(cache_read_input_tokens=MTOK)
    before = cost(read, "claude-sonnet-5-5", change - timedelta(microseconds=1))
    assert before.total == Decimal("0.20")
    assert cost(read, "claude-sonnet-5-5", change).total == Decimal("0.10")
    assert cost(read, "claude-sonnet-5-5", change, tier="batch").total == Decimal("0.05")
    assert cost(Usage(input_tokens=MTOK), "claude-sonnet-5-5", change).total == Decimal(2)


def test_a_time_without_a_zone_is_utc() -> None:
    read = Usage(cache_read_input_tokens=MTOK)
    naive = cost(read, "claude-sonnet-5-5", datetime(2026, 10, 7))
    assert naive.total == Decimal("0.10")


def test_a_thousand_web_searches_cost_ten_dollars_in_every_mode(today: datetime) -> None:
    usage = Usage(server_tool_use=ServerToolUse(web_search_requests=3, web_fetch_requests=5))
    for tier in ("standard", "batch"):
        found = cost(usage, "claude-opus-5-5", today, tier=tier)
        assert amounts(found) == [Decimal("0.03"), Decimal(0)]


def test_every_model_that_answers_has_a_price_for_every_kind(
    catalog: Catalog, today: datetime
) -> None:
    for model in catalog.models(today):
        assert cost(one_of_each(), model.id, today).priced, model.id


def test_what_a_model_allows_is_what_it_has_prices_for(catalog: Catalog, today: datetime) -> None:
    for model in catalog.models(today):
        assert model.inference_geo == cost(one_of_each(), model.id, today, geo="us").priced
        assert model.fast == cost(one_of_each(), model.id, today, speed="fast").priced


def test_the_price_table_lists_the_bands_shortest_first(today: datetime) -> None:
    short, long = price_table("claude-haiku-5-5", today, modes=("batch",))
    assert (short.above, short.prices["input"]) == (0, Decimal("0.05"))
    assert (long.above, long.prices["output"]) == (100_000, Decimal("1.25"))
    assert price_table("claude-haiku-4-5", today, modes=("us",)) == []
