"""A message stream as server-sent events, with pings while it is silent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Self

from rookery.errors import (
    APIError,
    ConnectionFailedError,
    InternalServerError,
    OverloadedError,
    StreamCutError,
)
from rookery.server.http import Exchange
from rookery.wire import sse
from rookery.wire.envelope import error_event
from rookery.wire.events import PING, Event

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
]

_log = logging.getLogger(__name__)

STOPPING = "The server is stopping."

FAIR_SHARE = 32
"""Events after which a stream that never waits lets other requests run."""


async def send_stream(
    exchange: Exchange, events: AsyncGenerator[Event, None], ping_interval: float
) -> None:
    """Send the events as they come.

    A failure before the first event is raised, to be answered as plain JSON; a later one is sent
    as an `error` event, the last.
    """
    async with aclosing(events):
        first = await anext(events, None)
        if first is None:
            raise ConnectionFailedError("The model backend sent nothing.")
        data = sse.encode(first)
        await exchange.start(200, HEADERS)
        await exchange.write(data)
        try:
            with Pinger(exchange, ping_interval) as pinger:
                sent = 0
                async for event in events:
                    await exchange.write(sse.encode(event))
                    pinger.busy = True
                    if event.type == "message_stop":
                        pinger.stop()
                    sent += 1
                    if sent % FAIR_SHARE == 0:
                        await asyncio.sleep(0)
        except StreamCutError:
            raise
        except APIError as error:
            await _fail(exchange, error)
        except asyncio.CancelledError:  # the server stops; or the client has gone and reads no more
            await _fail(exchange, OverloadedError(STOPPING))
            raise
        except Exception:  # noqa: BLE001 - an event that cannot be encoded; it is logged
            _log.exception("a stream failed", extra={"request_id": exchange.request_id})
            await _fail(exchange, InternalServerError())
        else:
            await exchange.write(b"", more=False)


async def _fail(exchange: Exchange, error: APIError) -> None:
    exchange.failure = error.type
    await exchange.write(sse.encode(error_event(error, exchange.request_id)))
    await exchange.write(b"", more=False)


class Pinger:
    """Writes a `ping` whenever nothing was sent for an interval. Costs a timer until then."""

    def __init__(self, exchange: Exchange, interval: float) -> None:
        """Watch an exchange; `busy` is to be set at each event."""
        self.busy = False
        self._exchange = exchange
        self._interval = interval
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        self._timer = self._loop.call_later(self._interval, self._tick)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Write no ping any more: nothing follows the end of a message."""
        self._timer.cancel()
        if self._task is not None:
            self._task.cancel()

    def _tick(self) -> None:
        if not self.busy and (self._task is None or self._task.done()):
            self._task = self._loop.create_task(self._exchange.write(sse.encode(PING)))
        self.busy = False
        self._timer = self._loop.call_later(self._interval, self._tick)
