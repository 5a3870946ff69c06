"""Fetches a file whose address a stranger gave: from the public internet, or not at all.

Only `client.new_fetcher` imports this module, since aiohttp is slow to import.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import AddrInfoType
from aiohttp.resolver import ThreadedResolver

from rookery import __version__
from rookery.errors import FetchError
from rookery.internet.addresses import Address, is_public, parse

MAX_REDIRECTS = 5
SECONDS = 20.0
"""For one file, with all its redirects."""
CONNECT_SECONDS = 5.0
HEADERS = {"user-agent": f"rookery/{__version__}", "accept-encoding": "identity"}
NOT_PUBLIC = "It is not on the public internet."
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

Allow = Callable[[Address], bool]
AllowHost = Callable[[str], bool]


class Fetched(NamedTuple):
    """A file from the internet."""

    url: str
    """Where it was found, after all redirects."""
    content_type: str
    data: bytes


def _any(host: str) -> bool:
    """Let every host be asked."""
    del host
    return True


class Fetcher:
    """Fetches files by http and https, each on a connection of its own, without any credentials.

    A name is resolved once for each connection, and connected is to the address that was checked.
    """

    def __init__(
        self, *, resolver: AbstractResolver | None = None, allow: Allow = is_public
    ) -> None:
        """Connect to what `allow` allows; `resolver` finds addresses, by default the system's."""
        self._resolver = resolver
        self._allow = allow

    async def fetch(self, url: str, limit: int) -> bytes:
        """Return a file of at most `limit` bytes.

        Raises FetchError where there is none, it is too large or too slow, or it lies elsewhere
        than on the public internet.
        """
        return (await self.get(url, limit)).data

    async def get(self, url: str, limit: int, *, allow_host: AllowHost = _any) -> Fetched:
        """Return a file of at most `limit` bytes, with where it was found and what it is.

        `allow_host` says which hosts may be asked, also by redirects. Raises FetchError as `fetch`.
        """
        connector = aiohttp.TCPConnector(
            resolver=_Checked(self._resolver or ThreadedResolver(), self._allow),
            socket_factory=self._socket,
            use_dns_cache=False,
            force_close=True,
        )
        timeout = aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS)
        try:
            async with (
                asyncio.timeout(SECONDS),
                aiohttp.ClientSession(
                    connector=connector,
                    timeout=timeout,
                    cookie_jar=aiohttp.DummyCookieJar(),
                    headers=HEADERS,
                    auto_decompress=False,
                    trust_env=False,
                ) as session,
            ):
                return await self._follow(session, url, limit, allow_host)
        except TimeoutError as error:
            raise FetchError("It took too long.") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if isinstance(getattr(error, "os_error", None), _NotPublicError):
                raise FetchError(NOT_PUBLIC) from error
            raise FetchError("The connection failed.") from error

    async def _follow(
        self, session: aiohttp.ClientSession, url: str, limit: int, allow_host: AllowHost
    ) -> Fetched:
        for _ in range(MAX_REDIRECTS + 1):
            _check(url, allow_host)
            async with session.get(url, allow_redirects=False) as response:
                if response.status not in _REDIRECTS:
                    kind = response.headers.get("content-type", "")
                    return Fetched(url, kind, await _read(response, limit))
                url = urljoin(url, response.headers.get("location", ""))
        raise FetchError("There are too many redirects.")

    def _socket(self, info: AddrInfoType) -> socket.socket:
        """Return a socket for an address to connect to, however the URL wrote it.

        A host that is an address is not resolved, and may be one in other scripts' digits.
        """
        family, kind, protocol, _, (host, *_) = info
        address = parse(str(host))
        if address is None or not self._allow(address):
            raise _NotPublicError
        return socket.socket(family, kind, protocol)


def _check(url: str, allow_host: AllowHost) -> None:
    """Refuse what is no address of a file, or not one that may be asked."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FetchError("It is not an address of http or https.")
    if parts.username is not None or parts.password is not None:
        raise FetchError("The address has credentials.")
    if not allow_host(parts.hostname):
        raise FetchError(f"The host {parts.hostname} is not among those that may be asked.")


class _NotPublicError(OSError):
    """What aiohttp takes for a name that cannot be resolved, or an address that is not there."""


class _Checked(AbstractResolver):
    """Finds addresses, and gives out the allowed ones only."""

    def __init__(self, resolver: AbstractResolver, allow: Allow) -> None:
        self._resolver = resolver
        self._allow = allow

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        addresses = [parse(result["host"]) for result in found]
        # One that is not public among them is no accident either.
        if not addresses or any(one is None or not self._allow(one) for one in addresses):
            raise _NotPublicError
        return found

    async def close(self) -> None:
        await self._resolver.close()


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes:
    if response.status != 200:
        raise FetchError(f"The server answered with {response.status}.")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise FetchError("The server sent it compressed.")
    pieces = []
    size = 0
    async for piece in response.content.iter_any():
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            raise FetchError("It is too large.")
    return b"".join(pieces)
