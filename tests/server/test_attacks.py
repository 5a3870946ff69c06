"""Clients that mean harm: each gets what is due to it, and the others notice nothing."""

from __future__ import annotations

import asyncio
import random
import socket
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import ExitStack

import pytest

from rookery.server import aging
from rookery.server.files import raise_limit
from rookery.server.head import MAX_HEAD
from rookery.server.local import LocalServer
from rookery.server.protocol import MAX_WAITING
from rookery.wire.events import Event
from rookery.wire.messages import Request
from tests.server.client import (
    AUTHORIZED,
    KEY,
    Connection,
    Playing,
    always,
    ask,
    connect,
    get,
    head,
    message,
    post,
    reply,
    serving,
    until,
)

CHUNKED = {**AUTHORIZED, "transfer-encoding": "chunked"}
SHORT = 0.3
"""Seconds of a timeout in these tests."""
QUICK = {"head_timeout": SHORT, "body_timeout": SHORT}


@pytest.fixture
def quick() -> Iterator[LocalServer]:
    with serving(always(), **QUICK, idle_timeout=30.0) as (server, _):
        yield server
        until(lambda: not server.connections)


def trickle(connection: Connection, data: bytes) -> None:
    """Send byte by byte, until the server has had enough."""
    stop = threading.Event()
    for index in range(len(data)):
        try:
            connection.send(data[index : index + 1])
        except OSError:
            return
        stop.wait(SHORT / 6)


def test_a_head_that_trickles_in_is_not_waited_for(quick: LocalServer) -> None:
    with connect(quick) as connection:
        trickle(connection, b"GET /healthz HTTP/1.1\r\n")
        assert connection.answer().status == 408
        assert connection.rest() == b""


def test_a_body_that_trickles_in_is_not_waited_for(quick: LocalServer) -> None:
    for headers in ({**AUTHORIZED, "content-length": "1000"}, CHUNKED):
        with connect(quick) as connection:
            connection.send(head(headers=headers), b"20\r\n")
            trickle(connection, b"{" * 20)
            answer = connection.answer()
            assert answer.json["error"]["details"] == {"error_code": "request_body_timeout"}
            assert (answer.status, answer.headers["connection"]) == (400, "close")
            assert connection.rest() == b""


def test_a_request_that_waits_for_its_turn_is_not_called_slow() -> None:
    proceed = threading.Event()

    async def play(request: Request) -> AsyncGenerator[Event, None]:
        await asyncio.to_thread(proceed.wait, 10)
        for event in reply():
            yield event

    with serving(Playing(play), **QUICK) as (server, _), connect(server) as connection:
        body = b" " * 70_000 + message()  # more than is read ahead of its turn
        connection.send(post(message()), post(body))
        until(lambda: len(server.connections) == 1)
        threading.Event().wait(SHORT * 3)
        proceed.set()
        assert connection.answer().status == 200
        assert connection.answer().status == 200


def endless(server_ended: threading.Event) -> Playing:
    async def play(request: Request) -> AsyncGenerator[Event, None]:
        first, start, delta, *_ = reply("x" * 10_000)
        yield first
        yield start
        while not server_ended.is_set():
            yield delta

    return Playing(play)


def test_a_stream_that_nobody_reads_ends() -> None:
    stop = threading.Event()
    provider = endless(stop)
    try:
        with serving(provider, write_timeout=SHORT, **QUICK) as (server, _):
            with connect(server) as connection:
                connection.send(post(message(stream=True)))
                until(provider.ended.is_set)
                until(lambda: not server.connections)
            assert get(server, "/healthz", {}).status == 200
    finally:
        stop.set()


def test_a_reply_that_nobody_takes_is_let_go() -> None:
    text = "x" * 8_000_000
    settings = {"write_timeout": SHORT, **QUICK}
    with serving(always(text), **settings) as (server, usage), connect(server) as connection:
        connection.send(post(message(max_tokens=128_000, model="claude-opus-5")))
        until(lambda: len(usage.rows) == 1)
        until(lambda: not server.connections)


def test_a_connection_that_says_nothing_more_is_closed() -> None:
    with serving(always(), idle_timeout=SHORT, **QUICK) as (server, _):
        with connect(server) as connection:
            connection.send(post(message()))
            assert connection.answer().status == 200
            assert connection.rest() == b""
        with connect(server) as connection:
            assert connection.rest() == b""


def test_the_rest_of_a_body_that_was_refused_is_not_read_for_long(
    quick: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aging, "LINGER", SHORT)
    with connect(quick) as connection:
        connection.send(head(headers={**AUTHORIZED, "content-length": str(10**12)}))
        assert connection.answer().status == 413
        trickle(connection, b" " * 100)
        assert connection.rest() == b""


def test_a_body_that_was_announced_and_refused_cannot_be_taken_for_a_request(
    server: LocalServer,
) -> None:
    with connect(server) as connection:
        headers = {"content-length": "10", "expect": "100-continue"}
        connection.send(head(headers=headers))
        answer = connection.answer()
        assert (answer.status, answer.headers["connection"]) == (401, "close")
        assert connection.rest() == b""


