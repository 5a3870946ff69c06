"""Runs a blocking function beside the event loop.

Not asyncio.to_thread: its pool of a few threads is shared with name resolution, so that a handful
of slow tools would stop the process, and its threads are waited for when the process ends, so
that one tool which never returns would keep it alive. Here a call gets a thread that is idle, or
a new one; all are daemons, and one that had nothing to do for a while ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")

_Jobs = SimpleQueue[Callable[[], None]]

_IDLE_SECONDS = 10.0
_idle: list[_Jobs] = []
"""The queues of the threads that wait for work. Appending and popping are atomic."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)  # A forked child has none of the threads.


async def in_thread(function: Callable[[], T]) -> T:
    """Return `function()`, called in another thread that sees the caller's context.

    Raises what it does; a RuntimeError where that would end or cancel the event loop's own work.
    When the caller is cancelled, the thread is left to finish, and its value is dropped.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    context = copy_context()

    def deliver(tell: Callable[[Any], None], outcome: object) -> None:
        if not future.done():
            tell(outcome)

    def job() -> None:
        tell: Callable[[Any], None] = future.set_result
        outcome: object
        try:
            outcome = context.run(function)
        except BaseException as error:  # noqa: BLE001 -- else the caller would wait for ever
            tell, outcome = future.set_exception, _raisable(error)
        with contextlib.suppress(RuntimeError):  # The loop was closed in the meantime.
            loop.call_soon_threadsafe(deliver, tell, outcome)

    _waiting_thread().put(job)
    return await future


def _raisable(error: BaseException) -> BaseException:
    is_plain = isinstance(error, Exception | SystemExit) and not isinstance(error, StopIteration)
    return error if is_plain else RuntimeError(repr(error))


def _waiting_thread() -> _Jobs:
    with contextlib.suppress(IndexError):
        return _idle.pop()
    jobs: _Jobs = SimpleQueue()
    threading.Thread(target=_serve, args=(jobs,), name="rookery-tool", daemon=True).start()
    return jobs


def _serve(jobs: _Jobs) -> None:
    while True:
        try:
            jobs.get(timeout=_IDLE_SECONDS)()
        except Empty:
            try:
                _idle.remove(jobs)
            except ValueError:
                continue  # Somebody took this thread just now: its job is on the way.
            return
        _idle.append(jobs)
