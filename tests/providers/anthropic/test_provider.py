from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rookery import errors
from rookery.errors import APIError
from rookery.providers.anthropic.provider import AnthropicProvider
from rookery.providers.base import Call, Provider
from rookery.transport.aiohttp_client import AiohttpClient
from rookery.wire.events import Event
from rookery.wire.fold import events, fold
from rookery.wire.messages import CountTokensRequest, Reply, Request
from rookery.wire.sse import encode
from rookery.wire.versions import V2023
from tests.transport.servers import (
    STREAM_HEAD,
    Handler,
    Peer,
    Received,
    Server,
    always,
    chunked,
    reply,
    serve,
)

MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-fable-5-2",
    "content": [
        {"type": "text", "text": "Grüße, the weather is fine.", "new_field": [1, 2]},
        {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"where": ["up", "down"]}},
        {"type": "block_of_next_year", "payload": {"a": None}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {"input_tokens": 3, "output_tokens": 9, "tokens_of_next_year": 1},
    "field_of_next_year": {"b": 1.5},
}
MESSAGE_BYTES = msgspec.json.encode(MESSAGE)
REQUEST_BYTES = (
    b'{ "model": "claude-fable-5-2",  "max_tokens": 10, "messages":'
    b' [{"role": "user", "content": "hi", "unknown": 1.0}], "unknown": {"a":  [1e3]}}'
)
CALL = Call(request_id="req_1", betas=("one-2026-01-01", "two-2026-01-01"))


@asynccontextmanager
async def provider(
    handler: Handler, base: str = "", auth: dict[str, str] | None = None
) -> AsyncIterator[tuple[AnthropicProvider, Server]]:
    client = AiohttpClient(connect_timeout=5.0, timeout=5.0)
    async with serve(handler) as server:
        made = AnthropicProvider(client, server.url + base, auth or {"x-api-key": "sk-1"})
        try:
            yield made, server
        finally:
            await made.close()


def keeping(seen: list[Received], answer: bytes) -> Handler:
    async def handler(peer: Peer) -> None:
        while True:
            seen.append(await peer.request())
            await peer.send(answer)

    return handler


async def collect(made: AnthropicProvider, request: Request | None = None) -> list[Event]:
    return [event async for event in made.stream(request or Request(data=REQUEST_BYTES), CALL)]


async def ask(made: AnthropicProvider) -> Reply:
    return await made.create(Request(data=REQUEST_BYTES), CALL)


def stream_of(*parts: bytes) -> bytes:
    return STREAM_HEAD + b"".join(chunked(b"".join(parts)))


STREAM = [encode(event) for event in events(Reply(data=MESSAGE_BYTES))]


# --- requests ------------------------------------------------------------------------------------


async def test_the_request_is_sent_as_it_is() -> None:
    seen: list[Received] = []
    async with provider(keeping(seen, reply(MESSAGE_BYTES))) as (made, _):
        assert isinstance(made, Provider)
        await ask(made)
    [request] = seen
    assert request.line == "POST /v1/messages HTTP/1.1"
    assert request.body == REQUEST_BYTES
    assert request.headers["content-type"] == "application/json"
    assert request.headers["anthropic-version"] == "2026-10-21"
    assert request.headers["anthropic-beta"] == "one-2026-01-01,two-2026-01-01"
    assert request.headers["x-api-key"] == "sk-1"
    assert "authorization" not in request.headers


async def test_the_version_is_that_of_the_call() -> None:
    seen: list[Received] = []
    auth = {"authorization": "Bearer sk-2"}
    async with provider(keeping(seen, reply(MESSAGE_BYTES)), auth=auth) as (made, _):
        await made.create(Request(data=REQUEST_BYTES), Call(request_id="r", version=V2023))
    headers = seen[0].headers
    assert headers["anthropic-version"] == "2023-06-01"
    assert headers["authorization"] == "Bearer sk-2"
    assert "anthropic-beta" not in headers
    assert "x-api-key" not in headers


