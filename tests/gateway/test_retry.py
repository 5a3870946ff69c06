"""Retries: which failures are tried again, how often, after how long; against a real server."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.errors import APIError, OverloadedError, RateLimitError
from rookery.gateway.gateway import Gateway
from rookery.gateway.meter import MemoryUsage
from rookery.gateway.retry import LONGEST, TOTAL, Retries, told
from rookery.providers import registry
from rookery.providers.base import Call
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.settings import Secret, Settings
from rookery.wire.events import Event
from rookery.wire.messages import CountTokensRequest, Request
from tests.server.client import message, prompt
from tests.transport.servers import STREAM_HEAD, Peer, chunked, reply, serve

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = "sk-rookery-test"


class Time:
    """A clock that waits move on, and what was waited."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.now = 100.0

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def retries(self, most: int = 2, *, seconds: float = TOTAL, random: float = 1.0) -> Retries:
        return Retries(
            most=most,
            seconds=seconds,
            sleep=self.sleep,
            random=lambda: random,
            monotonic=lambda: self.now,
        )


class Flaky:
    """A server that answers its requests with these replies, the last one for ever."""

    def __init__(self, *replies: Sequence[bytes]) -> None:
        self.replies = replies
        self.asked = 0

    async def __call__(self, peer: Peer) -> None:
        while True:
            await peer.request()
            pieces = self.replies[min(self.asked, len(self.replies) - 1)]
            self.asked += 1
            if not pieces:
                peer.reset()
                return
            await peer.send(*pieces)


def upstream(url: str, time: Time, **options: Any) -> Gateway:
    settings = Settings(anthropic_base_url=url, anthropic_api_key=Secret(KEY))
    provider = registry.build("anthropic", settings)
    return Gateway(provider, retries=time.retries(**options), clock=lambda: AT)


async def streamed(gateway: Gateway, call: Call) -> None:
    async with aclosing(gateway.stream(Request(message(stream=True)), call)) as events:
        async for _ in events:
            pass


async def created(gateway: Gateway, call: Call) -> None:
    await gateway.create(Request(message()), call)


async def counted(gateway: Gateway, call: Call) -> None:
    await gateway.count_tokens(CountTokensRequest(prompt()), call)


WAYS = [streamed, created, counted]


