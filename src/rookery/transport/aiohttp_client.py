"""The HTTP client on aiohttp. Only `client.new_client` imports this module, since it is slow to."""

from __future__ import annotations

import asyncio
import io
import select
import ssl
import weakref
from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING

import aiohttp

from rookery import __version__
from rookery.errors import ConnectionFailedError, GatewayTimeoutError
from rookery.transport.base import MAX_BODY, MAX_HEADER_LINE, MAX_HEADERS
from rookery.transport.errors import ROWS, Row, place, translate

if TYPE_CHECKING:
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.client_reqrep import ClientRequest
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace
    from multidict import CIMultiDictProxy

KEEP_ALIVE = 30.0
"""Seconds that an unused connection is kept."""

GRACE = 0.05
"""Seconds to wait for the end of a body whose reader is done, so that the connection is reused."""

LARGE = 256 * 1024
"""Bytes beyond which a body is written in pieces, so that the loop stays free between them."""

HEADERS = MappingProxyType(
    {"user-agent": f"rookery/{__version__}", "accept": "*/*", "accept-encoding": "identity"}
)

TABLE: tuple[Row, ...] = (
    Row(
        (aiohttp.ConnectionTimeoutError,),
        ConnectionFailedError,
        "could not be reached in time",
    ),
    Row((aiohttp.ServerTimeoutError,), GatewayTimeoutError, "did not answer in time"),
    Row((aiohttp.ClientConnectorDNSError,), ConnectionFailedError, "cannot be found by its name"),
    Row(
        (aiohttp.ServerDisconnectedError, aiohttp.ClientConnectionResetError),
        ConnectionFailedError,
        "closed the connection without an answer",
    ),
    Row(
        (aiohttp.ClientPayloadError, aiohttp.http_exceptions.ContentEncodingError),
        ConnectionFailedError,
        "sent a body that breaks off or cannot be decoded",
    ),
    Row((aiohttp.ClientResponseError,), ConnectionFailedError, "sent what is not valid HTTP"),
    Row((aiohttp.InvalidURL,), ConnectionFailedError, "has an address that is not valid"),
    *ROWS,
)


def _say(error: BaseException, url: str) -> Exception:
    # aiohttp wraps what the connect call raised; the cause says more than the wrapping.
    if isinstance(error, aiohttp.ClientConnectorError) and not isinstance(
        error, aiohttp.ClientConnectorDNSError | ssl.SSLError
    ):
        error = error.os_error
    return translate(error, url, TABLE)


_CAUGHT = (aiohttp.ClientError, aiohttp.http_exceptions.HttpProcessingError, OSError, EOFError)


class AiohttpClient:
    """Satisfies `base.HttpClient`."""

    def __init__(
        self, *, connect_timeout: float, timeout: float, tls: ssl.SSLContext | None = None
    ) -> None:
        """Connect within `connect_timeout` seconds; `timeout` bounds the silence between bytes.

        `tls` replaces the system's certificates by its own.
        """
        self._timeout = aiohttp.ClientTimeout(
            total=None, connect=connect_timeout, sock_read=timeout
        )
        self._tls: ssl.SSLContext | bool = tls if tls is not None else True
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> _Exchange:
        """Send `body`, and enter with the reply once its head is there."""
        return _Exchange(self, url, headers, body)

    async def close(self) -> None:
        """Close all connections."""
        self._closed = True
        if self._session is not None:
            await self._session.close()

    def session(self) -> aiohttp.ClientSession:
        """Return the session of the running loop; it is made on first use, since it needs one."""
        loop = asyncio.get_running_loop()
        if self._closed:
            raise ConnectionFailedError(
                "The connections to the model backend are closed.",
                headers={"x-should-retry": "false"},
            )
        if self._session is None:
            self._loop = loop
            self._session = self._open()
        elif self._loop is not loop:
            raise RuntimeError("An HTTP client belongs to the event loop that it was first used on")
        return self._session

    def _open(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=_Connector(self._tls),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            headers=HEADERS,
            max_line_size=MAX_HEADER_LINE,
            max_field_size=MAX_HEADER_LINE,
            max_headers=MAX_HEADERS,
        )


