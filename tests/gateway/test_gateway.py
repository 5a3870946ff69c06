"""One row of usage for each attempt, however it ends, and errors of the API only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given

from rookery.errors import (
    APIError,
    ConnectionFailedError,
    InternalServerError,
    InvalidRequestError,
    OverloadedError,
    StreamCutError,
    StreamError,
)
from rookery.gateway.gateway import Gateway
from rookery.gateway.meter import MemoryUsage, UsageRow
from rookery.providers.base import Call, fold_stream
from rookery.providers.offline.provider import OfflineProvider
from rookery.wire.events import Event, MessageDelta, MessageStart, MessageStop, Verbatim
from rookery.wire.messages import CountTokensRequest, Reply, Request, TokenCount
from rookery.wire.usage import CacheCreation, Usage
from tests.server.client import MODEL, message, prompt, reply
from tests.wire.judge import judge
from tests.wire.strategies import few, patient
from tests.wire.streams import anything, orderly

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
CALL = Call("req_1", key_id="apikey_1", workspace_id="wrkspc_1")


class Fake:
    """A small provider: what it gives, and what it raises then."""

    name = "fake"
    emulated = False

    def __init__(self, *events: Event, then: BaseException | None = None) -> None:
        self.closed = False
        self.stopped = asyncio.Event()
        self._events = events
        self._then = then

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[Event, None]:
        try:
            for event in self._events:
                yield event
            if self._then is not None:
                raise self._then
        finally:
            self.stopped.set()

    async def create(self, request: Request, call: Call) -> Reply:
        return await fold_stream(self.stream(request, call))

    async def count_tokens(self, request: CountTokensRequest, call: Call) -> TokenCount:
        if self._then is not None:
            raise self._then
        return TokenCount(7)

    async def close(self) -> None:
        self.closed = True


class Gated(Fake):
    """Waits for ever after its events."""

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[Event, None]:
        async with aclosing(super().stream(request, call)) as events:
            async for event in events:
                yield event
        await asyncio.Event().wait()


def made(fake: Any) -> tuple[Gateway, MemoryUsage]:
    usage = MemoryUsage()
    return Gateway(fake, usage=usage, clock=lambda: AT), usage


def only(usage: MemoryUsage) -> UsageRow:
    [row] = usage.rows
    return row


async def drain(gateway: Gateway, request: Request) -> list[Event]:
    return [event async for event in gateway.stream(request, CALL)]


async def test_a_message_leaves_a_row() -> None:
    gateway, usage = made(Fake(*reply()))
    request = Request(message(inference_geo="us", speed="fast"))
    await gateway.create(request, CALL)
    row = only(usage)
    assert msgspec.structs.replace(row, seconds=0) == UsageRow(
        request_id="req_1",
        at=AT,
        key_id="apikey_1",
        workspace_id="wrkspc_1",
        provider="fake",
        model=MODEL,
        stream=False,
        usage=Usage(input_tokens=3, output_tokens=5),
        outcome="ok",
        seconds=0,
        inference_geo="us",
        speed="fast",
    )
    assert row.seconds >= 0


async def test_a_stream_leaves_the_same_row() -> None:
    gateway, usage = made(Fake(*reply()))
    await drain(gateway, Request(message(stream=True)))
    row = only(usage)
    assert (row.outcome, row.stream, row.usage) == ("ok", True, Usage(3, output_tokens=5))


async def test_the_model_of_the_row_is_the_one_that_answered() -> None:
    start = Event(body=MessageStart({"model": "claude-other", "usage": {"input_tokens": 1}}))
    gateway, usage = made(Fake(start, *reply()[1:]))
    await drain(gateway, Request(message()))
    assert only(usage).model == "claude-other"


async def test_the_last_counts_of_a_stream_hold() -> None:
    start = {"input_tokens": 9, "cache_read_input_tokens": 4, "output_tokens": 1}
    first = {"output_tokens": 2, "cache_creation": {"ephemeral_1h_input_tokens": 6}}
    last = {"output_tokens": 8, "input_tokens": None, "cache_read_input_tokens": None}
    gateway, usage = made(
        Fake(
            Event(body=MessageStart({"usage": start})),
            Event(body=MessageDelta({}, first)),
            Event(body=MessageDelta({"stop_reason": "end_turn"}, last)),
            Event(body=MessageStop()),
        )
    )
    await drain(gateway, Request(message()))
    assert only(usage).usage == Usage(
        input_tokens=9,
        cache_read_input_tokens=4,
        cache_creation=CacheCreation(0, 6),
        output_tokens=8,
    )
    assert only(usage).model == MODEL


BAD = [
    Event("message_start", b"{"),
    Event("message_start", b'{"type":"message_start","message":3}'),
    Event("message_start", b'{"type":"message_start","message":{"model":"\xff"}}'),
    Event("message_start", b'{"type":"message_start","message":{"usage":{"input_tokens":""}}}'),
    Event("message_start", b'{"type":"message_start","message":{"usage":"much"}}'),
    Event("message_delta", b'{"type":"message_delta","delta":{},"usage":null}'),
]


@pytest.mark.parametrize("bad", BAD)
async def test_what_cannot_start_a_message_is_a_bad_gateway(bad: Event) -> None:
    gateway, usage = made(Fake(bad))
    with pytest.raises(ConnectionFailedError, match=r"The model backend broke the protocol\."):
        await drain(gateway, Request(message()))
    assert (only(usage).outcome, only(usage).usage) == ("api_error", Usage())


@pytest.mark.parametrize("bad", BAD)
async def test_what_a_script_wants_sent_is_passed_on_and_counts_nothing(bad: Event) -> None:
    odd = Verbatim(bad.type, bad.data)
    gateway, usage = made(Fake(odd))
    assert await drain(gateway, Request(message())) == [odd]
    assert (only(usage).outcome, only(usage).usage) == ("ok", Usage())


# --- streams: the same grammar for every provider ------------------------------------------------


def stream_of(found: list[Event]) -> list[tuple[str, bytes]]:
    return [(event.type, event.data) for event in found]


async def sent_of(found: list[Event]) -> tuple[list[Event], APIError | None]:
    """Return what the gateway passes on of a provider's events, and its error."""
    gateway, _ = made(Fake(*found))
    out: list[Event] = []
    try:
        async for event in gateway.stream(Request(message(stream=True)), CALL):
            out += [event]
    except APIError as error:
        return out, error
    return out, None


