from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from rookery.errors import (
    APIError,
    InvalidRequestError,
    OverloadedError,
    RateLimitError,
    StreamCutError,
)
from rookery.providers.base import Call
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.server.local import LocalServer
from rookery.wire.events import BlockDelta, Event, Ping
from rookery.wire.messages import Request
from tests.server.client import (
    Connection,
    Play,
    Playing,
    ask,
    connect,
    message,
    post,
    records,
    reply,
    row,
    serving,
    until,
)

STREAM = post(message(stream=True))
PLAIN = post(message())
Await = Callable[[], Any]


def playing(*events: Event, then: Exception | None = None) -> Playing:
    """Give these events, and then an error."""

    async def play(request: Request) -> AsyncGenerator[Event, None]:
        for event in events:
            yield event
        if then is not None:
            raise then

    return Playing(play)


def test_a_stream_is_the_events_of_the_message_and_nothing_else(server: LocalServer) -> None:
    answer = ask(server, STREAM)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert [record.event for record in records(answer.body)] == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


def test_a_connection_serves_on_after_a_stream(server: LocalServer) -> None:
    with connect(server) as connection:
        for _ in range(3):
            connection.send(STREAM)
            assert records(connection.answer().body)[-1].event == "message_stop"
            connection.send(PLAIN)
            assert connection.answer().json["content"][0]["text"] == "hello"


def test_events_are_sent_as_they_come() -> None:
    proceed = threading.Semaphore(0)

    async def play(request: Request) -> AsyncGenerator[Event, None]:
        for event in reply():
            yield event
            await asyncio.to_thread(proceed.acquire)

    with serving(Playing(play)) as (server, _), connect(server) as connection:
        connection.send(STREAM)
        connection.head()
        for event in reply():
            assert connection.chunk().startswith(f"event: {event.type}\n".encode())
            proceed.release()
        assert connection.chunk() == b""


def test_bytes_of_an_upstream_are_passed_on_as_they_are() -> None:
    data = (
        b'{ "type":"content_block_delta",  "new": 1.0, "index" :0, "delta":{"type":"new_delta" }}'
    )
    odd = [Event("content_block_delta", data), Event("news", b'{"type":"news"}')]
    with serving(playing(*reply()[:2], *odd, *reply()[2:])) as (server, _):
        body = ask(server, STREAM).body
    sent = b'event: content_block_delta\ndata: %b\n\nevent: news\ndata: {"type":"news"}\n\n'
    assert sent % data in body
    assert records(body)[-1].event == "message_stop"


# --- failures ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        InvalidRequestError("no"),
        RateLimitError("wait", headers={"retry-after": "3", "x-should-retry": "false"}),
        OverloadedError(details={"error_code": "x"}),
        APIError("odd", status=418),
    ],
)
@pytest.mark.parametrize("request_", [STREAM, PLAIN])
def test_a_failure_before_the_first_event_is_plain_json(error: APIError, request_: bytes) -> None:
    with serving(playing(then=error)) as (server, usage), connect(server) as connection:
        connection.send(request_)
        answer = connection.answer()
        assert (answer.status, answer.error) == (error.status, error.message)
        assert answer.json["error"]["type"] == error.type
        assert answer.json["error"].get("details") == error.details
        assert answer.headers.items() >= error.headers.items()
        connection.send(request_)
        assert connection.answer().status == error.status
        assert [one.outcome for one in usage.rows] == [error.type] * 2


def test_only_failures_of_the_server_ask_for_a_retry() -> None:
    said = ((InvalidRequestError(), "false"), (RateLimitError(), None), (OverloadedError(), "true"))
    for error, told in said:
        with serving(playing(then=error)) as (server, _):
            assert ask(server, PLAIN).headers.get("x-should-retry") == told


def test_headers_of_an_error_that_are_not_latin_do_no_harm() -> None:
    with serving(playing(then=RateLimitError(headers={"retry-after": "\u20ac"}))) as (server, _):
        answer = ask(server, PLAIN)
    assert (answer.status, answer.headers["retry-after"]) == (429, "?")


