"""What every outgoing HTTP client keeps to, against real servers. A new one is a row of CLIENTS."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import threading
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from rookery.errors import APIError, ConnectionFailedError, GatewayTimeoutError
from rookery.transport.aiohttp_client import AiohttpClient
from rookery.transport.base import HttpClient, Response
from rookery.transport.per_loop import PerLoop
from tests.transport.servers import (
    STREAM_HEAD,
    Peer,
    Received,
    always,
    chunked,
    reply,
    serve,
)

Make = Callable[..., HttpClient]


def per_loop(**options: Any) -> HttpClient:
    return PerLoop(lambda: AiohttpClient(**options))


CLIENTS: dict[str, Make] = {"aiohttp": AiohttpClient, "per loop": per_loop}
ONE_LOOP: dict[str, Make] = {"aiohttp": AiohttpClient}

SECRET = "sk-secret-0123456789"


@pytest.fixture(params=CLIENTS)
def make(request: pytest.FixtureRequest) -> Make:
    return CLIENTS[request.param]


@pytest.fixture
async def client(make: Make) -> AsyncIterator[HttpClient]:
    client = make(connect_timeout=5.0, timeout=5.0)
    yield client
    await client.close()


async def read(client: HttpClient, url: str, body: bytes = b"{}") -> tuple[int, bytes]:
    async with client.post(url, headers={"x-api-key": SECRET}, body=body) as response:
        return response.status, await response.read()


async def failure(client: HttpClient, url: str, body: bytes = b"{}") -> APIError:
    with pytest.raises(APIError) as caught:
        await read(client, url, body)
    assert SECRET not in caught.value.message
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


# --- what is sent --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 2, 300_000, 3_000_000])
async def test_the_request_arrives_as_it_was_given(client: HttpClient, size: int) -> None:
    seen: list[Received] = []

    async def handler(peer: Peer) -> None:
        seen.append(await peer.request())
        await peer.send(reply())

    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    async with serve(handler) as server:
        headers = {"content-type": "application/json", "x-api-key": SECRET}
        url = f"{server.url}/v1/a%20b?beta=true"
        async with client.post(url, headers=headers, body=body) as response:
            await response.read()
    [request] = seen
    assert request.line == "POST /v1/a%20b?beta=true HTTP/1.1"
    assert request.body == body
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-api-key"] == SECRET
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["user-agent"].startswith("rookery/")
    assert "cookie" not in request.headers


async def test_connections_are_kept_and_cookies_are_not(client: HttpClient) -> None:
    seen: list[Received] = []

    async def handler(peer: Peer) -> None:
        while True:
            seen.append(await peer.request())
            await peer.send(reply(b"ok", headers={"set-cookie": "a=b"}))

    async with serve(handler) as server:
        for _ in range(3):
            assert await read(client, server.url) == (200, b"ok")
        assert server.connections == 1
    assert all("cookie" not in request.headers for request in seen)


async def test_requests_run_side_by_side(client: HttpClient) -> None:
    everyone = asyncio.Barrier(150)

    async def handler(peer: Peer) -> None:
        await peer.request()
        await everyone.wait()
        await peer.send(reply(b"ok"))

    async with serve(handler) as server:
        replies = await asyncio.gather(*(read(client, server.url) for _ in range(150)))
    assert replies == [(200, b"ok")] * 150


# --- what comes back -----------------------------------------------------------------------------


async def test_status_headers_and_body(client: HttpClient) -> None:
    answer = reply(b"\x00\xff", status="529 Overloaded", headers={"Retry-After": "3", "X-A": "1"})
    answer = answer.replace(b"X-A: 1", b"X-A: 1\r\nx-a: 2")
    async with (
        serve(always(answer)) as server,
        client.post(server.url, headers={}, body=b"") as response,
    ):
        assert response.status == 529
        assert response.headers["retry-after"] == "3"
        assert response.headers["x-a"] == "1, 2"
        assert await response.read() == b"\x00\xff"


async def test_interim_replies_are_skipped(client: HttpClient) -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
    async with serve(always(interim, reply(b"ok"))) as server:
        assert await read(client, server.url) == (200, b"ok")


async def test_redirects_are_not_followed(client: HttpClient) -> None:
    answer = reply(b"", status="307 Temporary Redirect", headers={"location": "/elsewhere"})
    async with serve(always(answer)) as server:
        assert (await read(client, server.url))[0] == 307
        assert server.connections == 1


async def test_a_body_without_a_length_ends_with_the_connection(client: HttpClient) -> None:
    async with serve(always(b"HTTP/1.1 200 OK\r\n\r\nall of it", keep=False)) as server:
        assert await read(client, server.url) == (200, b"all of it")


async def test_an_early_reply_is_read_though_the_body_was_not(client: HttpClient) -> None:
    async def handler(peer: Peer) -> None:
        await peer.reader.readuntil(b"\r\n\r\n")
        await peer.send(reply(b"too large", status="413 Content Too Large"))
        await peer.gone()

    async with serve(handler) as server:
        assert await read(client, server.url, b"x" * 20_000_000) == (413, b"too large")


async def chunks(response: Response) -> bytes:
    return b"".join([chunk async for chunk in response.chunks()])


@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_a_chunked_body_is_whole_in_any_split(client: HttpClient, size: int) -> None:
    body = b"".join(b"event: e\ndata: %d\n\n" % n for n in range(40))
    wire = STREAM_HEAD + b"".join(chunked(body, [5] * 20))
    pieces = [wire[i : i + size] for i in range(0, len(wire), size)]
    async with serve(always(*pieces)) as server:
        for _ in range(2):
            async with client.post(server.url, headers={}, body=b"") as response:
                assert await chunks(response) == body
        assert server.connections == 1


async def test_a_chunk_is_given_when_it_arrives(client: HttpClient) -> None:
    read_it = asyncio.Event()

    async def handler(peer: Peer) -> None:
        await peer.request()
        for piece in (b"one", b"two"):
            await peer.send(b"%x\r\n%b\r\n" % (len(piece), piece) if piece != b"one" else b"")
            if piece == b"one":
                await peer.send(STREAM_HEAD, b"3\r\none\r\n")
                await read_it.wait()
        await peer.send(b"0\r\n\r\n")

    async with (
        serve(handler) as server,
        client.post(server.url, headers={}, body=b"") as response,
    ):
        seen = []
        async for chunk in response.chunks():
            seen.append(chunk)
            read_it.set()
    assert seen == [b"one", b"two"]


def flushed(*pieces: bytes) -> list[bytes]:
    """Compress a stream as proxies do: each piece can be read once it is there."""
    packer = zlib.compressobj(wbits=31)
    out = [packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH) for piece in pieces]
    return [*out, packer.flush()]


async def test_a_compressed_stream_is_given_decompressed_piece_by_piece(client: HttpClient) -> None:
    head = STREAM_HEAD.replace(b"\r\n\r\n", b"\r\ncontent-encoding: gzip\r\n\r\n")
    first_read = asyncio.Event()
    one, two, end = flushed(b"data: 1\n\n", b"data: 2\n\n")

    async def handler(peer: Peer) -> None:
        await peer.request()
        await peer.send(head, b"%x\r\n%b\r\n" % (len(one), one))
        await first_read.wait()
        await peer.send(b"".join(chunked(two + end)))

    async with (
        serve(handler) as server,
        client.post(server.url, headers={}, body=b"") as response,
    ):
        assert "content-encoding" not in response.headers
        seen = b""
        async for chunk in response.chunks():
            seen += chunk
            first_read.set()
    assert seen == b"data: 1\n\ndata: 2\n\n"


async def test_a_body_has_a_limit_that_counts_what_is_unpacked(client: HttpClient) -> None:
    packed = gzip.compress(bytes(1_000_000))
    answer = reply(packed, headers={"content-encoding": "gzip"})
    async with serve(always(answer)) as server:
        async with client.post(server.url, headers={}, body=b"") as response:
            with pytest.raises(ConnectionFailedError, match="more than 999999 bytes"):
                await response.read(999_999)
        async with client.post(server.url, headers={}, body=b"") as response:
            assert len(await response.read(1_000_000)) == 1_000_000


# --- what goes wrong -----------------------------------------------------------------------------


async def test_nobody_listens(client: HttpClient) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        error = await failure(client, f"http://127.0.0.1:{port}/v1/path?key={SECRET}")
    assert isinstance(error, ConnectionFailedError)
    assert error.message == (
        f"The model backend at http://127.0.0.1:{port} could not be reached: it refused."
    )


async def test_no_such_host(client: HttpClient) -> None:
    error = await failure(client, "http://no-such-host.invalid")
    assert isinstance(error, ConnectionFailedError)
    assert "no-such-host.invalid cannot be found by its name" in error.message


async def test_the_user_in_an_address_is_not_told(client: HttpClient) -> None:
    async with serve(always(b"", keep=False)) as server:
        url = server.url.replace("http://", f"http://user:{SECRET}@")
        error = await failure(client, url)
    assert "user" not in error.message


BROKEN = {
    "silence": b"",
    "half a head": b"HTTP/1.1 200 OK\r\ncontent-le",
    "not HTTP": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "a header line without end": b"HTTP/1.1 200 OK\r\nx: " + SECRET.encode() * 5000 + b"\r\n\r\n",
    "too many headers": b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 1000 + b"\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    "half a body": b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc",
    "half a chunk": STREAM_HEAD + b"a\r\nabc",
    "no last chunk": STREAM_HEAD + b"3\r\nabc\r\n",
    "a chunk of no size": STREAM_HEAD + b"zz\r\nabc\r\n",
    "not gzip": reply(b"plain", headers={"content-encoding": "gzip"}),
    "what is no brotli": reply(b"\xff" * 9, headers={"content-encoding": "br"}),
}


@pytest.mark.parametrize("wire", BROKEN.values(), ids=BROKEN)
async def test_a_broken_reply_is_a_failed_connection(client: HttpClient, wire: bytes) -> None:
    async with serve(always(wire, keep=False)) as server:
        error = await failure(client, server.url)
    assert isinstance(error, ConnectionFailedError)
    assert str(server.port) in error.message


@pytest.mark.parametrize("wire", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"])
async def test_a_reset_connection(client: HttpClient, wire: bytes) -> None:
    async def handler(peer: Peer) -> None:
        await peer.request()
        await peer.send(wire)
        peer.reset()

    async with serve(handler) as server:
        assert isinstance(await failure(client, server.url), ConnectionFailedError)


@pytest.mark.parametrize("wire", [b"", b"HTTP/1.1 200 OK\r\n", STREAM_HEAD + b"3\r\nabc\r\n"])
async def test_silence_is_a_timeout(make: Make, wire: bytes) -> None:
    async def handler(peer: Peer) -> None:
        await peer.request()
        await peer.send(wire)
        await peer.gone()

    client = make(connect_timeout=5.0, timeout=0.05)
    async with serve(handler) as server:
        error = await failure(client, server.url)
        await client.close()
    assert isinstance(error, GatewayTimeoutError)
    assert "did not answer in time" in error.message


async def test_a_stream_that_goes_on_has_no_timeout(make: Make) -> None:
    async def handler(peer: Peer) -> None:
        await peer.request()
        await peer.send(STREAM_HEAD)
        for _ in range(12):
            await asyncio.sleep(0.02)
            await peer.send(b"1\r\na\r\n")
        await peer.send(b"0\r\n\r\n")

    client = make(connect_timeout=5.0, timeout=0.15)
    async with serve(handler) as server:
        assert await read(client, server.url) == (200, b"a" * 12)
        await client.close()


async def test_connecting_takes_too_long(make: Make) -> None:
    client = make(connect_timeout=0.05, timeout=5.0)
    with socket.socket() as full, contextlib.ExitStack() as waiting:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):  # fill the queue of connections that nobody accepts
            other = waiting.enter_context(socket.socket())
            other.setblocking(False)
            other.connect_ex(full.getsockname())
        error = await failure(client, f"http://127.0.0.1:{full.getsockname()[1]}")
    await client.close()
    assert isinstance(error, ConnectionFailedError)
    assert "could not be reached in time" in error.message


# --- connections of the pool ---------------------------------------------------------------------


class ClosingServer(threading.Thread):
    """Answers one request per connection, promises to keep it, and closes it: on a thread.

    So the close is in the kernel before the client's event loop has had a turn to see it.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self.answered = threading.Semaphore(0)
        self.close_now = threading.Semaphore(0)
        self.closed = threading.Semaphore(0)

    def run(self) -> None:
        for _ in range(2):
            connection, _ = self.listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(reply(b"ok"))
                self.close_now.acquire()
            self.closed.release()
        self.listening.close()


