"""One HTTP exchange on raw ASGI: the request's parts, and what is sent back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from rookery.errors import APIError
from rookery.rules.http import BODY_TOO_LARGE
from rookery.server.coding import codings, decode
from rookery.wire.envelope import error_body

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

JSON = (b"content-type", b"application/json")
CUT = "rookery.cut"
"""The ASGI extension of `server.protocol` that closes the connection amid a response."""
_UNDECIDED = frozenset({408, 409, 429})
"""Statuses of which clients know whether to try again. The API says so for the others: its 400 has
`x-should-retry: false` (home-assistant/core#140005); Claude Code tries a bare 401 ten times."""


class ClientGoneError(Exception):
    """The client closed the connection before its request was read."""


class Exchange:
    """One request and its response. Headers are read by their lower-case name."""

    __slots__ = (
        "_extensions",
        "_receive",
        "_send",
        "failure",
        "gathered",
        "headers",
        "key_id",
        "method",
        "path",
        "peer",
        "request_id",
        "rule",
        "status",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        """Take what ASGI gives; nothing is read yet."""
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            # A header that is repeated is a list (RFC 9110, 5.3).
            known = self.headers.get(name)
            self.headers[name] = value if known is None else known + b"," + value
        client = scope.get("client")
        self.peer: str = client[0] if client else ""
        """The address of the other end of the connection; a proxy, maybe."""
        self.request_id = request_id
        self.status = 0
        self.key_id = ""
        self.failure = ""
        self.rule = ""
        """The rule that the request broke, where it is one of the table (`rookery.rules`)."""
        self.gathered = {b"request-id": request_id.encode()}
        """Headers of the response, from whoever has one to add before it starts."""
        self._extensions = scope.get("extensions") or {}
        self._receive = receive
        self._send = send

    def header(self, name: bytes) -> str:
        """Return a header, or the empty string."""
        return self.headers.get(name, b"").decode("latin-1")

    async def body(self, limit: int) -> bytes:
        """Read the body.

        Raises RequestTooLargeError beyond `limit` bytes, as it came or decoded,
        InvalidRequestError where its coding is not supported or not what it says, ClientGoneError.
        """
        coded = self.headers.get(b"content-encoding")
        if coded is None:
            return await self._raw_body(limit)
        undo = codings(coded.decode("latin-1"))
        data = await self._raw_body(limit)
        return await asyncio.to_thread(decode, data, undo, limit) if undo else data

    async def _raw_body(self, limit: int) -> bytes:
        length = self.headers.get(b"content-length", b"")
        if length.isdigit() and int(length) > limit:
            raise BODY_TOO_LARGE.error()
        message = await self._receive()
        if not message.get("more_body") and message["type"] == "http.request":
            whole: bytes = message.get("body", b"")
            _check_size(len(whole), limit)
            return whole
        return await self._rest(message, limit)

    async def _rest(self, message: MutableMapping[str, Any], limit: int) -> bytes:
        parts: list[bytes] = []
        size = 0
        while True:
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            _check_size(size, limit)
            if not message.get("more_body"):
                return b"".join(parts)
            message = await self._receive()

    async def gone(self) -> None:
        """Return when the client has closed the connection."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def cut(self) -> None:
        """Close the connection without a proper end of the response."""
        if CUT in self._extensions:
            self._extensions[CUT]()

    async def start(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Send status and headers, those that were gathered first."""
        self.status = status
        await self._send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [*self.gathered.items(), *headers],
            }
        )

    async def write(self, data: bytes, *, more: bool = True) -> None:
        """Send a part of the body; the last one has `more=False`."""
        await self._send({"type": "http.response.body", "body": data, "more_body": more})

    async def json(
        self, data: bytes, status: int = 200, headers: Iterable[tuple[bytes, bytes]] = ()
    ) -> None:
        """Send a whole JSON body; a HEAD request gets its headers only."""
        length = (b"content-length", str(len(data)).encode())
        await self.start(status, [JSON, length, *headers])
        await self.write(b"" if self.method == "HEAD" else data, more=False)

    async def error(self, error: APIError) -> None:
        """Send an error of the API's shape, with the headers that belong to it."""
        self.failure = error.type
        self.rule = error.rule
        for name, value in error.headers.items():
            self.gathered[name.encode("latin-1", "replace")] = value.encode("latin-1", "replace")
        if error.status not in _UNDECIDED:
            told = b"true" if error.status >= 500 else b"false"
            self.gathered.setdefault(b"x-should-retry", told)
        await self.json(error_body(error, self.request_id), error.status)


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise BODY_TOO_LARGE.error()