class _Connector(aiohttp.TCPConnector):
    """A pool that looks at a connection before it gives it out a second time.

    aiohttp learns that the other side has closed a connection when the loop next reads from it,
    which may be after the request was written to it: that request would fail without need.
    """

    def __init__(self, tls: ssl.SSLContext | bool) -> None:
        # How many requests run at once is decided where requests are limited, not here.
        super().__init__(limit=0, keepalive_timeout=KEEP_ALIVE, ssl=tls)
        self._used: weakref.WeakSet[ResponseHandler] = weakref.WeakSet()

    async def connect(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 (the signature is aiohttp's)
    ) -> Connection:
        """Return a connection of the pool that is still good, or a new one."""
        while True:
            connection = await super().connect(req, traces, timeout)
            protocol = connection.protocol
            if protocol is None:
                return connection
            if protocol not in self._used:
                self._used.add(protocol)
                return connection
            if not _stale(protocol):
                return connection
            connection.close()


def _stale(protocol: ResponseHandler) -> bool:
    """Whether the other side has closed an idle connection, or sent what nobody asked for.

    The second must not be taken for the reply to the next request.
    """
    transport = protocol.transport
    if protocol.should_close or transport is None:
        return True
    connected = transport.get_extra_info("socket")
    if connected is None:
        return False
    poll = select.poll()
    poll.register(connected.fileno(), select.POLLIN)
    return bool(poll.poll(0))


class _Exchange:
    """One request and its reply, as a context manager."""

    __slots__ = ("_body", "_client", "_headers", "_response", "_url")

    def __init__(
        self, client: AiohttpClient, url: str, headers: Mapping[str, str], body: bytes
    ) -> None:
        self._client = client
        self._url = url
        self._headers = headers
        self._body = body
        self._response: aiohttp.ClientResponse | None = None

    async def __aenter__(self) -> _Response:
        session = self._client.session()
        body = self._body
        try:
            self._response = await session.post(
                self._url,
                data=body if len(body) <= LARGE else io.BytesIO(body),
                headers=self._headers,
                allow_redirects=False,
            )
        except _CAUGHT as error:
            raise _say(error, self._url) from None
        return _Response(self._response, self._url)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        response = self._response
        if response is None:
            return
        try:
            if error is None and not response.content.at_eof():
                await _drain(response.content)
        finally:
            # Closes the connection, unless the body was read to its end and gave it back.
            response.close()


async def _drain(content: aiohttp.StreamReader) -> None:
    """Take what is left of a body, if it is there at once."""
    try:
        async with asyncio.timeout(GRACE):
            await content.readany()
    except _CAUGHT:
        pass


class _Response:
    """Satisfies `base.Response`."""

    __slots__ = ("_response", "_url", "headers", "status")

    def __init__(self, response: aiohttp.ClientResponse, url: str) -> None:
        self._response = response
        self._url = url
        self.status = response.status
        self.headers: Mapping[str, str] = _headers(response.headers)

    async def read(self, limit: int = MAX_BODY) -> bytes:
        """Return the whole body."""
        pieces: list[bytes] = []
        size = 0
        async for piece in self.chunks():
            size += len(piece)
            if size > limit:
                raise ConnectionFailedError(
                    f"The model backend at {place(self._url)} sent more than {limit} bytes."
                )
            pieces.append(piece)
        return b"".join(pieces)

    def chunks(self) -> _Chunks:
        """Yield the body as it comes."""
        return _Chunks(self._response.content, self._url)


class _Chunks:
    """The pieces of a body. Not a generator: one that is left early would need to be closed."""

    __slots__ = ("_content", "_url")

    def __init__(self, content: aiohttp.StreamReader, url: str) -> None:
        self._content = content
        self._url = url

    def __aiter__(self) -> _Chunks:
        return self

    async def __anext__(self) -> bytes:
        try:
            piece = await self._content.readany()
        except _CAUGHT as error:
            raise _say(error, self._url) from None
        if not piece:
            raise StopAsyncIteration
        return piece


def _headers(source: CIMultiDictProxy[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in source.items():
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    if headers.get("content-encoding", "identity") != "identity":
        # aiohttp has decoded the body; these two speak of the bytes before that.
        headers.pop("content-encoding")
        headers.pop("content-length", None)
    return headers
