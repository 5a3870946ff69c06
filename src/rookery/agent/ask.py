"""Calls functions of the program's whose failures must not be the run's: approvals and hooks."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from msgspec import Struct

from rookery.agent.approval import Answer, ApprovalRequest, Approve, Deny, Later, answer_of
from rookery.errors import RookeryError
from rookery.tools.thread import in_thread


class Failed(Struct, frozen=True):
    """A function that gave no answer, and why."""

    reason: str


async def ask(
    approve: Approve | Literal["pending"], request: ApprovalRequest, seconds: float | None
) -> Answer:
    """Return what `approve` answers. "pending" is nobody, and the answer is Later.

    An exception, no answer within `seconds`, and what is no answer are a denial with its reason.
    Raises CancelledError only when the caller is cancelled.
    """
    if isinstance(approve, str):
        return Later()
    found = await attempt(approve, request, seconds=seconds, read=answer_of)
    if isinstance(found, Failed):
        return Deny(f"Asking for the approval failed: {found.reason}")
    answer: Answer = found
    return answer


async def attempt(
    function: Any, *args: Any, seconds: float | None, read: Callable[[Any], Any]
) -> Any:
    """Return what `read` makes of what the function returns, or Failed.

    Raises CancelledError only when the caller is cancelled.
    """
    try:
        async with asyncio.timeout(seconds) as clock:
            return read(await called(function, *args))
    except asyncio.CancelledError:
        if (task := asyncio.current_task()) is not None and task.cancelling():
            raise
        return Failed("it was broken off.")
    except TimeoutError:
        return Failed(f"no answer within {seconds:g} s." if clock.expired() else "TimeoutError.")
    except RookeryError as error:
        return Failed(error.message)
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- the function is somebody else's
        return Failed(f"{type(error).__name__}.")


async def called(function: Any, *args: Any) -> Any:
    """Call a function of the program's: one that is not async in a thread. Raises what it does."""
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004 -- an object whose call is async
    ):
        return await function(*args)
    value = await in_thread(partial(function, *args))
    return await value if inspect.isawaitable(value) else value
