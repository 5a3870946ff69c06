"""The usage of messages of emulated backends, in full."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from rookery.catalog.cost import cost
from rookery.catalog.lookup import Catalog
from rookery.emulation.cache import CacheUse
from rookery.emulation.prompt import count_prompt
from rookery.emulation.usage import usage_of
from rookery.providers.base import Call
from rookery.providers.offline.provider import OfflineProvider
from rookery.wire.messages import MessagesRequest, Request

CATALOG = Catalog.builtin()
NOW = datetime(2026, 11, 24, tzinfo=UTC)


async def usage(**fields: Any) -> dict[str, Any]:
    body = {"max_tokens": 50, "messages": [{"role": "user", "content": "What is 2+2?"}], **fields}
    reply = await OfflineProvider().create(Request(json.dumps(body).encode()), Call("req_1"))
    return json.loads(reply.data)["usage"]  # type: ignore[no-any-return]


async def test_a_usage_has_every_field_of_the_api() -> None:
    found = await usage(model="claude-sonnet-4-6")
    assert found == {
        "input_tokens": found["input_tokens"],
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": found["output_tokens"],
        "output_tokens_details": {"thinking_tokens": 0},
        "server_tool_use": None,
        "service_tier": "standard",
        "inference_geo": "global",
        "speed": "standard",
    }


@pytest.mark.parametrize(
    ("fields", "geo", "speed"),
    [
        ({"model": "claude-opus-5-5", "inference_geo": "us"}, "us", "standard"),
        ({"model": "claude-opus-5-5", "speed": "fast"}, "global", "fast"),
        ({"model": "claude-haiku-4-5"}, "not_available", "standard"),
    ],
)
async def test_where_and_how_fast(fields: dict[str, Any], geo: str, speed: str) -> None:
    found = await usage(**fields)
    assert (found["inference_geo"], found["speed"]) == (geo, speed)


async def test_a_request_that_warms_the_cache_shows_its_iteration() -> None:
    found = await usage(model="claude-opus-5", max_tokens=0)
    # platform.claude.com, "Prompt caching", pre-warming the cache
    assert found["output_tokens"] == 0
    assert found["iterations"] == [
        {
            "type": "message",
            "input_tokens": found["input_tokens"],
            "output_tokens": 0,
            "cache_read_input_tokens": 0,
            "cache_creation_input_tokens": 0,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        }
    ]


def test_the_parts_of_the_prompt_are_those_of_the_cache() -> None:
    request = MessagesRequest(model="claude-sonnet-4-6", max_tokens=5, messages=[])
    model = CATALOG.get(request.model)
    found = usage_of(request, [], model, CacheUse(uncached=1, read=20, write_5m=300, write_1h=4000))
    assert found.prompt_tokens == 4321
    assert (found.input_tokens, found.cache_read_input_tokens) == (1, 20)
    assert found.cache_creation_input_tokens == 4300
    assert (found.cache_write_5m_tokens, found.cache_write_1h_tokens) == (300, 4000)


def test_five_questions_on_a_cached_codebase_cost_what_was_promised() -> None:
    """500,000 tokens of code written to the cache once and read four times, at measured counts."""
    body = {"model": "claude-sonnet-4-6", "max_tokens": 1, "messages": []}
    request = Request(json.dumps(body).encode()).body
    line = "def area(width: float, height: float) -> float:\n    return width * height\n"
    request = MessagesRequest(model=request.model, max_tokens=1, messages=[], system=line * 20_000)
    model = CATALOG.get(request.model)
    size = count_prompt(request, model)
    shares = [CacheUse(0, write_5m=size), *[CacheUse(0, read=size)] * 4]
    costs = [cost(usage_of(request, [], model, share), model.id, NOW).total for share in shares]
    plain = cost(usage_of(request, [], model, CacheUse(size)), model.id, NOW).total
    assert plain is not None
    rate = Decimal("0.000003")
    assert plain == size * rate
    assert costs == [size * rate * Decimal("1.25"), *[size * rate / 10] * 4]
    saved = 1 - sum(amount for amount in costs if amount) / (5 * plain)
    assert round(saved * 100) == 67