def refusal(status: int, **headers: str) -> list[bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return [reply(b"", status=f"{status} No", headers=named)]


STATUSES = {
    **dict.fromkeys((400, 401, 402, 403, 404, 405, 413, 422), 1),
    **dict.fromkeys((408, 409, 429, 500, 502, 503, 504, 529), 3),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("should", [None, "true", "false", "maybe"])
@pytest.mark.parametrize("status", STATUSES)
async def test_status_and_header_decide(status: int, should: str | None, way: Any) -> None:
    time, flaky = Time(), Flaky(refusal(status, **({"x_should_retry": should} if should else {})))
    async with serve(flaky) as server, upstream(server.url, time) as gateway:
        with pytest.raises(APIError) as caught:
            await way(gateway, Call("req_1"))
    expected = {"true": 3, "false": 1}.get(should or "", STATUSES[status])
    assert flaky.asked == expected
    assert caught.value.status == status
    assert time.waits == [0.5, 1.0][: expected - 1]
    if expected == 3:
        assert caught.value.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("way", WAYS)
async def test_connections_that_break_are_made_again(way: Any) -> None:
    time, flaky = Time(), Flaky([])
    async with serve(flaky) as server:
        async with upstream(server.url, time) as gateway:
            with pytest.raises(APIError):
                await way(gateway, Call("req_1"))
        assert flaky.asked == 3
        url = server.url
    async with upstream(url, time) as gateway:  # where nobody listens
        with pytest.raises(APIError, match="refused"):
            await way(gateway, Call("req_1"))
    assert time.waits == [0.5, 1.0] * 2


HEAD = (
    b'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message",'
    b'"role":"assistant","model":"claude-sonnet-5","content":[],"stop_reason":null,'
    b'"stop_sequence":null,"usage":{"input_tokens":7,"output_tokens":1}}}\n\n'
)
BODY = (
    b'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn",'
    b'"stop_sequence":null},"usage":{"output_tokens":3}}\n\n'
    b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
)
ERROR = (
    b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Busy"}}\n\n'
)
GOOD = [STREAM_HEAD, *chunked(HEAD + BODY)]


@pytest.mark.parametrize(
    ("first", "asked"),
    [
        (refusal(529), 2),
        ([STREAM_HEAD, *chunked(ERROR)], 2),
        ([STREAM_HEAD, *chunked(b"event: ping\ndata: {}\n\n" + ERROR)], 2),
        ([STREAM_HEAD, *chunked(b"")], 2),
        ([STREAM_HEAD, *chunked(HEAD + ERROR)], 1),
        ([STREAM_HEAD, *chunked(HEAD)], 1),
        (GOOD, 1),
    ],
    ids=["529", "error", "ping and error", "nothing", "begun", "cut", "good"],
)
async def test_a_stream_is_not_begun_twice(first: list[bytes], asked: int) -> None:
    time, flaky, seen = Time(), Flaky(first, GOOD), list[Event]()
    async with serve(flaky) as server, upstream(server.url, time) as gateway:
        gateway.usage = usage = MemoryUsage()
        try:
            async for event in gateway.stream(Request(message(stream=True)), Call("req_1")):
                seen.append(event)
        except APIError as error:
            assert asked == 1
            assert error.headers.get("x-should-retry") is None
    assert flaky.asked == asked
    assert [event.type for event in seen].count("message_start") == 1
    assert len(usage.rows) == asked  # each attempt has its row
    used = [(row.usage.input_tokens, row.usage.output_tokens) for row in usage.rows]
    assert used == [(0, 0)] * (asked - 1) + [used[-1]]
    assert used[-1][0] == 7


HEADERS: list[tuple[dict[str, str], list[float]]] = [
    ({}, [0.5, 1.0]),
    ({"retry_after": "3"}, [3, 3]),
    ({"retry_after": "0.25"}, [0.25, 0.25]),
    ({"retry_after": "0"}, [0.5, 1.0]),
    ({"retry_after": "-5"}, [0.5, 1.0]),
    ({"retry_after": "nan"}, [0.5, 1.0]),
    ({"retry_after": "inf"}, [0.5, 1.0]),
    ({"retry_after": "soon"}, [0.5, 1.0]),
    ({"retry_after": format_datetime(AT + timedelta(seconds=20), usegmt=True)}, [20, 20]),
    ({"retry_after": format_datetime(AT - timedelta(seconds=20), usegmt=True)}, [0.5, 1.0]),
    ({"retry_after_ms": "1500", "retry_after": "9"}, [1.5, 1.5]),
    ({"retry_after_ms": "later", "retry_after": "9"}, [9, 9]),
    ({"retry_after": "300"}, [300, 300]),
    ({"retry_after": "301"}, [301]),
    ({"retry_after": "601"}, []),
]


@pytest.mark.parametrize(("headers", "waits"), HEADERS, ids=str)
async def test_how_long_is_waited(headers: dict[str, str], waits: list[float]) -> None:
    time, flaky = Time(), Flaky(refusal(429, **headers))
    async with serve(flaky) as server, upstream(server.url, time) as gateway:
        with pytest.raises(RateLimitError) as caught:
            await streamed(gateway, Call("req_1"))
    assert time.waits == waits
    assert flaky.asked == len(waits) + 1
    if not waits:  # it was not tried again here: the caller may
        assert "x-should-retry" not in caught.value.headers
        assert caught.value.headers["retry-after"] == "601"


async def test_waits_double_up_to_a_limit_and_are_drawn_from_zero() -> None:
    for random, waits in (
        (1.0, [0.5, 1, 2, 4, 8, 8]),
        (0.5, [0.25, 0.5, 1, 2, 4, 4]),
        (0, [0] * 6),
    ):
        time = Time()
        provider = ScriptedProvider.of(*[OverloadedError()] * 6, "done")
        gateway = Gateway(provider, retries=time.retries(6, random=random))
        await created(gateway, Call("req_1"))
        assert time.waits == waits


async def test_no_attempt_begins_after_the_time_is_over() -> None:
    time = Time()
    gateway = Gateway(
        ScriptedProvider({"rules": [{"reply": {"error": {"type": "overloaded_error"}}}]}),
        retries=time.retries(1_000, seconds=30),
    )
    with pytest.raises(OverloadedError):
        await created(gateway, Call("req_1"))
    assert sum(time.waits) <= 30
    assert sum(time.waits) + LONGEST > 30


@given(st.text() | st.floats().map(str), st.text() | st.floats().map(str))
def test_what_headers_say_is_a_time_to_come_or_nothing(after: str, after_ms: str) -> None:
    seconds = told({"retry-after": after, "retry-after-ms": after_ms}, AT)
    assert seconds is None or 0 < seconds < math.inf


async def test_cancelling_ends_the_wait_at_once() -> None:
    waiting = asyncio.Event()

    async def sleep(seconds: float) -> None:
        waiting.set()
        await asyncio.Event().wait()

    provider = ScriptedProvider.of(OverloadedError(), "never")
    gateway = Gateway(provider, retries=Retries(most=2, sleep=sleep))
    task = asyncio.create_task(created(gateway, Call("req_1")))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(provider.requests) == 1


async def test_who_asks_is_told_of_each_attempt_that_is_repeated() -> None:
    time, heard = Time(), list[tuple[int, int, float]]()
    call = Call("req_1", on_retry=lambda n, error, s: heard.append((n, error.status, s)))
    provider = ScriptedProvider.of(OverloadedError(), RateLimitError(), "done")
    await created(Gateway(provider, retries=time.retries()), call)
    assert heard == [(1, 529, 0.5), (2, 429, 1.0)]


async def test_a_gateway_does_not_try_again_unless_it_is_told_to() -> None:
    provider = ScriptedProvider.of(OverloadedError(), "never")
    with pytest.raises(OverloadedError):
        await created(Gateway(provider), Call("req_1"))
