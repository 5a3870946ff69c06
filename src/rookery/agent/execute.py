"""Runs the tools that a reply asks for."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from rookery.agent.approval import ApprovalRequest, SuspendedError
from rookery.agent.budget import Purse
from rookery.agent.events import Event, ToolCalled, ToolProgressed, ToolReturned
from rookery.agent.loop import Answer, ToolCall
from rookery.agent.permissions import Deciding, Earlier, Permissions, Permit
from rookery.agent.tell import TELL, Tell
from rookery.errors import AgentError
from rookery.tools.base import Tool, ToolContext, ToolResult
from rookery.tools.call import run_tool
from rookery.tools.outcome import added, failure
from rookery.wire.fold import INVALID_JSON

OPEN = Permissions()
"""Nothing is decided: whatever the agent was given may run."""
_REPORTED = 1_000
"""Characters of a report of progress."""


async def run_tools(
    calls: list[ToolCall],
    tools: Mapping[str, Tool],
    context: ToolContext,
    emit: Tell,
    *,
    done: list[Answer],
    permissions: Permissions = OPEN,
    decided: Mapping[str, Earlier] | None = None,
    commit: Callable[[], Awaitable[None]] | None = None,
    purse: Purse | None = None,
) -> list[ApprovalRequest]:
    """Run all calls that may run, at the same time, and return what the others wait for.

    `decided` has what was decided about calls before, by their ids. Each answer is put into `done`
    as soon as it is there, also for a caller that is cancelled; `commit` is awaited after each.
    `purse` says which tools may be called no more.
    Raises only what `emit` and `commit` raise; the other calls are cancelled then.
    """
    raised: BaseException | None = None
    waiting: list[ApprovalRequest] = []

    async def run(call: ToolCall) -> None:
        emit(ToolCalled(id=call.id, name=call.name, input=call.input))
        start = time.perf_counter()
        try:
            with _Reports(call, emit) as reports:
                given = replace(context, progress=reports.progress)
                deciding = Deciding(permissions, call.id, reports.tell)
                spent = None if purse is None else purse.call(call.name)
                if spent is None:
                    known = (decided or {}).get(call.id)
                    result = await _call(call, tools, given, reports, deciding, known)
                else:
                    result = ToolResult(spent, is_error=True)
        except SuspendedError as suspended:
            waiting.append(suspended.request)
            return
        answer = Answer(call, result.content, result.is_error)
        done.append(answer)
        emit(
            ToolReturned(
                id=call.id,
                name=call.name,
                content=result.content,
                is_error=result.is_error,
                seconds=time.perf_counter() - start,
            )
        )
        if commit is not None:
            await commit()

    try:
        async with asyncio.TaskGroup() as group:
            for call in calls:
                group.create_task(run(call))
    except BaseExceptionGroup as errors:
        raised = errors.exceptions[0]
    if raised is not None:  # raised here, so that the group is not its context
        raise raised
    order = [call.id for call in calls]
    return sorted(waiting, key=lambda request: order.index(request.call))


async def _call(  # noqa: PLR0917
    call: ToolCall,
    tools: Mapping[str, Tool],
    context: ToolContext,
    reports: _Reports,
    deciding: Deciding,
    known: Earlier | None,
) -> ToolResult:
    tool = tools.get(call.name)
    if tool is None:
        others = ", ".join(tools) or "none"
        return ToolResult(f"There is no tool {call.name!r}. Tools: {others}.", is_error=True)
    if call.input.keys() == {INVALID_JSON}:
        return ToolResult("The input of the call is no object in JSON.", is_error=True)
    try:
        permit = await deciding.begin(tool, call.input, context, known)
        if reports.failed:
            return ToolResult("The run ends.", is_error=True)
        TELL.set(reports.relay)
        result = await _run(tool, permit)
        return await deciding.end(tool, permit.given, added(result, before=permit.note))
    except SuspendedError:
        raise
    except Exception as error:  # noqa: BLE001 -- what is not decided does not run
        return failure(error)


async def _run(tool: Tool, permit: Permit) -> ToolResult:
    try:
        return await run_tool(tool, permit.given, permit.context)
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        return failure(error)  # of something that the tool waited for; nobody cancelled the run
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- a tool may break its promise
        return failure(error)


class _Reports:
    """Passes on what one call reports, from whatever thread, for as long as it runs.

    What a listener raises is raised at the end of the call: a tool is not to see it.
    """

    def __init__(self, call: ToolCall, emit: Tell) -> None:
        self._call = call
        self._emit: Tell | None = emit
        self._raised: BaseException | None = None
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()

    @property
    def failed(self) -> bool:
        """Whether a listener has raised something."""
        return self._raised is not None

    def progress(self, text: str) -> None:
        """Tell how far the call is; not heard once it is over."""
        shown = str(text)[:_REPORTED]
        self.tell(ToolProgressed(id=self._call.id, name=self._call.name, text=shown))

    def tell(self, event: Event) -> None:
        """Tell of something in the call; not heard once it is over."""
        if threading.get_ident() == self._thread:
            self._tell(event)
        else:
            with suppress(RuntimeError):  # The loop is closed: nobody listens.
                self._loop.call_soon_threadsafe(self._tell, event)

    def relay(self, event: Event) -> None:
        """Tell of something in a run below; raises AgentError where nobody hears it any more."""
        self.tell(event)
        if self.failed:
            raise AgentError("The run ends.")

    def _tell(self, event: Event) -> None:
        if self._emit is None:
            return
        try:
            self._emit(event)
        except BaseException as error:  # noqa: BLE001 -- kept for the one who is to see it
            self._emit, self._raised = None, error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._emit = None
        if self._raised is not None and error is None:
            raise self._raised
