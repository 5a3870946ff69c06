"""The figures of limits are those of a bucket that is computed from its whole history."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.catalog.lookup import Catalog
from rookery.errors import APIError
from rookery.gateway.gateway import Gateway
from rookery.gateway.limits import BYTES_PER_TOKEN, PREFIX, Bucket, Limits, Rates, model_class
from rookery.providers.base import Call
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.wire.events import Event
from rookery.wire.messages import Request
from rookery.wire.usage import CacheCreation, Usage
from tests.server.client import MODEL
from tests.wire.strategies import patient

NOW = 1_800_000_000.0
AT = datetime.fromtimestamp(NOW, UTC)
RATES = Rates(requests=60, input_tokens=60_000, output_tokens=6_000)


def naive(limit: int, takes: list[tuple[int, Fraction]], now: Fraction) -> Fraction:
    """What is left at `now`: the whole history, exactly, with nothing kept between two calls."""
    level, before = Fraction(limit), Fraction(0)
    for amount, at in takes:
        level = min(level + (at - before) * limit / 60, Fraction(limit)) - amount
        level, before = min(level, Fraction(limit)), at
    return min(level + (now - before) * limit / 60, Fraction(limit))


STEPS = st.lists(
    st.tuples(st.integers(-5_000, 20_000), st.integers(0, 120_000)), min_size=1, max_size=12
)


@patient
@given(limit=st.integers(1, 100_000), steps=STEPS)
def test_a_bucket_is_what_its_history_makes_of_it(limit: int, steps: Any) -> None:
    bucket = Bucket(limit)
    takes: list[tuple[int, Fraction]] = []
    now = Fraction(0)
    for amount, passed in steps:
        now += Fraction(passed, 1000)
        bucket.take(amount, NOW + float(now))
        takes.append((amount, now))
        missing = bucket.missing(NOW + float(now))
        left = max(naive(limit, takes, now), Fraction(0))
        assert bucket.left(missing) == pytest.approx(float(left), abs=limit * 1e-6 + 1e-3)
        full_at = now + Fraction(missing)
        assert float(naive(limit, takes, full_at)) == pytest.approx(limit, abs=limit * 1e-6 + 1e-3)


# --- headers --------------------------------------------------------------------------------------


class House:
    """A gateway with limits, whose clock stands still until it is set."""

    def __init__(self, *replies: Any, rates: Rates = RATES) -> None:
        self.now = NOW
        limits = Limits(rates, clock=lambda: self.now, wall=lambda: self.now)
        self.gateway = Gateway(ScriptedProvider.of(*replies), limits=limits)

    def call(self, **options: Any) -> Call:
        return Call("req_1", workspace_id=options.get("workspace", "wrkspc_1"))

    async def ask(self, text: str = "hi", *, model: str = MODEL, **options: Any) -> dict[str, str]:
        """Send a request and return the headers of its response, without their prefix."""
        call = self.call(**options)
        try:
            if options.get("stream"):
                async with aclosing(self.stream(call, text)) as events:
                    await anext(events)
                    return figures(call)
            await self.gateway.create(request(text, model=model), call)
        except APIError:
            pass
        return figures(call)

    def stream(self, call: Call, text: str = "hi") -> AsyncGenerator[Event, None]:
        return self.gateway.stream(request(text, stream=True), call)


def request(text: str, **fields: Any) -> Request:
    messages = [{"role": "user", "content": text}]
    body = {"model": MODEL, "max_tokens": 100, "messages": messages, **fields}
    return Request(json.dumps(body).encode())


def figures(call: Call) -> dict[str, str]:
    return {n.removeprefix(PREFIX).decode(): v.decode() for n, v in call.headers.items()}


def said(text: str = "hello", **usage: int) -> dict[str, Any]:
    return {"text": text, "usage": {"input_tokens": 0, "output_tokens": 0, **usage}}


def at(seconds: float) -> str:
    """The whole second by which so much time has passed."""
    moment = datetime.fromtimestamp(math.floor(NOW + seconds) + 1, UTC)
    return moment.isoformat().replace("+00:00", "Z")


async def test_a_response_says_what_is_left_and_when_it_is_full() -> None:
    home = House(said(input_tokens=2_600, output_tokens=1_499))
    assert await home.ask() == {
        "requests-limit": "60",
        "requests-remaining": "59",
        "requests-reset": at(1),
        "input-tokens-limit": "60000",
        "input-tokens-remaining": "57000",
        "input-tokens-reset": at(2.6),
        "output-tokens-limit": "6000",
        "output-tokens-remaining": "5000",  # 4,501, rounded to thousands
        "output-tokens-reset": at(14.99),
        "tokens-limit": "66000",
        "tokens-remaining": "62000",
        "tokens-reset": at(14.99),
    }


async def test_it_refills_all_the_time() -> None:
    home = House(said(input_tokens=30_000), said())
    assert (await home.ask())["input-tokens-remaining"] == "30000"
    home.now += 10
    headers = await home.ask()
    assert headers["input-tokens-remaining"] == "40000"
    assert headers["requests-remaining"] == "59"


async def test_tokens_read_from_the_cache_are_free_and_written_ones_are_not() -> None:
    home = House(said(cache_read_input_tokens=20_000, cache_creation_input_tokens=10_000))
    assert (await home.ask())["input-tokens-remaining"] == "50000"


async def test_what_is_overdrawn_is_shown_as_nothing_and_paid_back_first() -> None:
    home = House(said(output_tokens=9_000), said())
    assert (await home.ask())["output-tokens-remaining"] == "0"
    home.now += 20
    headers = await home.ask()
    assert headers["output-tokens-remaining"] == "0"
    assert headers["output-tokens-reset"] == at(20 + 70)


async def test_a_stream_begins_with_its_input_and_counts_output_as_it_comes() -> None:
    text = "word " * 2_000
    home = House({**said(text, input_tokens=5_000, output_tokens=3_000), "chunk": 500}, said())
    call = home.call()
    async with aclosing(home.stream(call)) as events:
        first = await anext(events)
        assert first.type == "message_start"
        headers = figures(call)
        assert headers["input-tokens-remaining"] == "55000"
        assert headers["output-tokens-remaining"] == "6000"
        async for event in events:
            if event.type == "content_block_stop":  # 10,000 bytes have come
                left = int((await home.ask(stream=True))["output-tokens-remaining"])
                assert left == pytest.approx(6_000 - 10_000 / BYTES_PER_TOKEN, abs=500)
        assert figures(call) == headers, "headers that are on their way do not change"


async def test_the_end_of_a_stream_corrects_the_estimate() -> None:
    home = House({**said("word " * 2_000, output_tokens=1_000)}, said())
    async for _ in home.stream(home.call()):
        pass
    assert (await home.ask())["output-tokens-remaining"] == "5000"


async def test_a_stream_that_is_left_keeps_what_was_seen() -> None:
    text = "word " * 2_400  # 3,000 tokens by its length
    home = House({**said(text, input_tokens=5_000, output_tokens=9_000), "chunk": 12_000}, said())
    async with aclosing(home.stream(home.call())) as events:
        async for event in events:
            if event.type == "content_block_stop":
                break
    headers = await home.ask()
    assert headers["input-tokens-remaining"] == "55000"
    assert headers["output-tokens-remaining"] == "3000"


async def test_the_input_of_a_request_on_its_way_is_an_estimate() -> None:
    home = House({"text": "never", "latency": 3600}, said())
    body = request("x" * 36_000)
    running = asyncio.create_task(home.gateway.create(body, home.call()))
    await asyncio.sleep(0)
    left = int((await home.ask())["input-tokens-remaining"])
    assert left == pytest.approx(60_000 - len(body.data) / BYTES_PER_TOKEN, abs=600)
    running.cancel()


async def test_a_request_that_fails_uses_itself_only() -> None:
    home = House({"error": {"type": "overloaded_error"}})
    headers = await home.ask("x" * 36_000)
    assert headers["input-tokens-remaining"] == "60000"
    assert headers["requests-remaining"] == "59"


async def test_a_request_that_is_not_valid_is_not_counted() -> None:
    home = House(said())
    assert await home.ask("") == {}
    assert (await home.ask())["requests-remaining"] == "59"


async def test_workspaces_and_classes_have_their_own() -> None:
    home = House(*[said(input_tokens=10_000)] * 4)
    await home.ask()
    assert (await home.ask(workspace="wrkspc_2"))["input-tokens-remaining"] == "50000"
    assert (await home.ask(model="claude-opus-5"))["input-tokens-remaining"] == "50000"
    assert (await home.ask())["input-tokens-remaining"] == "40000"


async def test_what_has_no_limit_has_no_header() -> None:
    assert await House(said(), rates=Rates()).ask() == {}
    only = await House(said(output_tokens=600), rates=Rates(output_tokens=1_000)).ask()
    assert {name.rsplit("-", 1)[0] for name in only} == {"tokens", "output-tokens"}
    assert only["output-tokens-remaining"] == only["tokens-remaining"] == "0"


async def test_no_more_is_left_than_the_limit() -> None:
    headers = await House(said(), rates=Rates(input_tokens=700)).ask()
    assert headers["input-tokens-remaining"] == "700"


def test_own_figures_take_the_place_of_those_of_a_backend() -> None:
    call = Call("r")
    call.headers.update({PREFIX + b"unified-status": b"allowed", b"upstream-request-id": b"theirs"})
    Limits(RATES).reserve("w", None, 10).show(call.headers)
    shown = figures(call)
    assert shown["upstream-request-id"] == "theirs"
    assert "unified-status" not in shown
    assert shown["requests-remaining"] == "59"


def test_an_unknown_model_makes_no_bucket_of_its_own() -> None:
    limits = Limits(Rates(requests=60))
    for _ in range(3):
        reservation = limits.reserve("w", None, 10)
    call = Call("r")
    reservation.show(call.headers)
    assert figures(call)["requests-remaining"] == "57"


CLASSES = {
    "claude-fable-5-2": "fable-5",
    "claude-fable-5": "fable-5",
    "claude-opus-4-8": "opus-4",
    "claude-opus-4-5-20251101": "opus-4",
    "claude-opus-5": "opus-5",
    "claude-opus-5-5": "opus-5-5",
    "claude-sonnet-4-20250514": "sonnet-4",
    "claude-sonnet-5": "sonnet-5",
    "claude-haiku-4-5-20251001": "haiku-4",
    "claude-haiku-5-5": "haiku-5-5",
}
"""Sheet, section 7; that the 5.5 models have their own there is from a third party."""


@pytest.mark.parametrize("model", CLASSES)
def test_the_class_of_a_model(model: str) -> None:
    assert model_class(model) == CLASSES[model]


def test_every_model_of_the_catalog_has_a_class() -> None:
    for model in Catalog.builtin().models():
        assert model_class(model.id)


@patient
@given(
    amounts=st.lists(st.tuples(*[st.integers(0, 10**6)] * 4, st.booleans()), min_size=1, max_size=8)
)
def test_what_is_charged_in_the_end_is_the_last_charge(amounts: Any) -> None:
    """However often a request is charged, its bucket has given what the last charge says."""
    limits = Limits(Rates(input_tokens=10**9, output_tokens=10**9), clock=lambda: NOW)
    spent = [0, 0]
    for read, plain, written, output, complete in amounts:
        reservation = limits.reserve("w", None, plain)
        reservation.produce(output)
        usage = Usage(
            input_tokens=plain,
            cache_creation_input_tokens=written,
            cache_creation=CacheCreation(written, 0),
            cache_read_input_tokens=read,
            output_tokens=output,
        )
        reservation.settle(usage, complete=complete)
        spent[0] += plain + written
        spent[1] += output
    call = Call("r")
    reservation.show(call.headers)
    for name, amount in zip(("input", "output"), spent, strict=True):
        left = int(figures(call)[f"{name}-tokens-remaining"])
        # Rounded to thousands; and a second of the clock is known to 2e-7, which is 4 tokens here.
        assert abs(left - (10**9 - amount)) <= 500 + 8 * (len(amounts) + 1)