async def test_stream_is_set_where_it_differs() -> None:
    seen: list[Received] = []
    streaming = Request(data=REQUEST_BYTES).replace(stream=True)
    async with provider(keeping(seen, reply(MESSAGE_BYTES))) as (made, _):
        await made.create(streaming, CALL)
    async with provider(keeping(seen, stream_of(*STREAM))) as (made, _):
        await collect(made)
        await collect(made, streaming)
    folded, set_here, as_it_was = (msgspec.json.decode(request.body) for request in seen)
    assert folded.pop("stream") is False
    assert set_here.pop("stream") is True
    assert folded == set_here == msgspec.json.decode(REQUEST_BYTES)
    assert seen[2].body == streaming.data
    assert as_it_was["stream"] is True


@pytest.mark.parametrize("base", ["", "/", "/v1", "/v1/"])
async def test_the_base_url_may_end_as_it_likes(base: str) -> None:
    seen: list[Received] = []
    for prefix in ("", "/a/path"):
        async with provider(keeping(seen, reply(MESSAGE_BYTES)), prefix + base) as (made, _):
            await ask(made)
    assert [request.path for request in seen] == ["/v1/messages", "/a/path/v1/messages"]


# --- replies -------------------------------------------------------------------------------------


async def test_the_reply_is_the_bytes_that_came() -> None:
    spaced = msgspec.json.format(MESSAGE_BYTES, indent=3)
    async with provider(always(reply(spaced))) as (made, _):
        answer = await ask(made)
    assert answer.data == spaced
    assert answer.body.usage.output_tokens == 9


async def test_count_tokens() -> None:
    seen: list[Received] = []
    async with provider(keeping(seen, reply(b'{"input_tokens": 12, "new": 1}'))) as (made, _):
        count = await made.count_tokens(CountTokensRequest(data=b'{"model": "m"}'), CALL)
    assert count.input_tokens == 12
    assert seen[0].path == "/v1/messages/count_tokens"
    assert seen[0].body == b'{"model": "m"}'


ODD = [
    b": a comment\n\n",
    b'event: ping\r\ndata: {"type":  "ping"}\r\n\r\n',
    b'event: event_of_next_year\ndata: {"type":"event_of_next_year","x":1}\n\n',
    b'data: {"type": "unnamed", "y":  2}\n\n',
    b"data: [DONE]\n\n",
]
ODD_EVENTS = [
    ("ping", b'{"type":  "ping"}'),
    ("event_of_next_year", b'{"type":"event_of_next_year","x":1}'),
    ("unnamed", b'{"type": "unnamed", "y":  2}'),
]
LONG = STREAM[0] + b"".join(ODD) + b"".join(STREAM[1:])


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(1, len(LONG) - 1), max_size=12, unique=True))
async def test_events_are_the_same_in_any_split(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(LONG)]
    sizes = [end - start for start, end in pairwise(edges)]
    async with provider(always(STREAM_HEAD, *chunked(LONG, sizes))) as (made, server):
        for _ in range(2):
            seen = await collect(made)
            assert [(e.type, e.data) for e in seen[1:4]] == ODD_EVENTS
            assert [encode(e) for e in [seen[0], *seen[4:]]] == STREAM
        assert server.connections == 1
    assert fold([seen[0], *seen[4:]]).plain == MESSAGE


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None)
@given(unknown=st.dictionaries(st.text(min_size=1, max_size=8), JSON, max_size=4))
async def test_what_is_not_known_survives_both_ways(unknown: dict[str, Any]) -> None:
    seen: list[Received] = []
    sent = {**unknown, **msgspec.json.decode(REQUEST_BYTES)}
    answer = msgspec.json.encode({**unknown, **MESSAGE, "content": [{**unknown, "type": "x"}]})
    async with provider(keeping(seen, reply(answer))) as (made, _):
        request = Request(data=msgspec.json.encode(sent))
        assert (await made.create(request, CALL)).data == answer
        await made.create(request.replace(stream=True), CALL)
    assert seen[0].body == request.data
    assert msgspec.json.decode(seen[1].body) == {**sent, "stream": False}


