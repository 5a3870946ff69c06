"""Lets a number of calls in at a time, whichever event loops they run on."""

from __future__ import annotations

import asyncio
import threading
from collections import deque


class Gate:
    """A semaphore for several event loops; who comes first is let in first."""

    def __init__(self, places: int) -> None:
        """Let in `places` at a time."""
        self._free = places
        self._lock = threading.Lock()
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def __aenter__(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
        try:
            await turn
        except BaseException:
            self._give_up(turn)
            raise

    async def __aexit__(self, *_: object) -> None:
        self._leave()

    def _give_up(self, turn: asyncio.Future[None]) -> None:
        with self._lock:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return
        self._leave()  # The place was given just now, and is not wanted any more.

    def _leave(self) -> None:
        """Pass the place on to the next who is still there."""
        with self._lock:
            while self._waiting:
                turn = self._waiting.popleft()
                try:
                    turn.get_loop().call_soon_threadsafe(_let_in, turn)
                except RuntimeError:  # Its loop was closed in the meantime.
                    continue
                return
            self._free += 1


def _let_in(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)