async def test_a_connection_closed_while_idle_fails_no_request(client: HttpClient) -> None:
    server = ClosingServer()
    server.start()
    assert await read(client, server.url) == (200, b"ok")
    server.close_now.release()
    server.closed.acquire()  # blocks this loop: it must not see the close by itself
    assert await read(client, server.url) == (200, b"ok")
    server.close_now.release()
    await asyncio.to_thread(server.join)


@pytest.mark.parametrize("late", [False, True])
async def test_what_nobody_asked_for_is_not_the_next_reply(client: HttpClient, late: bool) -> None:
    done, forged = asyncio.Event(), asyncio.Event()

    async def handler(peer: Peer) -> None:
        first = server.connections == 1
        await peer.request()
        pieces = [reply(b"true"), reply(b"forged")]
        await peer.send(b"".join(pieces[: 1 if late or not first else 2]))
        if first and late:
            await done.wait()
            await peer.send(pieces[1])
            forged.set()
        await peer.gone()

    async with serve(handler) as server:
        assert await read(client, server.url) == (200, b"true")
        done.set()
        if late:
            await forged.wait()
        assert await read(client, server.url) == (200, b"true")
        assert server.connections == 2


async def test_a_request_that_was_sent_is_not_sent_again(client: HttpClient) -> None:
    seen: list[Received] = []

    async def handler(peer: Peer) -> None:
        seen.append(await peer.request())
        await peer.send(reply())
        seen.append(await peer.request())  # and now hang up without an answer

    async with serve(handler) as server:
        await read(client, server.url)
        assert isinstance(await failure(client, server.url), ConnectionFailedError)
    assert len(seen) == 2


