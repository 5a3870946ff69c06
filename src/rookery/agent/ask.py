"""Asks for an approval: whatever goes wrong with whoever is asked is a denial."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any, Literal

from rookery.agent.approval import (
    Answer,
    ApprovalRequest,
    Approve,
    Deny,
    Later,
    answer_of,
)
from rookery.errors import AgentError
from rookery.tools.thread import in_thread


async def ask(
    approve: Approve | Literal["pending"], request: ApprovalRequest, seconds: float | None
) -> Answer:
    """Return what `approve` answers. "pending" is nobody, and the answer is Later.

    An exception, no answer within `seconds`, and what is no answer are a denial with its reason.
    Raises CancelledError only when the caller is cancelled.
    """
    if isinstance(approve, str):
        return Later()
    try:
        async with asyncio.timeout(seconds) as clock:
            answer = answer_of(await called(approve, request))
    except asyncio.CancelledError:
        if (task := asyncio.current_task()) is not None and task.cancelling():
            raise
        return Deny("Asking for the approval was broken off.")
    except TimeoutError:
        if clock.expired():
            return Deny(f"Nobody approved the call within {seconds:g} s.")
        return Deny("Asking for the approval failed: TimeoutError.")
    except AgentError as error:
        return Deny(f"Asking for the approval failed: {error.message}")
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- the callback is somebody else's
        return Deny(f"Asking for the approval failed: {type(error).__name__}.")
    return answer


async def called(function: Any, *args: Any) -> Any:
    """Call a function of the program's: one that is not async in a thread. Raises what it does."""
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004 -- an object whose call is async
    ):
        return await function(*args)
    value, error = await in_thread(lambda: _outcome(function, args))
    if error is not None:
        raise error
    return await value if inspect.isawaitable(value) else value


def _outcome(function: Any, args: Any) -> tuple[Any, BaseException | None]:
    try:
        return function(*args), None
    except SystemExit as error:
        return None, error
    except BaseException as error:  # noqa: BLE001 -- else the caller would wait for ever
        return None, error if isinstance(error, Exception) else RuntimeError(repr(error))