def test_a_failure_amid_a_stream_is_its_last_event_and_the_stream_ends_properly() -> None:
    with serving(playing(*reply()[:3], then=OverloadedError("busy"))) as (server, usage):
        with connect(server) as connection:
            connection.send(STREAM)
            answer = connection.answer()
            last = records(answer.body)[-1]
            assert answer.status == 200
            assert last.event == "error"
            assert last.data == {
                "type": "error",
                "error": {"type": "overloaded_error", "message": "busy"},
                "request_id": answer.headers["request-id"],
            }
            connection.send(STREAM)
            assert connection.answer().status == 200
        assert [one.outcome for one in usage.rows] == ["overloaded_error"] * 2


def test_a_failure_amid_a_message_that_is_not_streamed_is_plain_json() -> None:
    with serving(playing(*reply()[:3], then=OverloadedError("busy"))) as (server, _):
        answer = ask(server, PLAIN)
    assert (answer.status, answer.error) == (529, "busy")


@pytest.mark.parametrize("request_", [STREAM, PLAIN])
def test_what_a_provider_raises_by_mistake_stays_inside(request_: bytes) -> None:
    with serving(playing(then=ValueError("a secret"))) as (server, usage):
        answer = ask(server, request_)
        assert (answer.status, answer.error) == (500, "Internal server error")
        assert b"secret" not in answer.body
        assert row(usage).outcome == "api_error"


def test_a_mistake_amid_a_stream_stays_inside_too() -> None:
    with serving(playing(reply()[0], then=KeyError("a secret"))) as (server, usage):
        body = ask(server, STREAM).body
        assert records(body)[-1].data["error"] == {
            "type": "api_error",
            "message": "Internal server error",
        }
        assert b"secret" not in body
        assert row(usage).outcome == "api_error"


@pytest.mark.parametrize("request_", [STREAM, PLAIN])
def test_a_provider_that_gives_nothing_has_failed(request_: bytes) -> None:
    with serving(playing()) as (server, _):
        answer = ask(server, request_)
    assert (answer.status, answer.json["error"]["type"]) == (502, "api_error")


def test_a_stream_that_breaks_the_grammar_ends_with_an_error_event() -> None:
    start, block, delta, *_ = reply()
    with serving(playing(start, block, start, delta)) as (server, usage):
        answer = ask(server, STREAM)
        *before, last = records(answer.body)
        assert [record.event for record in before] == [start.type, block.type]
        assert last.event == "error"
        assert last.data == {
            "type": "error",
            "error": {
                "type": "api_error",
                "message": "The model backend broke the protocol. "
                "A message_start event came in a block.",
            },
            "request_id": answer.headers["request-id"],
        }
        assert row(usage).outcome == "api_error"


def test_a_stream_that_ends_too_early_ends_with_an_error_event() -> None:
    for count in range(1, len(reply())):
        with serving(playing(*reply()[:count])) as (server, _):
            last = records(ask(server, STREAM).body)[-1]
        assert last.event == "error"
        assert last.data["error"]["message"].endswith("ended before the message was complete.")


