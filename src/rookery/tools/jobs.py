"""Commands that run on in the background, for as long as the run that started them."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from rookery.errors import RookeryError, ToolError
from rookery.tools.capture import Unread
from rookery.tools.ended import Ended
from rookery.tools.process import Deadline

MOST = 16
"""How many may run at a time."""

Body = Callable[[Unread, Deadline], Ended]


class Job:
    """A command in the background."""

    def __init__(self, number: int, command: str, body: Body, seconds: float | None) -> None:
        """Start it; it is ended after `seconds`, if they are given."""
        self.number = number
        self.command = command
        self.ended: Ended | None = None
        self._problem = ""
        self._output = Unread()
        self.over = threading.Event()
        self._began = time.monotonic()
        self._stop = threading.Event()
        self._body = body
        self._deadline = Deadline(math.inf if seconds is None else seconds, self._stop)
        self._thread = threading.Thread(target=self._run, name="rookery-job", daemon=True)
        self._thread.start()

    def __str__(self) -> str:
        """Return a phrase that says whether it runs, and how it ended."""
        if self.ended is not None:
            return str(self.ended)
        return self._problem or f"running for {time.monotonic() - self._began:.1f} s"

    def read(self) -> str:
        """Return what it wrote since the last time, as text to be shown."""
        return self._output.read(final=self.over.is_set()).removesuffix("\n")

    def stop(self) -> None:
        """Have it ended, with all that it started."""
        self._stop.set()

    def kill(self) -> None:
        """End it; returns when nothing is left."""
        self.stop()
        self._thread.join()

    def _run(self) -> None:
        try:
            self.ended = self._body(self._output, self._deadline)
        except RookeryError as error:
            self._problem = error.message
        except Exception as error:  # noqa: BLE001 -- else nobody would hear of it
            self._problem = f"{type(error).__name__}: {error}"
        finally:
            self.over.set()


class Jobs:
    """The background commands of a run, by their numbers, which count from 1."""

    def __init__(self) -> None:
        """Start with none."""
        self._jobs: dict[int, Job] = {}
        self._lock = threading.Lock()

    def start(self, command: str, body: Body, seconds: float | None) -> Job:
        """Start a command. Raises ToolError where too many run."""
        with self._lock:
            running = [str(job.number) for job in self._jobs.values() if not job.over.is_set()]
            if len(running) >= MOST:
                raise ToolError(
                    f"{len(running)} background commands run already: {', '.join(running)}. "
                    "Kill one with bash_jobs."
                )
            number = len(self._jobs) + 1
            job = self._jobs[number] = Job(number, command, body, seconds)
            return job

    def all(self) -> list[Job]:
        """Return them in the order in which they were started."""
        with self._lock:
            return list(self._jobs.values())

    def find(self, number: int) -> Job:
        """Return one of them. Raises ToolError."""
        with self._lock:
            if number in self._jobs:
                return self._jobs[number]
            known = ", ".join(map(str, self._jobs)) or "none"
        raise ToolError(f"There is no background command {number}. There are: {known}.")

    def close(self) -> None:
        """End all that run."""
        jobs = self.all()
        for job in jobs:
            job.stop()
        for job in jobs:
            job.kill()
