"""Sessions: one agent, one history, task after task; kept in a store as it grows."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Generic

import msgspec

from rookery.agent import check, sessionfile
from rookery.agent.agent import Agent, Tools
from rookery.agent.approval import Answered
from rookery.agent.begin import begin, begin_again
from rookery.agent.budget import Budget
from rookery.agent.closing import Closing
from rookery.agent.described import describe, rebuild
from rookery.agent.driver import Driver
from rookery.agent.events import Rewound
from rookery.agent.journal import Journal, Writer
from rookery.agent.loop import Content
from rookery.agent.opening import begun, enter
from rookery.agent.output import T
from rookery.agent.result import Result
from rookery.agent.step import Step
from rookery.agent.stream import AsyncRunStream, OnEvent, RunStream
from rookery.agent.suspension import Suspension
from rookery.agent.sync import run_sync
from rookery.agent.tracking import cost_tracking
from rookery.agent.transcript import Transcript, encode
from rookery.catalog.cost import Cost
from rookery.errors import AgentError
from rookery.store.base import SessionStore, check_name
from rookery.store.memory import MemoryStore
from rookery.store.open import open_store
from rookery.wire.ids import Ids

Where = SessionStore | str | os.PathLike[str]

_new_id = Ids().new


class Session(Closing, Generic[T]):
    """An agent with a memory: each task goes on from the one before.

    What happens is kept in the store as it happens: each reply before its tools run, each answer
    of a tool. One run at a time; for two at a time, `fork` it.
    """

    def __init__(
        self,
        agent: Agent[T] | None = None,
        *,
        agent_system: str | None = None,
        store: Where | None = None,
        id: str | None = None,  # noqa: A002 -- what it is called everywhere
        **arguments: Any,
    ) -> None:
        """Begin a session of `agent`; or of one made of `arguments`, those of `Agent`.

        `agent_system` is another name for its `system`. `store` is where the session is kept: a
        SessionStore, the path of an SQLite file, or "sqlite", the user's own
        (~/.local/state/rookery/sessions.db); without it, in memory. `id` names the session there;
        without it, it gets one. Nothing is written before its first run.

        Raises AgentError as Agent does, and SessionError for an id or a store that cannot be.
        """
        if agent is None:
            if agent_system is not None:
                if "system" in arguments:
                    raise AgentError("system and agent_system are the same: give one of them.")
                arguments["system"] = agent_system
            made: Agent[T] = Agent(**arguments)
        elif arguments or agent_system is not None:
            raise AgentError("Give an agent, or what to make one of; not both.")
        elif not isinstance(agent, Agent):
            raise AgentError(f"A session is one of an Agent, not of {agent!r:.100}.")
        else:
            made = agent
        opened = MemoryStore() if store is None else open_store(store)
        name = _new_id("session") if id is None else check_name(id)
        self._set(made, begun(opened, name, made))
        self._owns = (agent is None, opened is not store)

    def _set(self, agent: Agent[T], writer: Writer) -> None:
        self.agent = agent
        """What carries out its tasks."""
        self._written = writer
        self._owns = (False, False)

    @classmethod
    def resume(
        cls,
        id: str,  # noqa: A002
        *,
        store: Where,
        **arguments: Any,
    ) -> Session[Any]:
        """Return the session of this id in a store, to go on with.

        Its agent is made as it was kept, and of `arguments`, those of `Agent`, which count more.
        Tools that are functions have to be given, in `tools`, and an `output_type`; `provider`,
        `base_url`, `workspace` and all that protects (policy, sandbox, approvals) come from here
        alone. Raises SessionError for a session that is not there, cannot be read, or lacks a
        tool; AgentError as Agent does.
        """
        opened = open_store(store)
        transcript = Transcript.of(opened.read(check_name(id)))
        return cls._made(opened, id, transcript, arguments, owns_store=opened is not store)

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        *,
        store: Where | None = None,
        **arguments: Any,
    ) -> Session[Any]:
        """Return the session that `save` wrote to a file, JSON whatever the suffix of its name.

        `store` is where it is kept from now on, without it in memory; the rest is as in `resume`.
        Nothing in the file is executed, and no pickle is read. Raises SessionError and AgentError.
        """
        name, events = sessionfile.read(Path(path))
        check_name(name)
        transcript = Transcript.of(events)
        opened = MemoryStore() if store is None else open_store(store)
        session = cls._made(opened, name, transcript, arguments, owns_store=opened is not store)
        enter(opened, name, events, transcript)
        return session

    @classmethod
    def _made(
        cls,
        store: SessionStore,
        name: str,
        transcript: Transcript,
        arguments: dict[str, Any],
        *,
        owns_store: bool,
    ) -> Session[Any]:
        session: Session[Any] = cls.__new__(cls)
        agent = rebuild(transcript.agent, arguments)
        session._set(agent, Writer(store, name, transcript))
        session._owns = (True, owns_store)
        return session

    @property
    def id(self) -> str:
        """What it is called in its store."""
        return self._written.id

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The history in wire form, a valid request at every moment."""
        return self._transcript.messages

    @property
    def turns(self) -> int:
        """How many tasks the history has."""
        return self._transcript.turns

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every call of the model, those of turns that were taken back too."""
        return tuple(self._transcript.steps)

    @property
    def bill(self) -> Cost:
        """What all steps cost, line by line; a fork's begins with what led to it."""
        return self._transcript.bill

    @property
    def cost(self) -> Decimal | None:
        """What all steps cost in USD, exact; None: something in them has no price."""
        return self._transcript.bill.total

    @property
    def cost_tracking(self) -> dict[str, Any]:
        """The cost of all steps as a plain dict, as a result has it for one run."""
        return cost_tracking(self._transcript.steps)

    def run(
        self,
        task: Content,
        *,
        tools: Tools | None = None,
        subagents: Sequence[Agent[Any]] = (),
        budget: Budget | None = None,
        on_event: OnEvent | None = None,
    ) -> Result[T]:
        """Carry out `task` (text or content blocks) after those before, and return its result.

        The arguments are those of a run of an agent. SessionConflictError: another run, here or
        in another process, has the session; nothing was done then. A run that loses the session,
        or whose store fails, ends with a RunError.
        """
        ask: dict[str, Any] = {"tools": tools, "subagents": subagents, "budget": budget}
        return run_sync(self.arun(task, **ask, on_event=on_event))

    async def arun(
        self,
        task: Content,
        *,
        tools: Tools | None = None,
        subagents: Sequence[Agent[Any]] = (),
        budget: Budget | None = None,
        on_event: OnEvent | None = None,
    ) -> Result[T]:
        """Carry out `task` (text or content blocks) after those before, and return its result.

        The arguments are those of a run of an agent. SessionConflictError: another run, here or
        in another process, has the session; nothing was done then. A run that loses the session,
        or whose store fails, ends with a RunError.
        """
        check.listener(on_event)
        content = check.task_content(task)
        ask: dict[str, Any] = {"tools": tools, "subagents": subagents, "budget": budget}
        return await self._driver(content, on_event, **ask).drive(content)

    def decide(
        self,
        state: Mapping[str, Any],
        decisions: Mapping[str, Answered],
        *,
        tools: Tools | None = None,
        subagents: Sequence[Agent[Any]] = (),
        budget: Budget | None = None,
        on_event: OnEvent | None = None,
    ) -> Result[T]:
        """Go on with a run that waited for approvals, and return its result.

        `state` and `decisions` are those of `Agent.resume`; a state that the session does not wait
        at any more, as it went on, is a SessionError. The rest is as in `run`.
        """
        ask: dict[str, Any] = {"tools": tools, "subagents": subagents, "budget": budget}
        return run_sync(self.adecide(state, decisions, **ask, on_event=on_event))

    async def adecide(
        self,
        state: Mapping[str, Any],
        decisions: Mapping[str, Answered],
        *,
        tools: Tools | None = None,
        subagents: Sequence[Agent[Any]] = (),
        budget: Budget | None = None,
        on_event: OnEvent | None = None,
    ) -> Result[T]:
        """Go on with a run that waited for approvals, and return its result.

        `state` and `decisions` are those of `Agent.resume`; a state that the session does not wait
        at any more, as it went on, is a SessionError. The rest is as in `run`.
        """
        check.listener(on_event)
        held = Suspension.read(state, self.agent._asked.betas)
        self._transcript.demand_waiting(held.messages, msgspec.to_builtins(held.reply))
        ask: dict[str, Any] = {"tools": tools, "subagents": subagents, "budget": budget}
        driver = begin_again(self.agent, held, decisions, on_event, journal=self._journal(), **ask)
        return await driver.drive(held.task)

    def stream(
        self,
        task: Content,
        *,
        tools: Tools | None = None,
        subagents: Sequence[Agent[Any]] = (),
        budget: Budget | None = None,
    ) -> RunStream[T]:
        """Return a run of `task` as a context manager to read its events from, one by one.

        Entering it begins the run, leaving it cancels what is left; then it has the `result`. The
        session has what was reached. The arguments and errors are those of a run.
        """
        return RunStream(self.astream(task, tools=tools, subagents=subagents, budget=budget))

    def astream(
        self,
        task: Content,
        *,
        tools: Tools | None = None,
        subagents: Sequence[Agent[Any]] = (),
        budget: Budget | None = None,
    ) -> AsyncRunStream[T]:
        """Return a run of `task` as a context manager to read its events from, one by one.

        Entering it begins the run, leaving it cancels what is left; then it has the `result`. The
        session has what was reached. The arguments and errors are those of a run.
        """
        content = check.task_content(task)
        ask: dict[str, Any] = {"tools": tools, "subagents": subagents, "budget": budget}
        return AsyncRunStream(lambda put: self._driver(content, put, **ask), content)

    def fork(self, id: str | None = None) -> Session[T]:  # noqa: A002
        """Return a new session that goes on from here on its own, in the same store.

        It shares the agent, and what happened so far, of which nothing is copied.
        """
        writer = self._writer()
        name = _new_id("session") if id is None else check_name(id)
        with writer.still:
            if writer.revision:
                writer.store.fork(self.id, name, writer.revision)
            forked = Writer(writer.store, name, writer.transcript.copy(), writer.unwritten)
        session: Session[T] = type(self).__new__(type(self))
        session._set(self.agent, forked)
        return session

    def rewind(self, turns: int = 1) -> None:
        """Take back the last turns: tasks, and all that followed. What they cost stays.

        Raises SessionError where there are not as many, or the session is in a run.
        """
        self._transcript.demand_turns(turns)
        self._write_now(Rewound(turns=turns))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the session to a file: readable JSON, whatever the suffix; whole or not at all.

        The mode of a file that is there is kept; a new one is its owner's alone. What is not in
        it: functions, types, and what `resume` takes from its caller alone. Raises SessionError.
        """
        writer = self._writer()
        with writer.still:
            events = writer.store.read(self.id)[: writer.revision] if writer.revision else []
            events += map(encode, writer.unwritten)
        sessionfile.write(Path(path), self.id, events)

    def close(self) -> None:
        """Let go of the agent and the store where the session made them itself."""
        run_sync(self.aclose())

    async def aclose(self) -> None:
        """Let go of the agent and the store where the session made them itself."""
        agent, store = self._owns
        if store:
            self._written.store.close()
        if agent:
            await self.agent.aclose()

    def __repr__(self) -> str:
        return f"Session({self.id!r}, {self.agent!r})"

    @property
    def _transcript(self) -> Transcript:
        return self._writer().transcript

    def _writer(self) -> Writer:
        """The writer; a new one, as the store is now, where something could not be written."""
        if self._written.broken is not None:
            store, name = self._written.store, self._written.id
            events = store.read(name) if store.find(name) is not None else []
            written = Writer(store, name, Transcript.of(events))
            self._written = written if events else begun(store, name, self.agent)
        return self._written

    def _driver(self, task: Content, on_event: OnEvent | None, **ask: Any) -> Driver:
        return begin(self.agent, task, on_event, journal=self._journal(), **ask)

    def _journal(self) -> Journal:
        return Journal(self._writer(), describe(self.agent))

    def _write_now(self, event: Rewound) -> None:
        writer = self._writer()
        writer.begin()
        try:
            writer.write([event])
        finally:
            writer.end()