def test_what_cannot_start_a_stream_is_plain_json() -> None:
    ping = Event(body=Ping())
    for events in ([], [ping], [ping, reply()[1]], [Event("message_start", b"{}")]):
        with serving(playing(*events)) as (server, _):
            answer = ask(server, STREAM)
        assert (answer.status, answer.json["error"]["type"]) == (502, "api_error")
        assert "broke the protocol" in answer.error


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_cut_stream_ends_without_a_proper_end(count: int) -> None:
    with serving(playing(*reply()[:count], then=StreamCutError())) as (server, usage):
        with connect(server) as connection:
            connection.send(STREAM)
            if count:
                connection.head()
            for event in reply()[:count]:
                assert connection.chunk().startswith(f"event: {event.type}\n".encode())
            assert connection.rest() == b""
        assert ask(server, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").status == 200
        assert row(usage).outcome == "api_error"


def test_a_script_can_cut_a_stream_and_a_message() -> None:
    answer = {"text": "hello", "cut_after": 2}
    with serving(ScriptedProvider({"rules": [{"reply": answer}]})) as (server, _):
        with connect(server) as connection:
            connection.send(STREAM)
            connection.head()
            connection.chunk()
            connection.chunk()
            assert connection.rest() == b""
        with connect(server) as connection:
            connection.send(PLAIN)
            assert connection.rest() == b""


def test_a_lone_surrogate_of_a_provider_is_a_failure_of_the_server() -> None:
    start, block, _, *rest = reply()
    broken = Event(body=BlockDelta(0, {"type": "text_delta", "text": "\ud800"}))
    with serving(playing(start, block, broken, *rest)) as (server, _):
        answer = ask(server, PLAIN)
        assert (answer.status, answer.json["error"]["type"]) == (500, "api_error")
        last = records(ask(server, STREAM).body)[-1]
        assert last.data["error"]["type"] == "api_error"


# --- pings ---------------------------------------------------------------------------------------


def waiting(*events: Event, wait: Await, then: Exception | None = None) -> Play:
    async def play(request: Request) -> AsyncGenerator[Event, None]:
        for event in events:
            yield event
        await asyncio.to_thread(wait)
        if then is not None:
            raise then
        for event in reply()[len(events) :]:
            yield event

    return play


@pytest.mark.parametrize("then", [None, OverloadedError()])
def test_pings_fill_a_silence_and_none_comes_after_the_end(then: Exception | None) -> None:
    proceed = threading.Event()
    provider = Playing(waiting(*reply()[:3], wait=proceed.wait, then=then))
    with serving(provider, ping_interval=0.01) as (server, _), connect(server) as connection:
        connection.send(STREAM)
        connection.head()
        chunks = [connection.chunk() for _ in range(8)]
        proceed.set()
        chunks += iter(connection.chunk, b"")
        found = [record.event for record in records(b"".join(chunks))]
        assert found[:3] == [event.type for event in reply()[:3]]
        assert found[3:8] == ["ping"] * 5
        assert "ping" not in found[-1]
        assert [name for name in found if name != "ping"][3:] == (
            ["error"] if then else [event.type for event in reply()[3:]]
        )
        connection.send(PLAIN)
        connection.head()


def test_no_ping_comes_after_the_message() -> None:
    class Slow(Playing):
        """Takes its time to let go of a stream."""

        async def stream(self, request: Request, call: Call) -> AsyncGenerator[Event, None]:
            try:
                for event in reply():
                    yield event
            finally:
                await asyncio.to_thread(proceed.wait, 0.2)

    proceed = threading.Event()
    with serving(Slow(forever), ping_interval=0.01) as (server, _):
        found = records(ask(server, STREAM).body)
    assert [record.event for record in found] == [event.type for event in reply()]


def test_no_ping_comes_before_the_first_event() -> None:
    proceed = threading.Event()
    provider = Playing(waiting(wait=lambda: proceed.wait(0.2)))
    with serving(provider, ping_interval=0.01) as (server, _):
        found = records(ask(server, STREAM).body)
    assert [record.event for record in found] == [event.type for event in reply()]


def test_a_ping_is_exactly_this() -> None:
    proceed = threading.Event()
    provider = Playing(waiting(reply()[0], wait=proceed.wait))
    with serving(provider, ping_interval=0.01) as (server, _), connect(server) as connection:
        connection.send(STREAM)
        connection.head()
        connection.chunk()
        assert connection.chunk() == b'event: ping\ndata: {"type":"ping"}\n\n'
        proceed.set()


# --- clients that leave, and clients that are slow -----------------------------------------------


async def forever(request: Request) -> AsyncGenerator[Event, None]:
    yield reply()[0]
    await asyncio.Event().wait()


async def never(request: Request) -> AsyncGenerator[Event, None]:
    await asyncio.Event().wait()
    yield reply()[0]


@pytest.mark.parametrize("play", [forever, never])
@pytest.mark.parametrize("request_", [STREAM, PLAIN])
def test_work_for_a_client_that_leaves_is_cancelled(play: Play, request_: bytes) -> None:
    provider = Playing(play)
    with serving(provider) as (server, usage):
        with connect(server) as connection:
            connection.send(request_)
            until(provider.began.is_set)
        assert provider.ended.wait(1)
        assert row(usage).outcome == "cancelled"
        assert row(usage).stream is (request_ is STREAM)


def test_counting_for_a_client_that_leaves_is_cancelled() -> None:
    provider = Playing(never)
    with serving(provider) as (server, usage):
        with connect(server) as connection:
            body = message().replace(b', "max_tokens": 100', b"")
            connection.send(post(body, path="/v1/messages/count_tokens"))
            until(provider.began.is_set)
        assert provider.ended.wait(1)
        assert not usage.rows


def test_work_for_a_client_that_leaves_in_the_middle_of_many_events_is_cancelled() -> None:
    async def play(request: Request) -> AsyncGenerator[Event, None]:
        yield reply()[0]
        yield reply()[1]
        while True:
            await asyncio.sleep(0)
            yield reply()[2]

    provider = Playing(play)
    with serving(provider) as (server, usage):
        with connect(server) as connection:
            connection.send(STREAM)
            connection.head()
            connection.chunk()
        assert provider.ended.wait(1)
        assert row(usage).outcome == "cancelled"


def test_the_provider_waits_for_a_slow_reader() -> None:
    given = 0
    big = Event("big", b'{"type":"big","a":"%b"}' % (b"x" * 65536))

    async def play(request: Request) -> AsyncGenerator[Event, None]:
        nonlocal given
        yield reply()[0]
        for _ in range(2000):
            given += 1
            yield big

    provider = Playing(play)
    with serving(provider) as (server, usage):
        with connect(server) as connection:
            connection.send(STREAM)
            connection.head()
            connection.chunk()
            seen = stalled(lambda: given)
            assert seen < 300  # some MB lie in the buffers of the two sockets
            for _ in range(seen):
                connection.chunk()
            until(lambda: given > seen)
        assert provider.ended.wait(1)
        assert row(usage).outcome == "cancelled"


def stalled(value: Callable[[], int]) -> int:
    """Wait until a number stops to grow, and return it."""
    pause = threading.Event()
    before, now = -1, value()
    while before != now or not now:
        pause.wait(0.1)
        before, now = now, value()
    return now


def test_a_slow_reader_gets_every_event() -> None:
    async def play(request: Request) -> AsyncGenerator[Event, None]:
        yield reply()[0]
        for number in range(300):
            yield Event("n", b'{"type":"n","n":%d,"a":"%b"}' % (number, b"x" * 20_000))
        for event in reply()[1:]:
            yield event

    with serving(Playing(play), ping_interval=0.02) as (server, _), connect(server) as connection:
        connection.send(STREAM)
        connection.head()
        threading.Event().wait(0.2)
        found = records(b"".join(iter(connection.chunk, b"")))
    numbers = [record.data["n"] for record in found if record.event == "n"]
    assert numbers == list(range(300))


def test_many_streams_run_at_once() -> None:
    gate = threading.Barrier(21, timeout=10)

    async def play(request: Request) -> AsyncGenerator[Event, None]:
        first, *rest = reply()
        yield first
        await asyncio.get_running_loop().run_in_executor(None, lambda: None)
        for event in rest:
            yield event

    with serving(Playing(play)) as (server, usage):
        bodies: list[bytes] = []

        def one() -> None:
            gate.wait()
            bodies.append(ask(server, STREAM).body)

        threads = [threading.Thread(target=one) for _ in range(20)]
        for thread in threads:
            thread.start()
        gate.wait()
        for thread in threads:
            thread.join(10)
        assert len(set(bodies)) == 1
        assert [one.outcome for one in usage.rows] == ["ok"] * 20


def test_a_server_that_stops_ends_its_streams_with_an_error_event() -> None:
    provider = Playing(forever)
    connection: Connection
    with serving(provider) as (server, usage):
        connection = Connection(server)
        connection.send(STREAM)
        connection.head()
        first = connection.chunk()
    body = first + b"".join(iter(connection.chunk, b""))
    connection.close()
    assert records(body)[-1].data["error"] == {
        "type": "overloaded_error",
        "message": "The server is stopping.",
    }
    assert provider.closed.is_set()
    assert row(usage).outcome == "cancelled"


def test_a_server_that_stops_answers_what_it_has_not_finished() -> None:
    provider = Playing(never)
    with serving(provider) as (server, _):
        connection = Connection(server)
        connection.send(PLAIN)
        until(provider.began.is_set)
    answer = connection.answer()
    connection.close()
    assert (answer.status, answer.error) == (529, "The server is stopping.")
