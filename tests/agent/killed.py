"""A program that works on sessions and is killed, for test_kill: at points that it is told.

`python killed.py FOLDER POINT...`: for each point, a process of its own begins the session `s`
in FOLDER/POINT.db and kills itself there. A point is `event-N`, `before-N` or `after-N`: the N-th
event of the session, before or after the N-th write. `whole` is never reached.
`python killed.py FILE` works on the session in FILE and prints a line at each event.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rookery import Session
from rookery.agent import events
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.store.lease import Lease
from rookery.store.sqlite import SQLiteStore

MODEL = "claude-sonnet-4-6"
TASKS = ("Hello?", "Add.", "Add again.", "Bye.")


def _uses(*numbers: int) -> dict[str, Any]:
    calls = [
        {"type": "tool_use", "id": f"toolu_{n}", "name": "add", "input": {"a": n}} for n in numbers
    ]
    return {"content": [{"type": "text", "text": "I add."}, *calls]}


REPLIES = ("Hello.", _uses(1, 2), _uses(3), "Added.", _uses(4, 5, 6), "Added again.", "Bye.")


async def add(a: int) -> int:
    """Add one."""
    return a + 1


class Point:
    """Where the process is to kill itself."""

    def __init__(self, name: str) -> None:
        self._kind, _, number = name.partition("-")
        self._left = int(number or 0)

    def reached(self, kind: str) -> None:
        if kind == self._kind:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class Watched(SQLiteStore):
    """A store that knows of a point."""

    point = Point("whole")

    def append(
        self,
        lease: Lease,
        events: Sequence[bytes],
        expected: int,
        about: Mapping[str, Any] | None = None,
    ) -> int:
        self.point.reached("before")
        revision = super().append(lease, events, expected, about)
        self.point.reached("after")
        return revision


def work(path: Path, point: Point, told: Callable[[str], Any]) -> None:
    """Carry out all tasks, and tell of each event and each task that is done."""
    store = Watched(path)
    store.point = point
    provider = ScriptedProvider.of(*REPLIES)
    session = Session(model=MODEL, tools=[add], provider=provider, store=store, id="s")

    def on_event(event: events.Event) -> None:
        told(type(event).__name__)
        point.reached("event")

    for task in TASKS:
        session.run(task, on_event=on_event)
        told("done")
    store.close()


def _in_a_process(folder: Path, name: str) -> None:
    pid = os.fork()
    if pid == 0:
        with (folder / f"{name}.txt").open("w", buffering=1, encoding="utf-8") as told:
            work(folder / f"{name}.db", Point(name), partial(print, file=told))
        os._exit(0)
    os.waitpid(pid, 0)


if __name__ == "__main__":
    where, *points = sys.argv[1:]
    for one in points:
        _in_a_process(Path(where), one)
    if not points:
        work(Path(where), Point("whole"), partial(print, flush=True))
