"""Async code from sync callers: one private event loop in a thread of its own.

Connection pools belong to a loop, so all sync calls of a process share this one.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import contextlib
import inspect
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from rookery.errors import AgentError

T = TypeVar("T")

_PATIENCE = 5.0
"""Seconds that work which was cancelled may take to end, and connections to close at exit."""

_LOOK = 0.5
"""Seconds between looks for a signal. One that comes just before a wait begins does not end it."""


class _PrivateLoop:
    """The loop and its thread, made when they are first asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._left_behind: list[asyncio.AbstractEventLoop | None] = []

    def get(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(
                    target=_serve, args=(self._loop,), name="rookery-sync", daemon=True
                ).start()
            return self._loop

    def after_fork(self) -> None:
        """Start anew in a child process, which has none of the threads.

        The old loop is kept: to collect it would disturb the parent, with whom it shares sockets.
        """
        self._left_behind.append(self._loop)
        self._lock = threading.Lock()
        self._loop = None

    def at_exit(self) -> None:
        """Close idle connections. Work in flight is left alone: whoever waits for it ends too."""
        if self._loop is not None:
            future = asyncio.run_coroutine_threadsafe(_wind_down(), self._loop)
            concurrent.futures.wait([future], timeout=_PATIENCE)


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    # These two leave the loop as well as the task that raised them; other work must go on.
    while True:
        with contextlib.suppress(KeyboardInterrupt, SystemExit):
            loop.run_forever()


async def _wind_down() -> None:
    if len(asyncio.all_tasks()) == 1:
        await asyncio.get_running_loop().shutdown_asyncgens()


_private = _PrivateLoop()
atexit.register(_private.at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_private.after_fork)


def run_sync(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end and return its result; also from inside a running event loop.

    Ctrl-C, or whatever else a signal handler raises, cancels the work first. Raises AgentError
    when called on the private loop itself, which would wait for itself: use the async form there.
    """
    loop = _private.get()
    if _running_loop() is loop:
        work.close()
        raise AgentError(
            "A sync call inside an async tool, or in on_event, would wait for itself. "
            "A tool can await the async form."
        )
    gate = _Gate()
    waiting = gate.run(work)
    try:
        future = asyncio.run_coroutine_threadsafe(waiting, loop)
    except BaseException:  # a signal came, and nobody knows whether the loop has it already
        loop.call_soon_threadsafe(gate.close)
        loop.call_soon_threadsafe(loop.call_soon, _drop, waiting, work)
        raise
    try:
        loop.call_soon_threadsafe(gate.open)
        while not future.done():
            concurrent.futures.wait([future], timeout=_LOOK)
        return future.result()
    except BaseException:
        if future.cancel():
            concurrent.futures.wait([future], timeout=_PATIENCE)
        raise


def _drop(*work: Coroutine[Any, Any, Any]) -> None:
    """Close what the loop did not get; what it got has begun by now."""
    if inspect.getcoroutinestate(work[0]) == inspect.CORO_CREATED:
        for one in work:
            one.close()


class _Gate:
    """Keeps work from beginning until its caller can cancel it."""

    def __init__(self) -> None:
        self._decided = asyncio.Event()
        self._is_open = False

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for the decision, then do the work; without it, nothing has happened."""
        try:
            await self._decided.wait()
            if not self._is_open:
                raise asyncio.CancelledError
        except asyncio.CancelledError:
            work.close()
            raise
        return await work

    def open(self) -> None:
        """Let the work begin."""
        self._is_open = True
        self._decided.set()

    def close(self) -> None:
        """Drop the work."""
        self._decided.set()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
