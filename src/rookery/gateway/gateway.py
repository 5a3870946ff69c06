"""The gateway: complete, validate, call, meter. It knows nothing of HTTP, one way to reach it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Self

from rookery.catalog.lookup import Catalog
from rookery.errors import APIError
from rookery.gateway.downloads import Downloads
from rookery.gateway.limits import Limits
from rookery.gateway.meter import Clock, Meter, UsageSink, translated, utc_now
from rookery.gateway.retry import Attempts, Retries
from rookery.gateway.threads import Threads
from rookery.gateway.turns import Turn
from rookery.gateway.validate import validate
from rookery.providers.base import Call, Provider
from rookery.settings import UnknownFields
from rookery.wire.events import Event
from rookery.wire.grammar import Grammar
from rookery.wire.messages import CountTokensRequest, Reply, Request, TokenCount

LONG = 256 * 1024
"""Bytes of a request from which on its validation is worth a thread of its own."""


class Gateway:
    """One call path for both halves of rookery: `create`, `stream`, `count_tokens`.

    All three raise errors.APIError; whatever else a provider raises becomes one.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        catalog: Catalog | None = None,
        usage: UsageSink | None = None,
        clock: Clock = utc_now,
        threads: Threads | None = None,
        limits: Limits | None = None,
        unknown_fields: UnknownFields = "auto",
        downloads: Downloads | None = None,
        retries: Retries = Retries(),  # noqa: B008 -- frozen
    ) -> None:
        """Call `provider`; rows of usage go to `usage`, by default to nobody.

        `threads` keeps message threads, where the provider is one that rookery emulates; `limits`
        counts what is used of rate limits, by default of none; `unknown_fields` is the setting of
        that name. `downloads` fetches what requests to an emulated provider give by address;
        without it, nothing is fetched. `retries` says how often a request that fails is sent
        again, by default not at all: whoever calls a server tries again itself.
        """
        self.provider = provider
        self.catalog = catalog or Catalog.builtin()
        self.usage = usage
        self.threads = threads or Threads()
        self.limits = limits or Limits()
        self._clock = clock
        self._unknown_fields = unknown_fields
        self._downloads = downloads if provider.emulated else None
        self._retries = retries

    async def create(self, request: Request, call: Call) -> Reply:
        """Return the message that answers `request`."""
        with self._turn(request, call) as turn:
            request = await self._checked(turn.request, call)
            attempts = self._attempts(call)
            while True:
                try:
                    with self._meter(request, call) as meter:
                        reply = await self.provider.create(request, call)
                        meter.reply(reply)
                    break
                except APIError as error:
                    if not attempts.again(error):
                        raise
                await attempts.wait()
            turn.reply(reply)
        return reply

    async def stream(
        self, request: Request, call: Call, *, verbatim: bool = True
    ) -> AsyncGenerator[Event, None]:
        """Yield the events that answer `request`; closing the iterator cancels the work.

        They follow the grammar of the API, whatever the provider gave (`wire.grammar`); with
        `verbatim`, a script may break it, so that clients can be tried.
        """
        with self._turn(request, call) as turn:
            request = await self._checked(turn.request, call)
            attempts = self._attempts(call)
            while True:
                grammar, is_begun = Grammar(verbatim=verbatim), False
                try:
                    with self._meter(request, call) as meter:
                        async with aclosing(self.provider.stream(request, call)) as events:
                            async for event in events:
                                for sent in grammar.take(event):
                                    is_begun = True
                                    meter.event(sent)
                                    turn.event(sent)
                                    yield sent
                                if grammar.complete:
                                    return
                            grammar.end()
                            return
                except APIError as error:
                    if is_begun or not attempts.again(error):
                        raise
                await attempts.wait()

    async def count_tokens(self, request: CountTokensRequest, call: Call) -> TokenCount:
        """Return how many tokens the prompt has; free, and not metered."""
        await self._validate(request, call)
        attempts = self._attempts(call)
        while True:
            try:
                return await self._count(request, call)
            except APIError as error:
                if not attempts.again(error):
                    raise
            await attempts.wait()

    async def _count(self, request: CountTokensRequest, call: Call) -> TokenCount:
        try:
            return await self.provider.count_tokens(request, call)
        except APIError:
            raise
        except Exception as error:
            raise translated(error) from error

    async def close(self) -> None:
        """Let go of what the provider holds."""
        await self.provider.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _checked(self, request: Request, call: Call) -> Request:
        """Return a request as it is to be answered: valid, with what it gave by address."""
        await self._validate(request, call)
        if self._downloads is None:
            return request
        whole = await self._downloads.inline(request)
        if whole is not request:
            await self._validate(whole, call)
        return whole

    async def _validate(self, request: Request, call: Call) -> None:
        """Validate here, or where that takes long in a thread, so that others get their turn."""
        work = partial(
            validate,
            *(request, call, self.provider, self.catalog, self._clock),
            unknown_fields=self._unknown_fields,
        )
        if len(request.data) <= LONG:
            work()
        else:
            await asyncio.to_thread(work)

    def _attempts(self, call: Call) -> Attempts:
        return Attempts(self._retries, call, self._clock)

    def _turn(self, request: Request, call: Call) -> Turn:
        if not self.provider.emulated:
            return Turn(request)
        return self.threads.turn(request, call, forgiving=self._unknown_fields == "forward")

    def _meter(self, request: Request, call: Call) -> Meter:
        envelope, reservation = request.envelope, None
        if self.limits.active:
            model = self.catalog.find(envelope.model)
            reservation = self.limits.reserve(call.workspace_id, model, len(request.data))
        return Meter(
            self.usage, self._clock, call, self.provider.name, envelope, reservation=reservation
        )
