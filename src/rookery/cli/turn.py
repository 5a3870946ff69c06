"""One task, carried out until it ends or Ctrl-C cancels it; and what the exit code says of it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import Any, Self

from rookery.agent.result import Result
from rookery.agent.stream import AsyncRunStream
from rookery.cli.progress import Progress, Show

OK, FAILED, BAD_USAGE, NOTHING_CONFIGURED, LIMIT, REFUSED = range(6)
INTERRUPTED = 128 + signal.SIGINT

CODES = {
    "end_turn": OK,
    "error": FAILED,
    "refusal": REFUSED,
    "cancelled": INTERRUPTED,
}
"""Exit codes by stop reason; all others are limits."""

_SHOW_CURSOR = "\x1b[?25h"


def exit_code(result: Result[Any]) -> int:
    """Return the exit code that tells how a run ended."""
    return CODES.get(result.stop_reason, LIMIT)


async def carry_out(stream: AsyncRunStream[Any], progress: Progress, *more: Show) -> Result[Any]:
    """Return the result of a run; each event goes to `progress`, and to `more`.

    The first Ctrl-C cancels the run, whose result says so; the second ends the process. Raises
    RunError.
    """
    with Interrupts() as interrupts, progress:
        try:
            async with stream:
                async for event in stream:
                    progress.show(event)
                    for show in more:
                        show(event)
        except asyncio.CancelledError:
            if not interrupts.seen:
                raise
    return stream.result


class Interrupts:
    """Has Ctrl-C cancel the task that enters it. Where it is ignored, it stays ignored."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self.seen = 0
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._before = signal.getsignal(signal.SIGINT)

    def __enter__(self) -> Self:
        if self._before is not signal.SIG_IGN:
            self._loop.add_signal_handler(signal.SIGINT, self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not signal.SIG_IGN:
            self._loop.remove_signal_handler(signal.SIGINT)
            signal.signal(signal.SIGINT, self._before)

    def _interrupt(self) -> None:
        self.seen += 1
        if self.seen == 1 and self._task is not None:
            self._task.cancel()
        elif self.seen > 1:
            sys.stderr.write(_SHOW_CURSOR if sys.stderr.isatty() else "")
            sys.stderr.write("\nrookery: ended by the second Ctrl-C\n")
            sys.stderr.flush()
            os._exit(INTERRUPTED)
