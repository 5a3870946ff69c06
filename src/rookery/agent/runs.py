"""Many runs that are watched while they go on: what comes of each task, as it comes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Sequence, Sized
from contextlib import AsyncExitStack, aclosing
from types import TracebackType
from typing import Any, Generic, Self

from rookery.agent import check
from rookery.agent.driver import Driver
from rookery.agent.events import Event
from rookery.agent.item import Item
from rookery.agent.loop import Content
from rookery.agent.maplog import UNFINISHED, MapLog
from rookery.agent.outcome import Outcome, Tally
from rookery.agent.output import Output, T
from rookery.agent.stream import OnEvent
from rookery.agent.sync import run_sync
from rookery.agent.warming import Warming
from rookery.errors import AgentError, SessionError
from rookery.gateway.meter import utc_now
from rookery.tools.thread import in_thread

Tasks = Iterable[Content] | AsyncIterable[Content]
OnEventOf = Callable[[int, Event], None]
"""Is told the index of a task, and what happens in its run."""

_END: Any = object()


class AsyncRuns(Generic[T]):
    """Many runs, as what comes of each. Entering begins them; leaving cancels what is left.

    Items come in the order in which they end. Not more tasks are taken than run at the same time,
    and no further one begins while as many items wait to be read.
    """

    def __init__(
        self,
        make: Callable[[Content, OnEvent | None], Driver],
        tasks: Tasks,
        *,
        concurrency: int,
        output: Output[T] | None = None,
        log: MapLog | None = None,
        warming: Warming | None = None,
        on_event: OnEventOf | None = None,
    ) -> None:
        """Prepare the runs of drivers that `make` makes of a task and of where its events go.

        `log` keeps results, which are read as `output`; `warming` lets one go ahead.
        """
        self._make = make
        self._tasks = tasks
        self._concurrency = concurrency
        self._output = output
        self._log = log
        self._warming = warming
        self._on_event = on_event
        self._tally = Tally(len(tasks) if isinstance(tasks, Sized) else None)
        self._items: deque[Item[T]] = deque()
        self._running = 0
        self._moved = asyncio.Event()
        """Set when a run has ended or an item was read: there may be room for another one."""
        self._news = asyncio.Event()
        self._failure: Exception | None = None
        self._work: asyncio.Task[None] | None = None
        self._held = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Begin the runs. SessionError: the name is taken, or kept results are of other tasks."""
        if self._work is not None:
            raise AgentError("The tasks are gone through once: this cannot be entered again.")
        async with AsyncExitStack() as held:
            if self._log is not None:
                await held.enter_async_context(self._log)
                if isinstance(self._tasks, Sequence):
                    self._log.demand(self._tasks)
            self._held = held.pop_all()
        self._work = asyncio.create_task(self._feed())
        self._work.add_done_callback(lambda _: self._news.set())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Cancel what is left of the runs, and wait until they have ended."""
        work = self._begun
        work.cancel()
        try:
            await asyncio.wait([work])
            if not work.cancelled():
                work.exception()  # looked at: whoever left early did not ask for it
        finally:
            await self._held.aclose()

    def __aiter__(self) -> Self:
        """Read the items, each once.

        Raises at their end what stopped it before its tasks were all done: SessionError where the
        results cannot be kept or are of other tasks, or what the tasks raised.
        """
        return self

    async def __anext__(self) -> Item[T]:
        """Wait for the next item."""
        if not self._items and not await self._wait():
            raise StopAsyncIteration
        item = self._items.popleft()
        self._moved.set()
        return item

    async def take(self) -> list[Item[T]]:
        """Wait for items and return all that are there; none at the end."""
        await self._wait()
        taken = list(self._items)
        self._items.clear()
        self._moved.set()
        return taken

    async def results(self) -> list[Item[T]]:
        """Return the items that were not read yet, all of them, in the order of their tasks.

        Where it was not entered, this begins the runs, and waits until all have ended.
        """
        if self._work is None:
            async with self:
                return await self.results()
        return sorted([item async for item in self], key=lambda item: item.index)

    @property
    def outcome(self) -> Outcome:
        """What has come of it so far: how runs ended, what they cost, what the cache saved."""
        return self._tally.outcome

    @property
    def _begun(self) -> asyncio.Task[None]:
        if self._work is None:
            raise AgentError("The runs have not begun: enter them, with `with`, or call results().")
        return self._work

    async def _wait(self) -> bool:
        """Wait until there are items, or will be none; return whether there are."""
        work = self._begun
        while not self._items and not work.done():
            self._news.clear()
            await self._news.wait()
        if not self._items and self._failure is not None:
            raise self._failure
        if not self._items and not work.cancelled():
            work.result()
        return bool(self._items)

    async def _feed(self) -> None:
        """Take tasks while there is room for them, and run each."""
        async with aclosing(_each(self._tasks)) as tasks, asyncio.TaskGroup() as group:
            index = 0
            while await self._has_room():
                try:
                    task = await anext(tasks, _END)
                    if task is _END:
                        self._ended(index)
                        return
                except Exception as error:  # noqa: BLE001 -- the tasks are the caller's: so it is told
                    self._fail(error)
                if self._failure is not None:
                    return
                self._running += 1
                group.create_task(self._one(index, task))
                index += 1

    async def _has_room(self) -> bool:
        """Wait until another run may begin; return whether one shall."""
        while self._failure is None:
            if self._running < self._concurrency and len(self._items) < self._concurrency:
                return True
            self._moved.clear()
            await self._moved.wait()
        return False

    def _ended(self, tasks: int) -> None:
        self._tally.tasks = tasks
        if self._log is not None:
            self._log.demand_length(tasks)

    def _fail(self, error: Exception) -> None:
        """Let no other run begin; those that did may end."""
        self._failure = self._failure or error

    async def _one(self, index: int, task: Content) -> None:
        try:
            item = await self._item(index, task)
            self._tally.end(item)
            self._items.append(item)
            self._news.set()
        except SessionError as error:
            self._fail(error)
        finally:
            self._running -= 1
            self._moved.set()

    async def _item(self, index: int, task: Content) -> Item[T]:
        """Carry out one task. Raises SessionError where the log is not that of these tasks."""
        try:
            if self._log is not None:
                kept = self._log.take(index, task, self._output)
                if kept is not None:
                    return Item(index=index, task=task, result=kept, stored=True)
            content = check.task_content(task)
            driver = self._make(content, self._listener(index))
        except SessionError:
            raise
        except Exception as error:  # noqa: BLE001 -- of a function that chooses the model, too
            return Item(index=index, task=task, error=error)
        try:
            if self._warming is not None:
                await self._warming.turn(driver)
            result = await driver.drive(content)
        except Exception as error:  # noqa: BLE001 -- one failure never stops the others
            return Item(index=index, task=task, error=error)
        finally:
            self._tally.charge(driver.steps, driver.catalog, utc_now())
        if self._log is not None and result.stop_reason not in UNFINISHED:
            try:
                await self._log.keep(index, content, result)
            except SessionError as error:
                self._fail(error)  # no other one begins; this result was paid for
        return Item(index=index, task=task, result=result)

    def _listener(self, index: int) -> OnEvent | None:
        tell = self._on_event
        return None if tell is None else lambda event: tell(index, event)


class Runs(Generic[T]):
    """Many runs, as what comes of each. Entering begins them; leaving cancels what is left.

    Items come in the order in which they end. Not more tasks are taken than run at the same time,
    and no further one begins while as many items wait to be read.
    """

    def __init__(self, runs: AsyncRuns[T]) -> None:
        """Read `runs`, which run on the private event loop."""
        self._runs = runs
        self._taken: deque[Item[T]] = deque()

    def __enter__(self) -> Self:
        """Begin the runs. SessionError: the name is taken, or kept results are of other tasks."""
        run_sync(self._runs.__aenter__())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Cancel what is left of the runs, and wait until they have ended."""
        run_sync(self._runs.__aexit__(kind, error, trace))

    def __iter__(self) -> Self:
        """Read the items, each once.

        Raises at their end what stopped it before its tasks were all done: SessionError where the
        results cannot be kept or are of other tasks, or what the tasks raised.
        """
        return self

    def __next__(self) -> Item[T]:
        """Wait for the next item."""
        if not self._taken:
            self._taken.extend(run_sync(self._runs.take()))
        if not self._taken:
            raise StopIteration
        return self._taken.popleft()

    def results(self) -> list[Item[T]]:
        """Return the items that were not read yet, all of them, in the order of their tasks.

        Where it was not entered, this begins the runs, and waits until all have ended.
        """
        taken, self._taken = self._taken, deque()
        return sorted([*taken, *run_sync(self._runs.results())], key=lambda item: item.index)

    @property
    def outcome(self) -> Outcome:
        """What has come of it so far: how runs ended, what they cost, what the cache saved."""
        return self._runs.outcome


async def _each(tasks: Tasks) -> AsyncGenerator[Content, None]:
    """Yield tasks, each when it is asked for."""
    if isinstance(tasks, AsyncIterable):
        async for task in tasks:
            yield task
    else:
        for task in tasks:
            yield task


async def _each_in_thread(tasks: Iterable[Content]) -> AsyncGenerator[Content, None]:
    """Yield tasks, each when it is asked for; what makes them may block."""
    iterator = iter(tasks)
    while (task := await in_thread(lambda: next(iterator, _END))) is not _END:
        yield task


def beside(tasks: Tasks) -> Tasks:
    """Return tasks that do not hold up the event loop while they are made."""
    if isinstance(tasks, AsyncIterable | Sequence) or not isinstance(tasks, Iterable):
        return tasks
    return _each_in_thread(tasks)
