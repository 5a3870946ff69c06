"""Performs the effects of the loop: calls the model and the tools, and tells what happens."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any

from msgspec import UNSET
from msgspec.structs import replace

from rookery.agent.account import Account, each
from rookery.agent.approval import ApprovalRequest
from rookery.agent.breakpoints import Ttl
from rookery.agent.caller import Caller
from rookery.agent.events import (
    CompactionFailed,
    Event,
    MessageAdded,
    OutputRefused,
    RunEnded,
    RunFailed,
    RunResumed,
    RunStarted,
    UsageReported,
)
from rookery.agent.execute import OPEN, run_tools
from rookery.agent.hooks import ModelCall
from rookery.agent.loop import (
    OVERFLOW,
    Answer,
    CallModel,
    CallTools,
    Content,
    Effect,
    Finish,
    Run,
)
from rookery.agent.output import Output
from rookery.agent.permissions import Permissions
from rookery.agent.prompt import Prompt
from rookery.agent.result import Result
from rookery.agent.room import Clear, Room, Summarize, is_too_long
from rookery.agent.spending import Spending, SpentError
from rookery.agent.step import Step
from rookery.agent.summary import read as read_summary
from rookery.agent.summary import request as summary_request
from rookery.agent.suspension import Resumed, Suspension
from rookery.agent.tell import Tell
from rookery.agent.tracking import Ledger
from rookery.agent.view import View
from rookery.errors import AgentError, APIError, RookeryError, RunError
from rookery.gateway.gateway import Gateway
from rookery.gateway.meter import Clock
from rookery.tools.base import Tool, ToolContext
from rookery.wire.ids import Ids
from rookery.wire.messages import Message

if TYPE_CHECKING:
    from rookery.agent.journal import Journal


class Driver:
    """One run of an agent."""

    def __init__(
        self,
        gateway: Gateway,
        run: Run,
        *,
        fields: dict[str, Any],
        tools: Mapping[str, Tool],
        context: ToolContext,
        on_event: Tell | None,
        ids: Ids,
        clock: Clock,
        name: str = "agent",
        betas: tuple[str, ...] = (),
        ledger: Ledger | None = None,
        output: Output[Any] | None = None,
        cache: Ttl | None = None,
        permissions: Permissions = OPEN,
        room: Room | None = None,
        journal: Journal | None = None,
        resumed: Resumed | None = None,
        path: tuple[str, ...] = (),
        steps: list[Step] | None = None,
        spending: Spending | None = None,
    ) -> None:
        """Drive `run`; `fields` are the request's fields besides its messages.

        `name` is the agent's, for its steps, which `ledger` is told when the run ends. With
        `output`, the last reply is read as that. With `cache`, a time to live, requests are marked
        for the prompt cache. `permissions` decide which calls of tools may run. `room` says what of
        the history is sent; without it, all is. `journal` keeps what happens: a reply before its
        tools run, each answer of them, a turn before it is told to be over. With `resumed`, the
        run was suspended, and goes on with that. `path` is that of events; `steps` takes the calls
        of the model, with those of subagents. `spending` keeps calls within a budget.
        """
        self._run = run
        self.catalog = gateway.catalog
        self.fields = fields
        self.cache = cache
        self._prompt = Prompt(fields, cache)
        self._room = room or Room(View())
        self._tools = tools
        self._context = context
        self._on_event = on_event
        self._ids = ids
        self._clock = clock
        self._betas = betas
        self._ledger = ledger
        self._output = output
        self._permissions = permissions
        self._hooks = permissions.hooks
        self._resumed = resumed
        self._task: Content = ""
        self._waiting: list[ApprovalRequest] = []
        self._journal = journal
        self._read: Any = UNSET
        self._done: list[Answer] = []
        self._path = path
        self._spending = spending
        self.steps = steps if steps is not None else []
        self._caller = Caller(
            gateway,
            betas=betas,
            ids=ids,
            clock=clock,
            account=Account(name, gateway.catalog, self.steps),
            spending=spending,
            emit=self._emit,
        )
        self.heard = self._caller.heard
        """Set when its first reply begins, or never will."""
        self._text = ""

    async def drive(self, task: Content) -> Result[Any]:
        """Run to the end. Raises RunError, whose `result` has what was reached.

        With a journal, SessionError: the session is another's.
        """
        async with self._journal or nullcontext():
            return await self._drive(task)

    async def _drive(self, task: Content) -> Result[Any]:
        try:
            self._task = task
            if self._resumed is None:
                self._emit(RunStarted(task=task))
            else:
                self._emit(RunResumed(task=task))
            stop_reason = await self._in_time(task)
            ended = RunEnded(stop_reason=stop_reason)
            self._note(ended)
            await self._commit()
            self._tell(ended)
        except asyncio.CancelledError:
            self._emit_last(RunEnded(stop_reason="cancelled"))
            raise
        except Exception as error:
            message = _describe(error)
            self._emit_last(RunFailed(error=type(error).__name__, message=message))
            raise RunError(message, result=self.result("error")) from error
        finally:
            self.heard.set()
            self._context.state.close()
            if self._ledger is not None:
                self._ledger.add(self.steps)
        return self.result(stop_reason)

    def result(self, stop_reason: str) -> Result[Any]:
        """Return what the run has reached."""
        return Result(
            text=self._text,
            stop_reason=stop_reason,
            messages=self._run.messages,
            steps=tuple(self.steps),
            session_id=None if self._journal is None else self._journal.session_id,
            pending=tuple(self._waiting),
            state=self._state,
            _output=self._text if self._output is None else self._read,
        )

    @property
    def history(self) -> list[dict[str, Any]]:
        """The messages so far, in wire form."""
        return self._run.messages

    @property
    def _state(self) -> dict[str, Any] | None:
        if not self._waiting or self._run.pending is None:
            return None
        return Suspension.of(self._run, self._task, self._waiting).document

    async def _in_time(self, task: Content) -> str:
        """Run to the end, or to that of the budget."""
        if self._spending is None:
            return await self._loop(task)
        try:
            async with asyncio.timeout(self._spending.seconds) as clock:
                return await self._loop(task)
        except TimeoutError:
            if not clock.expired():
                raise
            return "budget"
        except SpentError:
            return "budget"

    async def _loop(self, task: Content) -> str:
        if self._resumed is None:
            stop_reason = await self._turns(task, is_task=True)
        else:
            stop_reason = await self._effects(CallTools(self._resumed.calls))
        if self._output is None or stop_reason != "end_turn":
            return stop_reason
        try:
            self._read = self._output.read(self._text)
            return stop_reason
        except AgentError as error:
            problem = error.message
        self._emit(OutputRefused(problem=problem))
        stop_reason = await self._turns(self._output.repair(problem))
        if stop_reason == "end_turn":
            self._read = self._output.read(self._text)
        return stop_reason

    async def _turns(self, content: Content, *, is_task: bool = False) -> str:
        """Say something to the model, and perform effects until it is done."""
        return await self._effects(await self._say(content, is_task=is_task))

    async def _effects(self, effect: Effect) -> str:
        """Perform effects until the model is done, or a limit is reached."""
        try:
            while not isinstance(effect, Finish):
                if isinstance(effect, CallModel):
                    effect = await self._turn(effect.step)
                else:
                    effect = await self._call_tools(effect)
                effect = await self._hooked(effect)
        except BaseException:
            self._run.interrupted(self._done)
            raise
        return effect.stop_reason

    async def _hooked(self, effect: Effect) -> Effect:
        """Return what is to be done where the model is done: what a hook goes on with, if one."""
        if effect == Finish("end_turn"):
            more = await self._hooks.before_stop(self._text, self._run.messages, self._emit)
            return effect if more is None else await self._say(more)
        return effect

    async def _say(self, content: Content, *, is_task: bool = False) -> Effect:
        effect = self._run.begin(content)
        self._emit(MessageAdded(message=self._run.messages[-1], is_task=is_task))
        await self._commit()
        return effect

    async def _turn(self, step: int) -> Effect:
        """Call the model; where the prompt is too long, make room, and call it again."""
        if await self._make_room(step):
            return self._run.again()
        if not await self._hooks.before_model(self._run, step, self._emit):
            return Finish("denied")
        sent = len(self._run.messages)
        try:
            message = await self._call_model(step)
        except APIError as error:
            if not is_too_long(error) or not self._room.overflowed(self._run.messages):
                raise
            return self._run.again()
        if message.stop_reason == OVERFLOW and self._room.overflowed(self._run.messages):
            return self._run.again()
        self._room.replied(message.usage, sent)
        if self._spending is not None:
            self._spending.replied(message.usage, sent)
        call = ModelCall(step=step, messages=self._run.messages)
        await self._hooks.ask("after_model", call, message, tell=self._emit)
        return await self._take(message)

    async def _make_room(self, step: int) -> bool:
        """Leave out of the prompt what there is no room for; return whether that took the step."""
        history = self._run.messages
        plan = self._room.plan(history)
        if isinstance(plan, Clear):
            self._prompt.forget()
            self._emit(self._room.cleared(history, plan))
            plan = self._room.plan(history)
        if not isinstance(plan, Summarize) or step >= self._run.max_turns:
            return False
        call = ModelCall(step=step, messages=history)
        if await self._hooks.ask("before_compaction", call, tell=self._emit):
            self._room.give_up()
            return False
        summary = await self._summarize(step)
        if summary is None:
            self._room.give_up()
        else:
            self._prompt.forget()
            self._emit(self._room.summarized(history, plan, summary))
            await self._hooks.ask("after_compaction", summary, tell=self._emit)
        return True

    async def _summarize(self, step: int) -> str | None:
        """Ask the model for a summary of what was sent. Whatever comes, the history stays."""
        messages = self._room.view.of(self._run.messages)
        fields, messages = summary_request(self.fields, messages)
        body = Prompt(fields, self.cache).body(messages)
        try:
            reply = await self._caller.ask(step, body, "summary", self._run.messages)
        except (APIError, SpentError) as error:
            self._emit(CompactionFailed(problem=str(error) or "The budget is spent."))
            return None
        summary = read_summary(reply, self._context.state.reminders())
        if summary is None:
            problem = f"The reply is no summary: it ended with {reply.stop_reason}."
            self._emit(CompactionFailed(problem=problem))
        return summary

    async def _take(self, reply: Message) -> Effect:
        """Take a reply; it is kept before what it asks for is done."""
        before = len(self._run.messages)
        effect = self._run.replied(reply)
        added = self._run.pending or next(iter(self._run.messages[before:]), None)
        if added is not None:
            self._emit(MessageAdded(message=added))
        if not isinstance(effect, Finish):
            await self._commit()  # else it is kept together with the end
        return effect

    async def _commit(self) -> None:
        if self._journal is not None:
            await self._journal.commit()

    def _emit(self, event: Event) -> None:
        self._note(event)
        self._tell(event)

    def _note(self, event: Event) -> None:
        # Of the runs below, only what they cost is part of this one's history.
        if self._journal is not None and (not event.path or isinstance(event, UsageReported)):
            self._journal.note(event)

    def _tell(self, event: Event) -> None:
        if self._on_event is None:
            return
        try:
            self._on_event(self._placed(event))
        except BaseException:
            self._on_event = None  # what has failed is not called again
            raise

    def _placed(self, event: Event) -> Event:
        """Return an event with the path of this run, where it is not of one below."""
        return event if event.path or not self._path else replace(event, path=self._path)

    def _emit_last(self, event: Event) -> None:
        with suppress(Exception):  # the run ends with what ended it
            self._emit(event)

    async def _call_model(self, step: int) -> Message:
        body = self._prompt.body(self._room.view.of(self._run.messages))
        reply = await self._caller.ask(step, body, "answer", self._run.messages)
        self._text = "".join(each(reply, "text", "text"))
        return reply

    async def _call_tools(self, effect: CallTools) -> Effect:
        resumed, self._resumed = self._resumed, None
        self._done = list(self._run.answers)
        self._waiting = await run_tools(
            effect.calls,
            self._tools,
            self._context,
            self._emit,
            done=self._done,
            permissions=self._permissions,
            purse=None if self._spending is None else self._spending.purse,
            decided=resumed.decided if resumed else None,
            commit=None if self._journal is None else self._journal.commit,
        )
        if self._waiting:
            return self._run.suspended(self._done)
        return self._run.answered(self._done)


def _describe(error: Exception) -> str:
    if isinstance(error, RookeryError):
        return error.message
    return f"{type(error).__name__}: {error}"