async def endless(peer: Peer) -> None:
    await peer.request()
    await peer.send(STREAM_HEAD, b"3\r\nabc\r\n")
    await peer.gone()


async def test_leaving_early_closes_the_connection(client: HttpClient) -> None:
    ended = asyncio.Event()

    async def handler(peer: Peer) -> None:
        await endless(peer)
        ended.set()

    async with serve(handler) as server:
        async with client.post(server.url, headers={}, body=b"") as response:
            async for _ in response.chunks():
                break
        await asyncio.wait_for(ended.wait(), 5)


@pytest.mark.parametrize("answers", [True, False], ids=["in the body", "before the head"])
async def test_cancellation_closes_the_connection(client: HttpClient, answers: bool) -> None:
    waiting, ended = asyncio.Event(), asyncio.Event()

    async def handler(peer: Peer) -> None:
        await peer.request()
        if answers:
            await peer.send(STREAM_HEAD, b"3\r\nabc\r\n")
        waiting.set()
        await peer.gone()
        ended.set()

    async with serve(handler) as server:
        task = asyncio.create_task(read(client, server.url))
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(ended.wait(), 5)


async def test_a_reader_that_stops_at_the_last_event_keeps_the_connection(
    client: HttpClient,
) -> None:
    async with serve(always(STREAM_HEAD, b"3\r\nend\r\n", b"0\r\n\r\n")) as server:
        for _ in range(3):
            async with client.post(server.url, headers={}, body=b"") as response:
                async for chunk in response.chunks():
                    if chunk == b"end":
                        break
        assert server.connections == 1