@patient
@given(anything)
async def test_what_leaves_is_in_order_whatever_the_provider_gave(found: list[Event]) -> None:
    out, error = await sent_of(found)
    assert judge(out) is (error is None)


@few
@given(orderly)
async def test_a_stream_in_order_is_passed_on_as_it_is(found: list[Event]) -> None:
    assert stream_of((await sent_of(found))[0]) == stream_of(found)


async def test_an_end_before_the_end_is_an_error() -> None:
    for count in range(len(reply())):
        out, error = await sent_of(reply()[:count])
        assert len(out) == count
        assert error is not None
        assert error.status == 502
        assert error.message.endswith("ended before the message was complete.")


async def test_a_stream_is_over_when_its_message_is() -> None:
    fake = Gated(*reply())
    gateway, usage = made(fake)
    assert stream_of(await drain(gateway, Request(message()))) == stream_of(reply())
    assert fake.stopped.is_set()
    assert only(usage).outcome == "ok"


@pytest.mark.parametrize("data", [b"{", b"[]", b"{}", b'{"usage":{},"model":"\xff"}'])
async def test_a_message_that_cannot_be_read_is_passed_on(data: bytes) -> None:
    class Odd(Fake):
        async def create(self, request: Request, call: Call) -> Reply:
            return Reply(data)

    gateway, usage = made(Odd())
    assert (await gateway.create(Request(message()), CALL)).data == data
    assert (only(usage).outcome, only(usage).model) == ("ok", MODEL)


async def attempt_create(gateway: Gateway) -> None:
    await gateway.create(Request(message()), CALL)


async def attempt_stream(gateway: Gateway) -> None:
    await drain(gateway, Request(message(stream=True)))


ATTEMPTS = pytest.mark.parametrize("attempt", [attempt_create, attempt_stream])
Attempt = Callable[[Gateway], Any]


@ATTEMPTS
@pytest.mark.parametrize("count", [0, 2])
async def test_an_error_of_the_api_is_passed_on_and_named_in_the_row(
    attempt: Attempt, count: int
) -> None:
    error = OverloadedError("busy")
    gateway, usage = made(Fake(*reply()[:count], then=error))
    with pytest.raises(OverloadedError) as raised:
        await attempt(gateway)
    assert raised.value is error
    assert only(usage).outcome == "overloaded_error"
    if attempt is attempt_stream:
        assert only(usage).usage.input_tokens == (3 if count else 0)


