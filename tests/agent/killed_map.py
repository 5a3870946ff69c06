"""A program that goes through many tasks and is killed, for test_map_kept.

`python killed_map.py FILE POINT`: the map `nightly` in the store FILE; the process kills itself at
the point: `before-N` or `after-N` is the N-th result that is kept, `event-N` the N-th event of all
runs. `whole` is never reached. `hold` prints a line when it has begun, and waits for input.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rookery import Agent
from rookery.agent import events
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.store.lease import Lease
from rookery.store.sqlite import SQLiteStore

TASKS = [f"Task {number}." for number in range(12)]


class Watched(SQLiteStore):
    """A store that is there when the process ends."""

    point = "whole"
    results = 0

    def append(
        self,
        lease: Lease,
        events: Sequence[bytes],
        expected: int,
        about: Mapping[str, Any] | None = None,
    ) -> int:
        self.results += expected > 0
        self.reached("before", self.results)
        revision = super().append(lease, events, expected, about)
        self.reached("after", self.results)
        return revision

    def reached(self, kind: str, number: int) -> None:
        if self.point == f"{kind}-{number}":
            os.kill(os.getpid(), signal.SIGKILL)


def main(file: str, point: str) -> None:
    """Carry out all tasks, as far as the point."""
    store = Watched(file)
    store.point = point
    seen = 0

    def on_event(index: int, event: events.Event) -> None:
        nonlocal seen
        seen += 1
        store.reached("event", seen)

    rules = [{"reply": f"{os.getpid()} was here."}]
    agent = Agent("claude-sonnet-4-6", provider=ScriptedProvider({"rules": rules}))
    with agent.map(TASKS, concurrency=3, name="nightly", store=store, on_event=on_event) as runs:
        if point == "hold":
            sys.stdout.write("begun\n")
            sys.stdout.flush()
            sys.stdin.readline()
        for item in runs:
            sys.stdout.write(f"{item.index}\n")
            sys.stdout.flush()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
