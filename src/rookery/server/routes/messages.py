"""`POST /v1/messages` and `POST /v1/messages/count_tokens`: the hot path."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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
        request = Request(await exchange.body(self._limit))
        check_envelope(request)
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
        request = CountTokensRequest(await exchange.body(self._limit))
        check_envelope(request)
        with CancelWhenGone(exchange), self._own_credentials():
            count = await self._gateway.count_tokens(request, call)
            await exchange.json(msgspec.json.encode(count))

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