@ATTEMPTS
@pytest.mark.parametrize("error", [ValueError("a secret"), OSError("a secret"), KeyError("x")])
async def test_another_error_becomes_one_of_the_api_that_tells_nothing(
    attempt: Attempt, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    gateway, usage = made(Fake(*reply()[:2], then=error))
    with pytest.raises(InternalServerError, match=r"^Internal server error$") as raised:
        await attempt(gateway)
    assert raised.value.__cause__ is error
    assert only(usage).outcome == "api_error"
    assert "a provider failed" in caplog.text


@ATTEMPTS
async def test_a_breach_of_the_protocol_is_a_bad_gateway(attempt: Attempt) -> None:
    gateway, usage = made(Fake(*reply()[:1], then=StreamError("odd")))
    with pytest.raises(APIError, match=r"broke the protocol\. odd") as raised:
        await attempt(gateway)
    assert (raised.value.status, raised.value.type) == (502, "api_error")
    assert only(usage).outcome == "api_error"


@ATTEMPTS
async def test_a_scripted_cut_is_passed_on(attempt: Attempt) -> None:
    gateway, usage = made(Fake(*reply()[:1], then=StreamCutError()))
    with pytest.raises(StreamCutError):
        await attempt(gateway)
    assert only(usage).outcome == "api_error"


async def test_a_stream_that_is_closed_early_is_cancelled() -> None:
    fake = Fake(*reply())
    gateway, usage = made(fake)
    events = gateway.stream(Request(message(stream=True)), CALL)
    await anext(events)
    assert not usage.rows
    await events.aclose()
    assert fake.stopped.is_set()
    assert (only(usage).outcome, only(usage).usage.input_tokens) == ("cancelled", 3)


async def test_a_stream_that_is_closed_after_its_last_event_is_complete() -> None:
    gateway, usage = made(Fake(*reply()))
    async with aclosing(gateway.stream(Request(message(stream=True)), CALL)) as events:
        async for event in events:
            if event.type == "message_stop":
                break
    assert only(usage).outcome == "ok"


@ATTEMPTS
async def test_a_task_that_is_cancelled_leaves_its_row(attempt: Attempt) -> None:
    fake = Gated(*reply()[:3])
    gateway, usage = made(fake)
    task = asyncio.ensure_future(attempt(gateway))
    await fake.stopped.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert only(usage).outcome == "cancelled"


@ATTEMPTS
async def test_a_request_that_is_refused_is_no_attempt(attempt: Attempt) -> None:
    gateway, usage = made(OfflineProvider())
    bad = Request(message(messages=[]))
    with pytest.raises(InvalidRequestError):
        await gateway.create(bad, CALL)
    with pytest.raises(InvalidRequestError):
        await drain(gateway, bad)
    assert not usage.rows
    await attempt(gateway)
    assert only(usage).outcome == "ok"


async def test_counting_is_free() -> None:
    gateway, usage = made(Fake())
    assert await gateway.count_tokens(CountTokensRequest(prompt()), CALL) == TokenCount(7)
    assert not usage.rows


@pytest.mark.parametrize(
    ("error", "status"), [(OverloadedError(), 529), (ValueError("secret"), 500)]
)
async def test_counting_fails_with_errors_of_the_api(error: Exception, status: int) -> None:
    gateway, usage = made(Fake(then=error))
    with pytest.raises(APIError) as raised:
        await gateway.count_tokens(CountTokensRequest(prompt()), CALL)
    assert raised.value.status == status
    assert "secret" not in raised.value.message
    assert not usage.rows


async def test_a_gateway_closes_its_provider() -> None:
    fake = Fake()
    async with made(fake)[0]:
        assert not fake.closed
    assert fake.closed


def test_the_memory_of_usage_is_bounded() -> None:
    memory = MemoryUsage(limit=2)
    row = UsageRow(
        request_id="1",
        at=AT,
        key_id="",
        workspace_id="",
        provider="",
        model="",
        stream=False,
        usage=Usage(),
        outcome="ok",
        seconds=0,
    )
    for number in range(3):
        memory.record(msgspec.structs.replace(row, request_id=str(number)))
    assert [kept.request_id for kept in memory.rows] == ["1", "2"]
