"""`POST /v1/messages` and `POST /v1/messages/count_tokens`: the hot path."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import msgspec

from rookery.errors import AuthenticationError, ConnectionFailedError
from rookery.gateway.gateway import Gateway
from rookery.providers.base import Call
from rookery.rules.endpoints import VERSION_MISSING
from rookery.server.auth import Keys, admit
from rookery.server.disconnect import CancelWhenGone
from rookery.server.http import Exchange
from rookery.server.streaming import send_stream
from rookery.settings import Settings
from rookery.wire.messages import CountTokensRequest, Request
from rookery.wire.validation import check_envelope
from rookery.wire.weight import LARGE, check_weight

R = TypeVar("R", bound=Request)


class MessagesRoutes:
    """The two endpoints, over one gateway."""

    def __init__(self, gateway: Gateway, keys: Keys, settings: Settings) -> None:
        """Serve `gateway` to the owners of `keys`."""
        self._gateway = gateway
        self._keys = keys
        self._organization_id = settings.organization_id
        self._limit = settings.max_body_bytes
        self._ping_interval = settings.ping_interval

    async def create(self, exchange: Exchange) -> None:
        """Answer with a message, as JSON or as a stream."""
        call = self._call(exchange)
        request = await self._read(exchange, Request)
        with CancelWhenGone(exchange), self._own_credentials():
            if request.envelope.stream:
                events = self._gateway.stream(request, call)
                await send_stream(exchange, events, self._ping_interval)
            else:
                reply = await self._gateway.create(request, call)
                await exchange.json(reply.data)

    async def count_tokens(self, exchange: Exchange) -> None:
        """Answer with the number of input tokens."""
        call = self._call(exchange)
        request = await self._read(exchange, CountTokensRequest)
        with CancelWhenGone(exchange), self._own_credentials():
            count = await self._gateway.count_tokens(request, call)
            await exchange.json(msgspec.json.encode(count))

    async def _read(self, exchange: Exchange, kind: type[R]) -> R:
        data = await exchange.body(self._limit)
        return _read(data, kind) if len(data) <= LARGE else await to_thread(_weigh, data, kind)

    @contextmanager
    def _own_credentials(self) -> Iterator[None]:
        """A backend that refuses this server's key says nothing about the client's."""
        try:
            yield
        except AuthenticationError as error:
            if self._gateway.provider.emulated:
                raise
            raise ConnectionFailedError(
                "The model backend refused the credentials of this server.",
                headers={"x-should-retry": "false"},
            ) from error

    def _call(self, exchange: Exchange) -> Call:
        principal = admit(exchange, self._keys, self._organization_id)
        version = exchange.header(b"anthropic-version")
        if not version:
            raise VERSION_MISSING.error()
        betas = exchange.header(b"anthropic-beta")
        return Call(
            request_id=exchange.request_id,
            version=version,
            betas=tuple(beta.strip() for beta in betas.split(",") if beta.strip()),
            key_id=principal.key_id,
            workspace_id=principal.workspace_id,
            headers=exchange.gathered,
        )


def _read(data: bytes, kind: type[R]) -> R:
    request = kind(data)
    check_envelope(request)
    return request


def _weigh(data: bytes, kind: type[R]) -> R:
    check_weight(data)
    return _read(data, kind)
