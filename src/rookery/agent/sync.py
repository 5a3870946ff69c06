"""Async code from sync callers: one private event loop in a thread of its own.

Connection pools belong to a loop, so all sync calls of a process share this one.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Coroutine
from functools import cache
from typing import Any, TypeVar

from rookery.errors import AgentError

T = TypeVar("T")


@cache
def _private_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="rookery-sync", daemon=True).start()
    return loop


def run_sync(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end and return its result; also from inside a running event loop.

    Ctrl-C cancels the work first. Raises AgentError when called on the private loop itself,
    which would wait for itself: use the async form there.
    """
    loop = _private_loop()
    if _running_loop() is loop:
        work.close()
        raise AgentError("A sync call inside an async tool would wait for itself; await it.")
    future = asyncio.run_coroutine_threadsafe(work, loop)
    try:
        return future.result()
    except KeyboardInterrupt:
        future.cancel()
        concurrent.futures.wait([future], timeout=5)
        raise


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
