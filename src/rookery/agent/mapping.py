"""Many tasks for one agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, cast

from rookery.agent import check
from rookery.agent.begin import begin
from rookery.agent.budget import Budget, Purse
from rookery.agent.output import T
from rookery.agent.team import check_agents
from rookery.agent.warming import Warming
from rookery.errors import AgentError
from rookery.tools import numbers

if TYPE_CHECKING:
    import os

    from rookery.agent.agent import Agent, Tools
    from rookery.agent.driver import Driver
    from rookery.agent.loop import Content
    from rookery.agent.maplog import MapLog
    from rookery.agent.runs import AsyncRuns, OnEventOf, Runs, Tasks
    from rookery.agent.stream import OnEvent
    from rookery.store.base import SessionStore

CONCURRENCY = 10
"""Runs at the same time, where nothing is said."""


class Mapper(Generic[T]):
    """Carries out many tasks, each in a run of its own."""

    def map(
        self,
        tasks: Tasks,
        *,
        concurrency: int = CONCURRENCY,
        tools: Tools | None = None,
        subagents: Sequence[Agent[Any]] = (),
        budget: Budget | None = None,
        messages: Sequence[Mapping[str, Any]] | None = None,
        name: str | None = None,
        store: SessionStore | str | os.PathLike[str] | None = None,
        warm: bool = True,
        on_event: OnEventOf | None = None,
    ) -> Runs[T]:
        """Return the runs of many tasks, as a context manager to read what comes of each from.

        Entering it begins them, leaving it cancels what is left. An item has its task with a
        result or an error: one that fails stops no other. `results()` is for all at once, in the
        order of the tasks. `outcome` tells how far it is, what it cost, and what the cache saved.

        `tasks` are texts or lists of content blocks, in any iterable; it is not read ahead of the
        `concurrency`. `budget` is what all of them may spend together; that of the agent is for
        each. With a `name`, results are kept in `store`, and are not made again by the same call.
        With `warm`, the others wait for the first reply to begin, 2 seconds at most, where there
        is a prompt for the cache. `on_event` is called with the index of a task and each event of
        its run. The rest is as in a run. AgentError: an argument cannot be used.
        """
        given: dict[str, Any] = check.given(locals())
        from rookery.agent.runs import Runs, beside  # noqa: PLC0415 -- only when used

        return Runs(self.amap(**{**given, "tasks": beside(check.tasks(tasks))}))

    def amap(
        self,
        tasks: Tasks,
        *,
        concurrency: int = CONCURRENCY,
        tools: Tools | None = None,
        subagents: Sequence[Agent[Any]] = (),
        budget: Budget | None = None,
        messages: Sequence[Mapping[str, Any]] | None = None,
        name: str | None = None,
        store: SessionStore | str | os.PathLike[str] | None = None,
        warm: bool = True,
        on_event: OnEventOf | None = None,
    ) -> AsyncRuns[T]:
        """Return the runs of many tasks, as a context manager to read what comes of each from.

        Entering it begins them, leaving it cancels what is left. An item has its task with a
        result or an error: one that fails stops no other. `results()` is for all at once, in the
        order of the tasks. `outcome` tells how far it is, what it cost, and what the cache saved.

        `tasks` are texts or lists of content blocks, in any iterable; it is not read ahead of the
        `concurrency`. `budget` is what all of them may spend together; that of the agent is for
        each. With a `name`, results are kept in `store`, and are not made again by the same call.
        With `warm`, the others wait for the first reply to begin, 2 seconds at most, where there
        is a prompt for the cache. `on_event` is called with the index of a task and each event of
        its run. The rest is as in a run. AgentError: an argument cannot be used.
        """
        from rookery.agent.runs import AsyncRuns  # noqa: PLC0415 -- only when used

        agent = cast("Agent[T]", self)
        check.listener(on_event)
        limit = check.budget(budget)
        ask: dict[str, Any] = {
            "tools": None if tools is None else tuple(check.by_name(tools).values()),
            "subagents": check_agents(subagents, (agent,)),
            "messages": messages,
            "purse": None if limit is None else Purse(limit),
        }

        def make(task: Content, put: OnEvent | None) -> Driver:
            return begin(agent, task, put, **ask)

        if not callable(agent.model):
            make("?", None)  # what would be wrong with each of them is told at once
        return AsyncRuns(
            make,
            check.tasks(tasks),
            concurrency=numbers.positive("concurrency", concurrency),
            output=agent._output,
            log=_log(name, store),
            warming=Warming() if warm else None,
            on_event=on_event,
        )


def _log(name: Any, store: Any) -> MapLog | None:
    if name is None and store is None:
        return None
    if name is None or store is None:
        raise AgentError(
            'Results are kept by name in a store: give both, as in name="nightly", '
            'store="results.db".'
        )
    from rookery.agent.maplog import MapLog  # noqa: PLC0415 -- only when used
    from rookery.store.base import check_name  # noqa: PLC0415
    from rookery.store.open import open_store  # noqa: PLC0415

    opened = open_store(store)
    return MapLog(opened, check_name(name), owns_store=opened is not store)