async def test_an_event_is_given_when_it_arrives() -> None:
    taken = asyncio.Event()

    async def handler(peer: Peer) -> None:
        await peer.request()
        await peer.send(STREAM_HEAD, *chunked(STREAM[0])[:-1])
        await taken.wait()
        await peer.send(*chunked(b"".join(STREAM[1:])))

    async with provider(handler) as (made, _):
        seen = []
        async for event in made.stream(Request(data=REQUEST_BYTES), CALL):
            seen.append(event.type)
            taken.set()
    assert seen[-1] == "message_stop"


async def test_closing_the_stream_ends_the_request() -> None:
    ended = asyncio.Event()

    async def handler(peer: Peer) -> None:
        await peer.request()
        await peer.send(STREAM_HEAD, *chunked(STREAM[0])[:-1])
        await peer.gone()
        ended.set()

    async with provider(handler) as (made, _):
        async with aclosing(made.stream(Request(data=REQUEST_BYTES), CALL)) as stream:
            async for _event in stream:
                break
        await asyncio.wait_for(ended.wait(), 5)


# --- failures ------------------------------------------------------------------------------------


def refusal(status: str, error: dict[str, Any], **headers: str) -> bytes:
    body = msgspec.json.encode({"type": "error", "error": error, "request_id": "req_upstream"})
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return reply(body, status=status, headers=names)


async def failures(wire: bytes, *, keep: bool = True) -> list[APIError]:
    """Return the error of `stream` and that of `create`."""
    found = []
    async with provider(always(wire, keep=keep)) as (made, _):
        for call in (collect, ask):
            with pytest.raises(APIError) as caught:
                await call(made)
            found.append(caught.value)
    return found


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (400, "invalid_request_error", errors.InvalidRequestError),
        (401, "authentication_error", errors.AuthenticationError),
        (403, "permission_error", errors.PermissionDeniedError),
        (404, "not_found_error", errors.NotFoundError),
        (413, "request_too_large", errors.RequestTooLargeError),
        (429, "rate_limit_error", errors.RateLimitError),
        (500, "api_error", errors.InternalServerError),
        (504, "timeout_error", errors.GatewayTimeoutError),
        (529, "overloaded_error", errors.OverloadedError),
        (418, "error_of_next_year", errors.InvalidRequestError),
    ],
)
async def test_errors_keep_their_kind(status: int, kind: str, expected: type[APIError]) -> None:
    error = {"type": kind, "message": "no", "details": {"error_code": "why"}}
    for found in await failures(refusal(f"{status} X", error)):
        assert type(found) is expected
        assert found.status == status
        assert found.message == "no"
        assert found.details == {"error_code": "why"}


async def test_some_headers_of_an_error_go_on() -> None:
    wire = refusal(
        "429 Too Many Requests",
        {"type": "rate_limit_error", "message": "slower"},
        retry_after="7",
        retry_after_ms="7000",
        x_should_retry="true",
        anthropic_ratelimit_requests_remaining="0",
        request_id="req_theirs",
        anthropic_organization_id="theirs",
        set_cookie="a=b",
    )
    for found in await failures(wire):
        assert found.headers == {
            "retry-after": "7",
            "retry-after-ms": "7000",
            "x-should-retry": "true",
            "anthropic-ratelimit-requests-remaining": "0",
            "upstream-request-id": "req_theirs",
        }


PAGE = b"<!DOCTYPE html><html><head><title>502  Bad\nGateway &amp; co</title></head></html>"
HTML = {"content-type": "text/html"}


@pytest.mark.parametrize(
    ("wire", "status", "part"),
    [
        (reply(PAGE, status="502 X", headers=HTML), 502, "HTML page (502 Bad Gateway & co)"),
        (reply(PAGE, status="404 X", headers=HTML), 404, "answered 404 with an HTML page"),
        (reply(b"", status="503 X"), 503, "answered 503 with no body"),
        (reply(b"upstream down", status="503 X"), 503, "upstream down"),
        (reply(b'{"message": "no"}', status="403 X"), 403, '{"message": "no"}'),
        (reply(b"", status="302 X", headers={"location": "/login"}), 502, "answered 302"),
        (reply(b"{}", status="201 X"), 502, "answered 201"),
        (reply(PAGE, headers=HTML), 502, "answered an HTML page (502 Bad Gateway & co)"),
        (reply(b""), 502, "answered an empty body"),
        (reply(b'{"id": 1}'), 502, "answered application/json"),
        (reply(b"[]"), 502, "answered application/json"),
        (reply(b"\xff\xfe"), 502, "answered application/json"),
    ],
)
async def test_what_is_no_reply_of_the_api(wire: bytes, status: int, part: str) -> None:
    for found in await failures(wire):
        assert found.status == status
        assert part in found.message
        assert len(found.message) < 700


