"""One client for many event loops: each has its own connections, and none are left behind."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Awaitable, Callable, Iterator

import pytest

from rookery.errors import ConnectionFailedError
from rookery.transport.aiohttp_client import AiohttpClient
from rookery.transport.per_loop import PerLoop
from tests.transport.servers import Peer, Server, reply, serve


class Elsewhere:
    """A server on a loop of its own, which counts the connections that are open."""

    def __init__(self) -> None:
        self.open = 0
        self.server: Server | None = None
        self._changed = threading.Condition()
        self._ready, self._stop = threading.Event(), asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))

    def __enter__(self) -> Elsewhere:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self._loop.close()

    @property
    def url(self) -> str:
        assert self.server is not None
        return self.server.url

    def wait_until_open(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.open == count, 10), self.open

    def _add(self, change: int) -> None:
        with self._changed:
            self.open += change
            self._changed.notify_all()

    async def _handle(self, peer: Peer) -> None:
        self._add(1)
        try:
            while True:
                await peer.request()
                await peer.send(reply(b"ok"))
        finally:
            self._add(-1)

    async def _run(self) -> None:
        async with serve(self._handle) as self.server:
            self._ready.set()
            await self._stop.wait()


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    with Elsewhere() as server:
        yield server


@pytest.fixture
def client() -> PerLoop:
    return new()


def new() -> PerLoop:
    return PerLoop(lambda: AiohttpClient(connect_timeout=5, timeout=5))


async def read(client: PerLoop, url: str) -> bytes:
    async with client.post(url, headers={}, body=b"") as response:
        return await response.read()


def test_each_loop_has_connections_that_end_with_it(client: PerLoop, elsewhere: Elsewhere) -> None:
    for _ in range(3):
        assert asyncio.run(read(client, elsewhere.url)) == b"ok"
        elsewhere.wait_until_open(0)
    assert not client._loops


def test_a_loop_keeps_its_connection(client: PerLoop, elsewhere: Elsewhere) -> None:
    async def twice() -> None:
        for _ in range(2):
            await read(client, elsewhere.url)
        assert elsewhere.server is not None
        assert elsewhere.server.connections == 1

    asyncio.run(twice())


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # by asyncio: a loop just closed
def test_a_loop_that_is_just_closed_is_let_go(client: PerLoop, elsewhere: Elsewhere) -> None:
    loop = asyncio.new_event_loop()
    loop.run_until_complete(read(client, elsewhere.url))
    loop.close()
    assert asyncio.run(read(client, elsewhere.url)) == b"ok"
    assert not client._loops
    del loop
    gc.collect()
    elsewhere.wait_until_open(0)


class Other:
    """A loop in a thread."""

    def __enter__(self) -> Other:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()

    def read(self, client: PerLoop, url: str) -> bytes:
        return asyncio.run_coroutine_threadsafe(read(client, url), self.loop).result(10)


def test_closing_reaches_the_connections_of_other_loops(
    client: PerLoop, elsewhere: Elsewhere
) -> None:
    async def use_and(end: Callable[[], Awaitable[None]]) -> None:
        await read(client, elsewhere.url)
        await end()
        with pytest.raises(ConnectionFailedError, match="are closed"):
            await read(client, elsewhere.url)

    with Other() as other:
        assert other.read(client, elsewhere.url) == b"ok"
        asyncio.run(use_and(client.close))
        elsewhere.wait_until_open(0)
        asyncio.run(client.close())


def test_a_client_that_nobody_has_closes_its_connections(elsewhere: Elsewhere) -> None:
    with Other() as other:
        assert other.read(new(), elsewhere.url) == b"ok"
        gc.collect()
        elsewhere.wait_until_open(0)


def test_loops_side_by_side(client: PerLoop, elsewhere: Elsewhere) -> None:
    with Other() as one, Other() as two:
        for _ in range(3):
            for other in (one, two):
                assert other.read(client, elsewhere.url) == b"ok"
        elsewhere.wait_until_open(2)
        asyncio.run(client.close())
        elsewhere.wait_until_open(0)
