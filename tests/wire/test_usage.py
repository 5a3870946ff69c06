from __future__ import annotations

from functools import reduce
from operator import add

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.wire.usage import CacheCreation, OutputTokensDetails, ServerToolUse, Usage
from tests.wire import strategies as some

tiers = st.sampled_from([None, "standard", "batch"])
usages = st.builds(
    Usage,
    input_tokens=some.counts,
    cache_creation_input_tokens=st.none() | some.counts,
    cache_read_input_tokens=st.none() | some.counts,
    cache_creation=st.none() | st.builds(CacheCreation, some.counts, some.counts),
    output_tokens=some.counts,
    output_tokens_details=st.none() | st.builds(OutputTokensDetails, some.counts),
    server_tool_use=st.none() | st.builds(ServerToolUse, some.counts, some.counts),
    service_tier=tiers,
    inference_geo=st.sampled_from([None, "us", "global"]),
    speed=st.sampled_from([None, "fast"]),
)


@given(usages, usages)
def test_addition_commutes(one: Usage, other: Usage) -> None:
    assert one + other == other + one


@given(usages, usages, usages)
def test_addition_is_associative(one: Usage, other: Usage, third: Usage) -> None:
    assert (one + other) + third == one + (other + third)


@given(st.lists(usages, min_size=1))
def test_every_count_of_a_sum_is_the_sum_of_the_counts(parts: list[Usage]) -> None:
    total = reduce(add, parts, Usage())
    assert total.prompt_tokens == sum(part.prompt_tokens for part in parts)
    assert total.input_tokens == sum(part.input_tokens for part in parts)
    assert total.output_tokens == sum(part.output_tokens for part in parts)
    assert total.cache_write_5m_tokens == sum(part.cache_write_5m_tokens for part in parts)
    assert total.cache_write_1h_tokens == sum(part.cache_write_1h_tokens for part in parts)


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        (Usage(), 0),
        (Usage(input_tokens=5), 5),
        (Usage(5, 10, 20), 35),
        (Usage(5, None, None), 5),
        (Usage(5, 10, 20, output_tokens=99), 35),
    ],
)
def test_the_prompt_is_the_sum_of_three_disjoint_counts(usage: Usage, tokens: int) -> None:
    assert usage.prompt_tokens == tokens


@pytest.mark.parametrize(
    ("usage", "five_minutes", "one_hour"),
    [
        (Usage(), 0, 0),
        (Usage(cache_creation_input_tokens=None), 0, 0),
        (Usage(cache_creation_input_tokens=10), 10, 0),
        (Usage(cache_creation_input_tokens=10, cache_creation=CacheCreation(4, 6)), 4, 6),
        (Usage(cache_creation_input_tokens=10, cache_creation=CacheCreation()), 0, 0),
    ],
)
def test_cache_writes_by_their_time_to_live(usage: Usage, five_minutes: int, one_hour: int) -> None:
    assert (usage.cache_write_5m_tokens, usage.cache_write_1h_tokens) == (five_minutes, one_hour)


def test_what_is_no_count_is_kept_if_it_agrees() -> None:
    one = Usage(service_tier="batch", inference_geo="us", speed="fast")
    assert (one + one).service_tier == "batch"
    mixed = one + Usage(service_tier="standard", inference_geo="us")
    assert (mixed.service_tier, mixed.inference_geo, mixed.speed) == (None, "us", None)


def test_details_that_nobody_gave_stay_unknown() -> None:
    assert (Usage() + Usage()).output_tokens_details is None
    assert (Usage() + Usage()).server_tool_use is None
    counted = Usage(output_tokens_details=OutputTokensDetails(3))
    assert (counted + Usage()).output_tokens_details == OutputTokensDetails(3)


@given(usages)
def test_a_usage_survives_its_way_as_json(usage: Usage) -> None:
    assert msgspec.json.decode(msgspec.json.encode(usage), type=Usage) == usage
