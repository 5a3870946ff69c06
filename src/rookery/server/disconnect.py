"""Work for a client that has gone away is cancelled."""

from __future__ import annotations

import asyncio
from typing import Self

from rookery.server.http import Exchange

GRACE = 0.05
"""Seconds before the watch begins: work that is done sooner costs no task for it."""


class CancelWhenGone:
    """A context that is cancelled when the client closes the connection, and ends quietly then.

    To be entered after the body is read, since the same channel tells of both.
    """

    def __init__(self, exchange: Exchange) -> None:
        """Watch the client of `exchange`."""
        self._exchange = exchange
        self._loop = asyncio.get_running_loop()
        self._watch: asyncio.Task[None] | None = None
        self._fired = False

    def __enter__(self) -> Self:
        self._work = asyncio.current_task()
        self._timer = self._loop.call_later(GRACE, self._begin)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        self._timer.cancel()
        if self._watch is not None:
            self._watch.cancel()
        if not (self._fired and kind is asyncio.CancelledError and self._work is not None):
            return False
        self._exchange.failure = "client_gone"
        return self._work.uncancel() == 0

    def _begin(self) -> None:
        self._watch = self._loop.create_task(self._until_gone())

    async def _until_gone(self) -> None:
        await self._exchange.gone()
        if self._work is not None:
            self._fired = True
            self._work.cancel()
