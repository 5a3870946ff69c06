"""Runs that are watched while they go on: their events one by one, then their result."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, Self

from rookery.agent.driver import Driver
from rookery.agent.events import Event
from rookery.agent.loop import Content
from rookery.agent.output import T
from rookery.agent.result import Result
from rookery.agent.sync import run_sync
from rookery.errors import AgentError

OnEvent = Callable[[Event], None]


class AsyncRunStream(Generic[T]):
    """A run as its events. Entering begins it; leaving cancels what is left of it and waits.

    The run does not wait for its reader: events are kept until they are read.
    """

    def __init__(self, make: Callable[[OnEvent], Driver], task: Content) -> None:
        """Prepare the run of a driver that `make` makes, given where its events go."""
        self._driver = make(self._put)
        self._content = task
        self._events: deque[Event] = deque()
        self._news = asyncio.Event()
        self._work: asyncio.Task[Result[T]] | None = None

    async def __aenter__(self) -> Self:
        """Begin the run."""
        if self._work is not None:
            raise AgentError("A stream is one run: it cannot be entered again.")
        self._work = asyncio.create_task(self._driver.drive(self._content))
        self._work.add_done_callback(lambda _: self._news.set())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Cancel what is left of the run, and wait until it has ended."""
        work = self._begun
        work.cancel()
        await asyncio.wait([work])
        if not work.cancelled():
            work.exception()  # looked at: whoever left early did not ask for it

    def __aiter__(self) -> Self:
        """Read the events, each once. Raises RunError at their end if the run failed."""
        return self

    async def __anext__(self) -> Event:
        """Wait for the next event. Raises RunError at the end if the run failed."""
        if not self._events and not await self._wait():
            raise StopAsyncIteration
        return self._events.popleft()

    async def take(self) -> list[Event]:
        """Wait for events and return all that are there; none at the end.

        Raises RunError at the end if the run failed.
        """
        await self._wait()
        taken = list(self._events)
        self._events.clear()
        return taken

    @property
    def result(self) -> Result[T]:
        """The result of the run that ended; `cancelled` is the stop reason of one that was left.

        Raises RunError if the run failed, and AgentError while it goes on.
        """
        work = self._begun
        if not work.done():
            raise AgentError("The run goes on: its result is there when its events are read.")
        return self._driver.result("cancelled") if work.cancelled() else work.result()

    @property
    def _begun(self) -> asyncio.Task[Result[T]]:
        if self._work is None:
            raise AgentError("The run has not begun: enter the stream, with `with`.")
        return self._work

    def _put(self, event: Event) -> None:
        self._events.append(event)
        self._news.set()

    async def _wait(self) -> bool:
        """Wait until there are events, or will be none; return whether there are."""
        work = self._begun
        while not self._events and not work.done():
            self._news.clear()
            await self._news.wait()
        if not self._events and not work.cancelled():
            work.result()  # raises what the run did
        return bool(self._events)


class RunStream(Generic[T]):
    """A run as its events. Entering begins it; leaving cancels what is left of it and waits.

    The run does not wait for its reader: events are kept until they are read.
    """

    def __init__(self, stream: AsyncRunStream[T]) -> None:
        """Read `stream`, which runs on the private event loop."""
        self._stream = stream
        self._taken: deque[Event] = deque()

    def __enter__(self) -> Self:
        """Begin the run."""
        run_sync(self._stream.__aenter__())
        return self

    def __exit__(self, *_: object) -> None:
        """Cancel what is left of the run, and wait until it has ended."""
        run_sync(self._stream.__aexit__())

    def __iter__(self) -> Self:
        """Read the events, each once. Raises RunError at their end if the run failed."""
        return self

    def __next__(self) -> Event:
        """Wait for the next event. Raises RunError at the end if the run failed."""
        if not self._taken:
            self._taken.extend(run_sync(self._stream.take()))
        if not self._taken:
            raise StopIteration
        return self._taken.popleft()

    @property
    def result(self) -> Result[T]:
        """The result of the run that ended; `cancelled` is the stop reason of one that was left.

        Raises RunError if the run failed, and AgentError while it goes on.
        """
        return self._stream.result
