"""The offline provider: the rule engine behind the API's surface."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator

from rookery.catalog.lookup import Catalog
from rookery.emulation.emulator import Clock, Emulator
from rookery.providers.base import Call
from rookery.providers.offline.engine import compose
from rookery.settings import Settings
from rookery.wire.events import Event
from rookery.wire.fold import events
from rookery.wire.ids import Ids
from rookery.wire.inputs import eager_tools
from rookery.wire.messages import CountTokensRequest, Reply, Request, TokenCount


class OfflineProvider:
    """Answers by rules: no language model, no network. The same request has the same answer."""

    name = "offline"
    emulated = True

    def __init__(
        self,
        catalog: Catalog | None = None,
        *,
        seed: int | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        """`seed` makes the ids repeatable too; `clock` gives the seconds of the prompt cache."""
        self._emulator = Emulator(catalog, ids=Ids(seed), clock=clock)

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[Event, None]:
        """Yield the events of the answer, which is whole before the first."""
        reply = await self.create(request, call)
        for event in events(reply, eager=eager_tools(request.body, call.betas)):
            yield event

    async def create(self, request: Request, call: Call) -> Reply:
        """Return the answer. Raises UnknownModelError."""
        body = request.body
        turn = self._emulator.open(body, workspace=call.workspace_id, betas=call.betas)
        reply = turn.finish(compose(body, self._emulator.ids.new))
        turn.begin()
        return reply

    async def count_tokens(self, request: CountTokensRequest, call: Call) -> TokenCount:
        """Return the same count that the usage of the same request has."""
        del call
        return self._emulator.count_tokens(request.body)

    async def close(self) -> None:
        """Hold nothing."""


def build(settings: Settings) -> OfflineProvider:
    """Return the provider; it has no settings."""
    del settings
    return OfflineProvider()
