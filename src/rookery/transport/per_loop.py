"""One client for each event loop, since connections cannot move from one to another."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple

from rookery.errors import ConnectionFailedError
from rookery.transport.base import HttpClient, Response


class _Held(NamedTuple):
    client: HttpClient
    life: AsyncGenerator[None, None]
    """Closes the client when it is closed itself."""


class PerLoop:
    """Satisfies `base.HttpClient` on any number of event loops, also in several threads at once.

    The connections of a loop are closed with this client, or when the loop winds down its
    generators, as asyncio.run does at its end.
    """

    def __init__(self, make: Callable[[], HttpClient]) -> None:
        """Take what makes the client of one loop."""
        self._make = make
        self._held: dict[asyncio.AbstractEventLoop, _Held] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    def post(
        self, url: str, *, headers: Mapping[str, str], body: bytes
    ) -> AbstractAsyncContextManager[Response]:
        """Send with the client of the running loop."""
        if self._closed:
            raise ConnectionFailedError("The connections to the model backend are closed.")
        loop = asyncio.get_running_loop()
        held = self._held.get(loop) or self._hold(loop)
        return held.client.post(url, headers=headers, body=body)

    async def close(self) -> None:
        """Close all connections: those of this loop now, those of others soon, on their loops."""
        self._closed = True
        here = asyncio.get_running_loop()
        self._forget_closed_loops()
        for loop, held in list(self._held.items()):
            if loop is here:
                await held.life.aclose()
            else:
                # Not waited for: that loop may be the one that waits for us, or never run again.
                with contextlib.suppress(RuntimeError):  # it was closed just now
                    loop.call_soon_threadsafe(self._end_soon, held)

    def _hold(self, loop: asyncio.AbstractEventLoop) -> _Held:
        self._forget_closed_loops()
        client = self._make()
        held = _Held(client, self._live(loop, client))
        _at_once(held.life.__anext__())
        self._held[loop] = held
        return held

    async def _live(
        self, loop: asyncio.AbstractEventLoop, client: HttpClient
    ) -> AsyncGenerator[None, None]:
        """Wait for the end of the loop: it closes each generator that was begun on it."""
        try:
            yield
        finally:
            self._held.pop(loop, None)
            await client.close()

    def _end_soon(self, held: _Held) -> None:
        task = asyncio.ensure_future(held.life.aclose())
        self._ending.add(task)  # a loop does not hold on to its tasks
        task.add_done_callback(self._ending.discard)

    def _forget_closed_loops(self) -> None:
        """Let go of loops that were closed without winding down."""
        for loop, held in list(self._held.items()):
            if loop.is_closed():
                self._held.pop(loop, None)
                _at_once(held.client.close())


def _at_once(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine that has nothing to wait for."""
    with contextlib.suppress(StopIteration):
        work.send(None)
