"""The Claude API itself, or what speaks it, at any base URL.

Bodies pass through both ways as the bytes that they are. Only `stream` is set in a request,
where it differs from how the request is made.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping

import msgspec

from rookery.errors import APIError, ConnectionFailedError, InternalServerError, StreamError
from rookery.providers.anthropic import failure
from rookery.providers.anthropic.address import credentials, messages_url
from rookery.providers.base import Call
from rookery.settings import Settings
from rookery.transport.base import HttpClient, Response
from rookery.transport.client import new_client
from rookery.wire.document import read
from rookery.wire.events import Event
from rookery.wire.messages import CountTokensRequest, Reply, Request, TokenCount
from rookery.wire.sse import Decoder, Record

MAX_ERROR = 256 * 1024
"""Bytes of an error's body that are read."""

_SHORT = 8
"""Bytes below which a key is none that must be hidden, and may be a part of any text."""


class _Typed(msgspec.Struct):
    """The type of an event whose record does not name it."""

    type: str


class _Message(msgspec.Struct, tag_field="type", tag="message"):
    """What a reply must have to be a message; the rest is not this module's to judge."""

    id: str
    role: str
    content: list[msgspec.Raw]
    usage: msgspec.Raw


_typed = msgspec.json.Decoder(_Typed)
_message = msgspec.json.Decoder(_Message)
_count = msgspec.json.Decoder(TokenCount)


class AnthropicProvider:
    """A Claude-shaped upstream. Satisfies `providers.base.Provider`."""

    name = "anthropic"
    emulated = False

    def __init__(self, client: HttpClient, base_url: str, auth: Mapping[str, str]) -> None:
        """Send through `client` to the API below `base_url`, with the headers of `auth`."""
        self._client = client
        self._url = messages_url(base_url)
        self._auth = dict(auth)
        found = [value.removeprefix("Bearer ").encode() for value in auth.values()]
        self._secrets = [secret for secret in found if len(secret) >= _SHORT]

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[Event, None]:
        """Yield the upstream's events as they are, of known and unknown types."""
        body = request.data if request.envelope.stream else request.replace(stream=True).data
        headers = self._headers(call, "text/event-stream")
        async with self._client.post(self._url, headers=headers, body=body) as response:
            if response.status != 200:
                raise await self._refused(response)
            if not _is_stream(response.headers):
                raise failure.not_a_stream(response.headers, await self._told(response))
            _tell(call, response.headers)
            reader = _Reader(response.headers)
            async for chunk in response.chunks():
                for event in reader.feed(chunk):
                    yield event
                if reader.complete:
                    return
            raise reader.broken_off()

    async def create(self, request: Request, call: Call) -> Reply:
        """Return the upstream's reply, its bytes as they are."""
        body = request.replace(stream=False).data if request.envelope.stream else request.data
        headers, data = await self._ask(self._url, call, body)
        try:
            read(_message, data)
        except msgspec.DecodeError:
            raise failure.not_expected(headers, data, "a message") from None
        _tell(call, headers)
        return Reply(data=data)

    async def count_tokens(self, request: CountTokensRequest, call: Call) -> TokenCount:
        """Return the upstream's count."""
        headers, data = await self._ask(f"{self._url}/count_tokens", call, request.data)
        try:
            count = read(_count, data)
        except msgspec.DecodeError:
            raise failure.not_expected(headers, data, "a token count") from None
        _tell(call, headers)
        return count

    async def close(self) -> None:
        """Close the connections to the upstream."""
        await self._client.close()

    async def _ask(self, url: str, call: Call, body: bytes) -> tuple[Mapping[str, str], bytes]:
        """Return headers and body of a reply that is a 200."""
        headers = self._headers(call, "application/json")
        async with self._client.post(url, headers=headers, body=body) as response:
            if response.status != 200:
                raise await self._refused(response)
            return response.headers, await response.read()

    def _headers(self, call: Call, accept: str) -> dict[str, str]:
        headers = {
            "accept": accept,
            "content-type": "application/json",
            "anthropic-version": call.version,
            **self._auth,
        }
        if call.betas:
            headers["anthropic-beta"] = ",".join(call.betas)
        return headers

    async def _refused(self, response: Response) -> APIError:
        return failure.refused(response.status, response.headers, await self._told(response))

    async def _told(self, response: Response) -> bytes:
        """Return what a failure says, without our key: some proxies repeat the one they refuse."""
        data = await _start(response)
        for secret in self._secrets:
            data = data.replace(secret, b"***")
        return data


def build(settings: Settings) -> AnthropicProvider:
    """Return the provider that `settings` describe. Raises SettingsError."""
    auth = credentials(settings)
    return AnthropicProvider(new_client(settings), settings.anthropic_base_url, auth)


def _tell(call: Call, headers: Mapping[str, str]) -> None:
    """Have the response say what the upstream says of its limits."""
    for name, value in failure.figures(headers).items():
        call.headers[name.encode()] = value.encode()


def _is_stream(headers: Mapping[str, str]) -> bool:
    return headers.get("content-type", "").lower().startswith("text/event-stream")


class _Reader:
    """Turns the bytes of a reply into events, until `message_stop` makes it complete."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers
        self._decoder = Decoder()
        self.complete = False

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Yield the events that this chunk completes. Raises the APIError of an `error` event."""
        try:
            records = self._decoder.feed(chunk)
        except StreamError as error:
            raise InternalServerError(error.message, status=502) from error
        for record in records:
            kind = _kind(record)
            if kind == "error":
                raise failure.in_stream(self._headers, record.data)
            if kind:
                yield Event(kind, record.data)
            if kind == "message_stop":
                self.complete = True
                return

    def broken_off(self) -> APIError:
        """Return the error of a stream that ended before it was complete."""
        return ConnectionFailedError(
            "The model backend ended its stream before the message was complete.",
            headers=failure.passed_on(self._headers),
        )


def _kind(record: Record) -> str:
    """Return the type of an event; "" where it has none, such as the `[DONE]` of other APIs.

    A record names it in its `event` field. Some upstreams leave that to the data.
    """
    if record.event != "message":
        return record.event
    try:
        return read(_typed, record.data).type
    except msgspec.DecodeError:
        return ""


async def _start(response: Response) -> bytes:
    """Return a body of which only the start is of use: the bytes there are, up to a limit."""
    pieces: list[bytes] = []
    size = 0
    try:
        async for piece in response.chunks():
            pieces.append(piece)
            size += len(piece)
            if size >= MAX_ERROR:
                break
    except APIError:
        pass  # the status is known and says more than that its explanation broke off
    return b"".join(pieces)[:MAX_ERROR]
