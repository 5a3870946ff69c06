from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar

from rookery.tools.thread import in_thread

WHO: ContextVar[str] = ContextVar("who")


async def test_the_function_runs_elsewhere_with_the_callers_context() -> None:
    WHO.set("caller")
    here = threading.current_thread()
    assert await in_thread(lambda: (WHO.get(), threading.current_thread() is here)) == (
        "caller",
        False,
    )


async def test_a_thread_is_used_again() -> None:
    # A thread turns idle just after its value was delivered, so the next call may need another.
    threads = {await in_thread(threading.get_ident) for _ in range(200)}
    assert len(threads) < 100


def test_a_loop_that_is_gone_does_not_hurt_the_thread() -> None:
    started, released, ended = threading.Event(), threading.Event(), threading.Event()

    def block() -> None:
        started.set()
        released.wait(10)

    async def leave() -> None:
        task = asyncio.create_task(in_thread(block))
        await in_thread(lambda: started.wait(10))
        task.cancel()

    asyncio.run(leave())
    released.set()
    assert asyncio.run(in_thread(lambda: not ended.is_set()))
