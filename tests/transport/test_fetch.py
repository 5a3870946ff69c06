"""Files are fetched from where everybody may look, and from nowhere else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from rookery.errors import FetchError
from rookery.internet.addresses import Address
from rookery.transport import fetch
from rookery.transport.fetch import MAX_REDIRECTS, Fetcher
from tests.transport.servers import Peer, serve

HERE = ip_address("127.0.0.1")
"""The one address that is public in these tests."""


def only_here(address: Address) -> bool:
    return address == HERE


class Names(AbstractResolver):
    """Resolves each name to its next address, and keeps the last."""

    def __init__(self, **names: list[str]) -> None:
        self.asked: list[str] = []
        self._names = names

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        addresses = self._names[host.partition(".")[0]]
        text = addresses.pop(0) if len(addresses) > 1 else addresses[0]
        return [
            ResolveResult(
                hostname=host,
                host=one,
                port=port,
                family=socket.AF_INET6 if ":" in one else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for one in text.split()
        ]

    async def close(self) -> None:
        pass


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def replying(*replies: bytes) -> tuple[Callable[[Peer], Awaitable[None]], list[dict[str, str]]]:
    """Answer one request after the other, the last for ever; and note what they had."""
    left, seen = list(replies), []

    async def handle(peer: Peer) -> None:
        received = await peer.request()
        seen.append({"path": received.path, **received.headers})
        await peer.send(left.pop(0) if len(left) > 1 else left[0])

    return handle, seen


def fetcher(**names: list[str]) -> tuple[Fetcher, Names]:
    resolver = Names(here=["127.0.0.1"], **names)
    return Fetcher(resolver=resolver, allow=only_here), resolver


async def test_a_file_is_fetched_without_any_word_about_who_wants_it() -> None:
    handle, seen = replying(answer(b"the file", "set-cookie: a=b"))
    async with serve(handle) as server:
        mine, _ = fetcher()
        for _ in range(2):
            assert await mine.fetch(f"http://here.example:{server.port}/a?b", 100) == b"the file"
    assert seen[0] == seen[1]
    assert set(seen[0]) == {"path", "host", "user-agent", "accept", "accept-encoding", "connection"}


async def test_the_default_refuses_this_machine() -> None:
    handle, seen = replying(answer(b"secret"))
    async with serve(handle) as server:
        for host in (
            *("127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "[::1]"),
            *("\uff11\uff12\uff17.0.0.1", "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460"),
            *("127\u30020\u30020\u30021", "[::ffff:127.0.0.1]"),
        ):
            with pytest.raises(FetchError):
                await Fetcher().fetch(f"http://{host}:{server.port}/", 100)
    assert seen == []


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "169.254.169.254", "::1", "127.0.0.2", "127.0.0.1 10.0.0.1"]
)
async def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    mine, names = fetcher(inside=[address])
    with pytest.raises(FetchError, match="not on the public internet"):
        await mine.fetch("http://inside.example/", 100)
    assert names.asked == ["inside.example"]


async def test_connected_is_to_the_address_that_was_checked() -> None:
    """A name that has another address when it is asked for again gains nothing."""
    handle, seen = replying(answer(b"the file"))
    async with serve(handle) as server:
        mine, names = fetcher(turning=["127.0.0.1", "127.0.0.2"])
        url = f"http://turning.example:{server.port}/"
        assert await mine.fetch(url, 100) == b"the file"
        assert names.asked == ["turning.example"]
        with pytest.raises(FetchError):
            await mine.fetch(url, 100)
    assert len(seen) == 1


@pytest.mark.parametrize(
    "location",
    [
        "http://10.0.0.1/",
        "http://[::1]/",
        "http://inside.example/",
        "//169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "ftp://here.example/",
        "http://user:password@here.example/",
        "http://[/",
    ],
)
async def test_every_redirect_is_checked(location: str) -> None:
    handle, seen = replying(answer(b"", f"location: {location}", status="302 Found"))
    async with serve(handle) as server:
        mine, _ = fetcher(inside=["10.0.0.1"])
        with pytest.raises(FetchError):
            await mine.fetch(f"http://here.example:{server.port}/", 100)
    assert len(seen) == 1


async def test_redirects_are_followed_but_not_for_ever() -> None:
    away = answer(b"", "location: /next", status="302 Found")
    handle, seen = replying(*[away] * MAX_REDIRECTS, answer(b"the file"))
    async with serve(handle) as server:
        mine, _ = fetcher()
        assert await mine.fetch(f"http://here.example:{server.port}/", 100) == b"the file"
        assert [one["path"] for one in seen] == ["/", *["/next"] * MAX_REDIRECTS]
    handle, seen = replying(away)
    async with serve(handle) as server:
        with pytest.raises(FetchError, match="too many redirects"):
            await mine.fetch(f"http://here.example:{server.port}/", 100)
    assert len(seen) == MAX_REDIRECTS + 1


async def test_the_size_is_limited_also_where_it_was_not_announced() -> None:
    endless = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1000
    for reply in (answer(b"x" * 101), endless):
        handle, _ = replying(reply)
        async with serve(handle) as server:
            mine, _ = fetcher()
            with pytest.raises(FetchError, match="too large"):
                await mine.fetch(f"http://here.example:{server.port}/", 100)


async def test_the_time_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(peer: Peer) -> None:
        await peer.request()
        await peer.gone()

    monkeypatch.setattr(fetch, "SECONDS", 0.1)
    async with serve(silent) as server:
        mine, _ = fetcher()
        with pytest.raises(FetchError, match="too long"):
            await mine.fetch(f"http://here.example:{server.port}/", 100)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (answer(b"", status="404 Not Found"), "answered with 404"),
        (answer(b"\x1f\x8b", "content-encoding: gzip"), "compressed"),
        (b"not HTTP\r\n\r\n", "failed"),
        (b"", "failed"),
    ],
)
async def test_what_is_no_file_is_refused(reply: bytes, words: str) -> None:
    handle, _ = replying(reply)
    async with serve(handle) as server:
        mine, _ = fetcher()
        with pytest.raises(FetchError, match=words):
            await mine.fetch(f"http://here.example:{server.port}/", 100)


@pytest.mark.parametrize("url", ["", "a.png", "http://", "data:,a", "http://here.example:x/"])
async def test_what_is_no_address_is_refused(url: str) -> None:
    mine, _ = fetcher()
    with pytest.raises(FetchError):
        await mine.fetch(url, 100)


async def test_nothing_stays_open() -> None:
    closed = asyncio.Event()

    async def handle(peer: Peer) -> None:
        await peer.request()
        await peer.send(answer(b"the file", "connection: keep-alive"))
        await peer.gone()
        closed.set()

    async with serve(handle) as server:
        mine, _ = fetcher()
        await mine.fetch(f"http://here.example:{server.port}/", 100)
        await asyncio.wait_for(closed.wait(), 10)
