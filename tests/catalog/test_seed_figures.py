"""The figures of the seed document: its price table and its worked examples."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from rookery.catalog.cost import cost
from rookery.wire.usage import CacheCreation, Usage

MTOK = 1_000_000


@pytest.mark.parametrize(
    ("model", "prices", "batch_prices"),
    [
        ("claude-opus-4-6", "5.00 25.00", "2.50 12.50"),
        ("claude-sonnet-4-6", "3.00 15.00", "1.50 7.50"),
        ("claude-haiku-4-5", "1.00 5.00", "0.50 2.50"),
    ],
)
def test_the_price_table_of_three_models(
    model: str, prices: str, batch_prices: str, today: datetime
) -> None:
    usage = Usage(input_tokens=MTOK, output_tokens=MTOK)
    for tier, expected in (("standard", prices), ("batch", batch_prices)):
        lines = cost(usage, model, today, tier=tier).lines
        assert [line.amount for line in lines] == [Decimal(price) for price in expected.split()]


def test_a_month_of_sonnet_costs_10_50_and_half_as_a_batch(today: datetime) -> None:
    month = Usage(input_tokens=MTOK, output_tokens=500_000)
    assert str(cost(month, "claude-sonnet-4-20250514", today)) == "$10.50"
    assert str(cost(month, "claude-sonnet-4-20250514", today, tier="batch")) == "$5.25"


def test_fourteen_tokens_in_and_seven_out_on_sonnet(today: datetime) -> None:
    answer = cost(Usage(input_tokens=14, output_tokens=7), "claude-sonnet-4-20250514", today)
    assert [line.amount for line in answer.lines] == [Decimal("0.000042"), Decimal("0.000105")]
    assert answer.total == Decimal("0.000147")
    assert str(answer) == "$0.000147"


def test_five_reads_of_a_cached_codebase_save_67_percent(today: datetime) -> None:
    model, codebase = "claude-sonnet-4-6", 500_000
    write = cost(
        Usage(
            cache_creation_input_tokens=codebase,
            cache_creation=CacheCreation(ephemeral_5m_input_tokens=codebase),
        ),
        model,
        today,
    )
    read = cost(Usage(cache_read_input_tokens=codebase), model, today)
    cached = sum([write, read, read, read, read])
    uncached = sum([cost(Usage(input_tokens=codebase), model, today)] * 5)

    assert write.total == Decimal("1.875")
    assert read.total == Decimal("0.15")
    assert cached and cached.total == Decimal("2.475")
    assert uncached and uncached.total == Decimal("7.50")
    assert round(100 * (1 - cached.priced_part / uncached.priced_part)) == 67


def test_us_inference_costs_a_tenth_more_where_the_model_has_it(today: datetime) -> None:
    one = Usage(input_tokens=MTOK)
    assert cost(one, "claude-sonnet-4-6", today, geo="us").total == Decimal("3.30")
    # The document promises it for every model; the API refuses it before 4.6.
    assert cost(one, "claude-haiku-4-5", today, geo="us").total is None
