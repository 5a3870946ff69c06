"""What every outgoing HTTP client is.

A client belongs to one event loop: the first that it is used on; `per_loop` makes one of many. It
keeps connections alive, verifies TLS, follows no redirects and stores no cookies. Leaving a reply
before it was read to its end, also by cancellation, closes its connection.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

MAX_BODY = 64 * 1024 * 1024
"""Bytes of a reply that is read whole; a longer one is refused."""

MAX_HEADER_LINE = 16 * 1024
"""Bytes of one header line."""

MAX_HEADERS = 200
"""Header lines of a reply."""


class Response(Protocol):
    """A reply whose head has arrived. Errors of its body are errors.APIError too."""

    @property
    def status(self) -> int:
        """The HTTP status; never an interim one (1xx, but for an unasked 101)."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, names in lower case; a repeated one is joined with commas.

        Where the body was compressed, it is given decompressed and these do not say so.
        """
        ...

    async def read(self, limit: int = MAX_BODY) -> bytes:
        """Return the whole body. Raises ConnectionFailedError where it has more than `limit`."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes, in pieces of any size. It has no limit."""
        ...


class HttpClient(Protocol):
    """Sends requests over pooled connections."""

    def post(
        self, url: str, *, headers: Mapping[str, str], body: bytes
    ) -> AbstractAsyncContextManager[Response]:
        """Send `body`, and enter with the reply once its head is there.

        Raises ConnectionFailedError and GatewayTimeoutError. A request is sent at most once: a
        pooled connection that the other side has closed is replaced before anything is written,
        and an error after that is the caller's to repeat.
        """
        ...

    async def close(self) -> None:
        """Close all connections; the client cannot be used after this."""
        ...


Fetch = Callable[[str, int], Awaitable[bytes]]
"""Returns the file at an address, of so many bytes at most. Raises FetchError."""
