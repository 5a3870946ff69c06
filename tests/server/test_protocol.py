"""HTTP/1 on the socket: what uvicorn alone gets wrong or leaves open."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator

import pytest

from rookery.server.head import MAX_HEAD
from rookery.server.local import LocalServer
from rookery.wire.events import Event
from rookery.wire.messages import Request
from tests.server.client import (
    AUTHORIZED,
    SECONDS,
    Playing,
    ask,
    connect,
    head,
    message,
    post,
    records,
    reply,
    serving,
    until,
)

H2C = {
    **AUTHORIZED,
    "connection": "Upgrade, HTTP2-Settings",
    "upgrade": "h2c",
    "http2-settings": "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
}
CHUNKED = {**AUTHORIZED, "transfer-encoding": "chunked"}


def test_blanks_around_the_value_of_a_header_are_none_of_it(server: LocalServer) -> None:
    headers = {name: f" \t{value} \t" for name, value in AUTHORIZED.items()}
    assert ask(server, post(message(), headers)).status == 200


def test_a_post_that_offers_h2c_is_answered_as_http_1(server: LocalServer) -> None:
    answer = ask(server, post(message(), H2C))
    assert (answer.status, answer.json["content"][0]["text"]) == (200, "hello")


def test_an_offer_of_h2c_may_come_in_any_pieces(server: LocalServer) -> None:
    data = post(message(), H2C)
    with connect(server) as connection:
        for index in range(len(data)):
            connection.send(data[index : index + 1])
        assert connection.answer().status == 200


def test_an_offer_of_h2c_may_have_a_chunked_body(server: LocalServer) -> None:
    body = message()
    headers = {**H2C, "transfer-encoding": "chunked"}
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    assert ask(server, head(headers=headers) + chunks).status == 200


def test_the_connection_lives_on_after_an_offer_of_h2c(server: LocalServer) -> None:
    with connect(server) as connection:
        for _ in range(3):
            connection.send(post(message(), H2C))
            assert connection.answer().status == 200
        connection.send(post(message()))
        assert connection.answer().status == 200


def test_many_offers_of_h2c_at_once_are_answered_in_order(server: LocalServer) -> None:
    with connect(server) as connection:
        connection.send(post(message(), H2C) * 50 + head("GET", "/healthz"))
        assert [connection.answer().status for _ in range(51)] == [200] * 51


def test_close_is_kept_of_a_connection_header_that_offers_h2c(server: LocalServer) -> None:
    with connect(server) as connection:
        connection.send(post(message(), {**H2C, "connection": "close, Upgrade, HTTP2-Settings"}))
        assert connection.answer().headers["connection"] == "close"
        assert connection.rest() == b""


def test_an_offer_of_a_websocket_is_ignored(server: LocalServer) -> None:
    upgrade = {**AUTHORIZED, "connection": "upgrade", "upgrade": "websocket"}
    assert ask(server, head("GET", "/healthz", upgrade)).json == {"status": "ok"}
    assert ask(server, post(message(), upgrade)).status == 200


@pytest.mark.parametrize(
    "data",
    [
        b"this is not HTTP\r\n\r\n",
        b"GET /healthz HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"POST /v1/messages HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        b"GET /caf\xc3\xa9 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n",
        b"CONNECT example.com:443 HTTP/1.1\r\nhost: x\r\n\r\n",
        head(headers=CHUNKED) + b"zz\r\n",
    ],
)
def test_what_is_not_http_is_refused_in_the_shape_of_the_api(
    server: LocalServer, data: bytes
) -> None:
    with connect(server) as connection:
        connection.send(data)
        answer = connection.answer()
        assert answer.error
        assert answer.status in {400, 404}
        if answer.status == 400:
            assert connection.rest() == b""


def test_a_head_without_end_is_refused(server: LocalServer) -> None:
    with connect(server) as connection:
        connection.send(b"GET /healthz HTTP/1.1\r\nx-filler: " + b"x" * (MAX_HEAD + 1))
        answer = connection.answer()
    assert (answer.status, answer.error) == (431, "The headers are too large.")


def test_a_large_body_is_no_large_head(server: LocalServer) -> None:
    with connect(server) as connection:
        connection.send(post(b" " * (MAX_HEAD * 2)))
        assert connection.answer().status == 413


def test_http_1_0_gets_a_stream_without_chunks_that_ends_with_the_connection(
    server: LocalServer,
) -> None:
    with connect(server) as connection:
        connection.send(post(message(stream=True), version="1.0"))
        status, headers = connection.head()
        body = connection.rest()
    assert status == 200
    assert "transfer-encoding" not in headers
    assert headers["connection"] == "close"
    assert records(body)[-1].event == "message_stop"


def test_http_1_0_gets_json_with_its_length(server: LocalServer) -> None:
    for data in (post(message(), version="1.0"), head("GET", "/healthz", version="1.0")):
        with connect(server) as connection:
            connection.send(data)
            answer = connection.answer()
            assert answer.status == 200
            assert int(answer.headers["content-length"]) == len(answer.body)
            assert connection.rest() == b""
    assert ask(server, head("HEAD", "/healthz", version="1.0")).status == 200


def test_pipelined_requests_are_answered_in_order(server: LocalServer) -> None:
    with connect(server) as connection:
        connection.send(
            post(message(stream=True))
            + head("GET", "/healthz")
            + post(message())
            + head("HEAD", "/healthz")
            + head("GET", "/nowhere")
        )
        assert records(connection.answer().body)[0].event == "message_start"
        assert connection.answer().json == {"status": "ok"}
        assert connection.answer().json["type"] == "message"
        assert connection.answer("HEAD").status == 200
        assert connection.answer().status == 404


def test_work_ends_when_the_client_leaves_although_a_request_waits_behind_it() -> None:
    async def play(request: Request) -> AsyncGenerator[Event, None]:
        yield reply()[0]
        await asyncio.Event().wait()

    provider = Playing(play)
    with serving(provider) as (server, _):
        with connect(server) as connection:
            connection.send(post(message(stream=True)) * 2)
            assert connection.head()[0] == 200
        until(provider.ended.is_set)


def test_garbage_behind_a_running_stream_is_answered_after_it() -> None:
    proceed = threading.Event()

    async def play(request: Request) -> AsyncGenerator[Event, None]:
        first, *others = reply()
        yield first
        await asyncio.to_thread(proceed.wait, SECONDS)
        for event in others:
            yield event

    provider = Playing(play)
    with serving(provider) as (server, _), connect(server) as connection:
        connection.send(post(message(stream=True)), b"not a request\r\n\r\n")
        status, _headers = connection.head()
        first = connection.chunk()
        proceed.set()
        body = first + b"".join(iter(connection.chunk, b""))
        assert (status, records(body)[-1].event) == (200, "message_stop")
        assert connection.answer().error == "The request is not valid HTTP/1.1."
        assert connection.rest() == b""