def test_headers_behind_a_chunked_body_are_dropped(server: LocalServer) -> None:
    body = message()
    headers = {"anthropic-version": "2026-10-21", "transfer-encoding": "chunked"}
    chunks = b"%x\r\n%b\r\n0\r\nx-api-key: %b\r\n\r\n" % (len(body), body, KEY.encode())
    assert ask(server, head(headers=headers) + chunks).status == 401


def test_a_body_longer_than_announced_is_no_part_of_the_request(server: LocalServer) -> None:
    with connect(server) as connection:
        connection.send(post(message()), b"the rest of the body")
        assert connection.answer().status == 200
        assert connection.answer().status == 400
        assert connection.rest() == b""


def test_a_body_shorter_than_announced_is_no_request(quick: LocalServer) -> None:
    body = message()
    headers = {**AUTHORIZED, "content-length": str(len(body) + 1)}
    assert ask(quick, head(headers=headers) + body).status == 400


def test_a_large_head_is_refused_in_whatever_pieces_it_comes(server: LocalServer) -> None:
    request = head("GET", "/healthz", {"x-filler": "x" * MAX_HEAD})
    for size in (len(request), 30_000, 1_000):
        with connect(server) as connection:
            connection.send(*(request[i : i + size] for i in range(0, len(request), size)))
            assert connection.answer().status == 431


def test_a_head_just_small_enough_is_read_in_whatever_pieces_it_comes(server: LocalServer) -> None:
    request = head("GET", "/healthz", {"x-filler": "x" * (MAX_HEAD - 200)})
    for size in (len(request), 30_000, 1_000):
        with connect(server) as connection:
            connection.send(*(request[i : i + size] for i in range(0, len(request), size)))
            assert connection.answer().status == 200


def test_no_more_requests_wait_on_a_connection_than_are_allowed() -> None:
    proceed = threading.Event()

    async def play(request: Request) -> AsyncGenerator[Event, None]:
        await asyncio.to_thread(proceed.wait, 10)
        for event in reply():
            yield event

    with serving(Playing(play)) as (server, _), connect(server) as connection:
        connection.send(post(message()) + head("GET", "/healthz") * (MAX_WAITING + 1))
        proceed.set()
        statuses = [connection.answer().status for _ in range(MAX_WAITING + 2)]
        assert statuses == [200] * (MAX_WAITING + 1) + [529]
        assert connection.rest() == b""


def test_connections_beyond_the_limit_are_turned_away(capfd: pytest.CaptureFixture[str]) -> None:
    with serving(always(), max_connections=5) as (server, _):
        with ExitStack() as stack:
            several = [stack.enter_context(connect(server)) for _ in range(5)]
            until(lambda: len(server.connections) == 5)
            for _ in range(3):
                with connect(server) as one_more:
                    assert one_more.answer().status == 529
                    assert one_more.rest() == b""
            several[0].send(head("GET", "/healthz"))
            assert several[0].answer().status == 200
        until(lambda: not server.connections)
        assert get(server, "/healthz", {}).status == 200


def test_a_thousand_idle_connections_disturb_nobody() -> None:
    raise_limit()
    with serving(always()) as (server, _):
        with ExitStack() as stack:
            for _ in range(1000):
                stack.enter_context(connect(server))
            until(lambda: len(server.connections) == 1000)
            assert ask(server, post(message())).status == 200
        until(lambda: not server.connections)


def test_a_flood_of_wrong_keys_is_refused_one_by_one(server: LocalServer) -> None:
    with connect(server) as connection:
        for start in range(0, 1000, 50):
            keys = [{"x-api-key": f"sk-{start + i}"} for i in range(50)]
            connection.send(b"".join(post(message(), key) for key in keys))
            assert {connection.answer().status for _ in keys} == {401}
    assert ask(server, post(message())).status == 200


@pytest.mark.parametrize("seed", range(40))
def test_garbage_is_refused_or_left(server: LocalServer, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311
    good = post(message(), CHUNKED) if seed % 2 else post(message())
    data = bytearray(good if seed % 4 else dice.randbytes(2000))
    for _ in range(dice.randrange(1, 20)):
        data[dice.randrange(len(data))] = dice.randrange(256)
    with connect(server) as connection:
        connection.send(bytes(data))
        connection.socket.shutdown(socket.SHUT_WR)
        answer = connection.rest()
    assert b" 500 " not in answer[:20]
    assert ask(server, post(message())).status == 200


def test_a_half_closed_connection_leaves_nothing_behind(quick: LocalServer) -> None:
    for data in (b"", b"GET", head("POST", headers={**AUTHORIZED, "content-length": "5"}) + b"{"):
        with connect(quick) as connection:
            connection.send(data)
            connection.socket.shutdown(socket.SHUT_WR)
            connection.rest()
    until(lambda: not quick.connections)


def test_nothing_is_read_behind_a_request_that_says_it_is_the_last(server: LocalServer) -> None:
    with connect(server) as connection:
        last = post(message(), {**AUTHORIZED, "connection": "close"})
        connection.send(last + post(message()) + b"garbage")
        assert connection.answer().status == 200
        assert connection.rest() == b""
