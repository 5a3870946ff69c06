"""Measures what an event of a stream costs without sockets: `python -m bench.stream`.

CPU of the process, the best of many rounds: gateway, grammar, meter and server-sent events; and
the grammar alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bench.canned import Canned
from bench.run import body
from rookery.gateway.gateway import Gateway
from rookery.providers.base import Call
from rookery.server.http import Exchange
from rookery.server.streaming import send_stream
from rookery.wire.events import Event
from rookery.wire.grammar import Grammar
from rookery.wire.messages import Request

ROUNDS = 40
STREAMS = 50
"""In a round."""

CALL = Call("req_1")
SCOPE: dict[str, Any] = {"method": "POST", "path": "/v1/messages", "headers": []}


async def best(once: Callable[[], Awaitable[None]], events: int) -> float:
    """Return the microseconds of an event."""
    fastest = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(STREAMS):
            await once()
        fastest = min(fastest, time.process_time() - start)
    return fastest / STREAMS / events * 1e6


async def main() -> None:
    """Measure and print."""
    provider = Canned(emulated=False)
    gateway = Gateway(provider)
    data = body(2_000, stream=True)
    events = [event async for event in provider.stream(Request(data), CALL)]

    async def send(message: Any) -> None:
        del message

    async def receive() -> Any:
        await asyncio.Event().wait()

    async def whole() -> None:
        exchange = Exchange(SCOPE, receive, send, "req_1")
        await send_stream(exchange, gateway.stream(Request(data), CALL), ping_interval=15)

    async def grammar() -> None:
        machine = Grammar(verbatim=True)
        for event in events:
            for _ in machine.take(Event(event.type, event.data)):
                pass

    print(f"an event of a stream of {len(events)}: {await best(whole, len(events)):.2f} us")
    print(f"the grammar alone: {await best(grammar, len(events)):.2f} us")


if __name__ == "__main__":
    asyncio.run(main())