async def test_an_error_with_status_200() -> None:
    wire = refusal("200 OK", {"type": "overloaded_error", "message": "busy"}, request_id="req_9")
    for found in await failures(wire):
        assert isinstance(found, errors.OverloadedError)
        assert found.status == 529
        assert found.headers == {"upstream-request-id": "req_9"}


async def test_an_error_whose_body_breaks_off_keeps_its_status() -> None:
    wire = b"HTTP/1.1 429 X\r\ncontent-length: 1000\r\n\r\nslow"
    for found in await failures(wire, keep=False):
        assert isinstance(found, errors.RateLimitError)
        assert found.message == "slow"


async def test_the_body_of_an_error_has_a_limit() -> None:
    for found in await failures(reply(b"x" * 2_000_000, status="500 X")):
        assert found.message == "x" * 500


async def test_a_message_where_a_stream_was_asked_for() -> None:
    async with provider(always(reply(MESSAGE_BYTES))) as (made, _):
        with pytest.raises(errors.InternalServerError, match="where a stream of events"):
            await collect(made)


@pytest.mark.parametrize("body", [b"{}", b"", PAGE, b'{"input_tokens": "many"}'])
async def test_a_count_that_is_none(body: bytes) -> None:
    async with provider(always(reply(body))) as (made, _):
        with pytest.raises(APIError) as caught:
            await made.count_tokens(CountTokensRequest(data=b"{}"), CALL)
    assert caught.value.status == 502


async def broken(*parts: bytes, keep: bool = True) -> tuple[list[Event], APIError]:
    """Return what came before the error of a stream, and the error."""
    seen = []
    async with provider(always(*parts, keep=keep)) as (made, _):
        with pytest.raises(APIError) as caught:
            async for event in made.stream(Request(data=REQUEST_BYTES), CALL):
                seen.append(event)  # noqa: PERF401 (what came before the error is wanted)
    return seen, caught.value


async def test_an_error_in_the_stream_is_raised_after_what_came_before() -> None:
    data = b'{"type":"error","error":{"type":"overloaded_error","message":"busy","details":null}}'
    seen, error = await broken(stream_of(*STREAM[:3], b"event: error\ndata: " + data + b"\n\n"))
    assert [encode(event) for event in seen] == STREAM[:3]
    assert isinstance(error, errors.OverloadedError)
    assert error.message == "busy"


@pytest.mark.parametrize("data", [b"{", b"{}", b'{"type":"error","error":3}'])
async def test_an_error_in_the_stream_that_cannot_be_read(data: bytes) -> None:
    _, error = await broken(stream_of(b"event: error\ndata: " + data + b"\n\n"))
    assert error.status == 502


@pytest.mark.parametrize("count", [0, 1, len(STREAM) - 1])
@pytest.mark.parametrize("clean", [True, False])
async def test_a_stream_that_is_not_complete(count: int, clean: bool) -> None:
    wire = stream_of(*STREAM[:count])
    if not clean:
        wire = wire.removesuffix(b"0\r\n\r\n")
    seen, error = await broken(wire, keep=False)
    assert [encode(event) for event in seen] == STREAM[:count]
    assert isinstance(error, errors.ConnectionFailedError)


async def test_a_stream_without_chunks_that_is_cut_in_a_record() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
    seen, error = await broken(head, *STREAM[:2], STREAM[2][:-1], keep=False)
    assert [encode(event) for event in seen] == STREAM[:2]
    assert isinstance(error, errors.ConnectionFailedError)
