"""A server whose provider has its reply ready: what is left is the server's own cost."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator

from rookery import settings as settings_module
from rookery.gateway.gateway import Gateway
from rookery.providers.base import Call
from rookery.server import log
from rookery.server.app import App
from rookery.server.auth import open_keys
from rookery.server.serve import listen, run_app
from rookery.wire.events import Event
from rookery.wire.fold import events
from rookery.wire.messages import CountTokensRequest, Message, Reply, Request, TokenCount
from rookery.wire.usage import Usage

TEXT = "A reply of about six hundred characters, as in the measurements of the HTTP stack. " * 7


class Canned:
    """Gives the same bytes to every request; `emulated` decides whether requests are checked."""

    name = "canned"

    def __init__(self, *, emulated: bool) -> None:
        """Make the reply."""
        self.emulated = emulated
        message = Message(
            id="msg_1",
            model="claude-sonnet-4-6",
            content=[{"type": "text", "text": TEXT}],
            stop_reason="end_turn",
            usage=Usage(input_tokens=500, output_tokens=160),
        )
        self._data = Reply(body=message).data
        self._events = [Event(e.type, e.data) for e in events(Reply(self._data), chunk=12)]

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[Event, None]:
        """Yield the events at once."""
        del request, call
        for event in self._events:
            yield Event(event.type, event.data)

    async def create(self, request: Request, call: Call) -> Reply:
        """Return the bytes."""
        del request, call
        return Reply(self._data)

    async def count_tokens(self, request: CountTokensRequest, call: Call) -> TokenCount:
        """Return a number."""
        del request, call
        return TokenCount(500)

    async def close(self) -> None:
        """Hold nothing."""


if __name__ == "__main__":
    settings = settings_module.load()
    log.configure(settings)
    gateway = Gateway(Canned(emulated="--emulated" in sys.argv))
    keys = open_keys(settings).keys
    run_app(
        App(gateway, keys, settings, request_log=log.RequestLog(settings)),
        settings,
        listen(settings),
    )