async def test_a_closed_client_refuses(make: Make) -> None:
    client = make(connect_timeout=5.0, timeout=5.0)
    await client.close()
    assert isinstance(await failure(client, "http://127.0.0.1:1"), ConnectionFailedError)


@pytest.mark.parametrize("make", ONE_LOOP.values(), ids=ONE_LOOP)
def test_a_client_belongs_to_one_loop(make: Make) -> None:
    client = make(connect_timeout=5.0, timeout=5.0)

    async def once() -> None:
        async with serve(always(reply(), keep=False)) as server:
            await read(client, server.url)

    with asyncio.Runner() as first:
        first.run(once())
        with asyncio.Runner() as second, pytest.raises(RuntimeError, match="event loop"):
            second.run(once())
        first.run(client.close())


# --- TLS -----------------------------------------------------------------------------------------


async def test_a_certificate_is_checked(make: Make, certificate: tuple[Path, Path]) -> None:
    import ssl

    file, key = certificate
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(file, key)
    async with serve(always(reply(b"ok")), tls=own) as server:
        stranger = make(connect_timeout=5.0, timeout=5.0)
        error = await failure(stranger, server.url)
        await stranger.close()
        assert "its TLS certificate is not valid" in error.message

        trusting = make(
            connect_timeout=5.0, timeout=5.0, tls=ssl.create_default_context(cafile=str(file))
        )
        for _ in range(2):
            assert await read(trusting, server.url) == (200, b"ok")
        assert server.connections <= 2
        await trusting.close()


async def test_tls_to_a_server_without_it(client: HttpClient) -> None:
    async def handler(peer: Peer) -> None:
        await peer.send(reply(status="400 Bad Request"))

    async with serve(handler) as server:
        error = await failure(client, server.url.replace("http:", "https:"))
    assert isinstance(error, ConnectionFailedError)
