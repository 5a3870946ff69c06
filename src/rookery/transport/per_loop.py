"""One client for each event loop, since connections cannot move from one to another."""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple

from rookery.errors import ConnectionFailedError
from rookery.transport.base import HttpClient, Response


class _Held(NamedTuple):
    client: HttpClient
    life: AsyncGenerator[None, None]
    """Closes the client when it is closed itself."""


_Loops = dict[asyncio.AbstractEventLoop, _Held]


class PerLoop:
    """Satisfies `base.HttpClient` on any number of event loops, also in several threads at once.

    The connections of a loop are closed with this client, when nobody has this client any more,
    or when the loop winds down its generators, as asyncio.run does at its end.
    """

    def __init__(self, make: Callable[[], HttpClient]) -> None:
        """Take what makes the client of one loop."""
        self._make = make
        self._loops: _Loops = {}
        self._closed = False
        weakref.finalize(self, _end_soon, self._loops).atexit = False

    def post(
        self, url: str, *, headers: Mapping[str, str], body: bytes
    ) -> AbstractAsyncContextManager[Response]:
        """Send with the client of the running loop."""
        if self._closed:
            raise ConnectionFailedError("The connections to the model backend are closed.")
        held = self._loops.get(asyncio.get_running_loop()) or self._hold()
        return held.client.post(url, headers=headers, body=body)

    async def close(self) -> None:
        """Close all connections: those of this loop now, those of others soon, on their loops."""
        self._closed = True
        if held := self._loops.get(asyncio.get_running_loop()):
            await held.life.aclose()
        # Not waited for: another loop may be the one that waits for us, or never run again.
        _end_soon(self._loops)

    def _hold(self) -> _Held:
        _forget_closed(self._loops)
        client = self._make()
        held = _Held(client, _live(self._loops, client))
        _at_once(held.life.__anext__())
        return self._loops.setdefault(asyncio.get_running_loop(), held)


async def _live(loops: _Loops, client: HttpClient) -> AsyncGenerator[None, None]:
    """Wait for the end of the running loop: it closes each generator that was begun on it."""
    loop = asyncio.get_running_loop()
    try:
        yield
    finally:
        loops.pop(loop, None)
        await client.close()


def _end_soon(loops: _Loops) -> None:
    """Tell each loop to close its client."""
    _forget_closed(loops)
    for loop, held in list(loops.items()):
        with contextlib.suppress(RuntimeError):  # it was closed just now
            loop.call_soon_threadsafe(_end, held)


_ending: set[asyncio.Task[None]] = set()
"""A loop does not hold on to its tasks."""


def _end(held: _Held) -> None:
    task = asyncio.ensure_future(held.life.aclose())
    _ending.add(task)
    task.add_done_callback(_ending.discard)


def _forget_closed(loops: _Loops) -> None:
    """Let go of loops that were closed without winding down."""
    for loop, held in list(loops.items()):
        if loop.is_closed():
            loops.pop(loop, None)
            _at_once(held.client.close())


def _at_once(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine that has nothing to wait for."""
    with contextlib.suppress(StopIteration):
        work.send(None)
