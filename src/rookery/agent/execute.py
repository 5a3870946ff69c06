"""Runs the tools that a reply asks for."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from rookery.agent.events import Event, ToolCalled, ToolProgressed, ToolReturned
from rookery.agent.loop import Answer, ToolCall
from rookery.tools.base import Tool, ToolContext, ToolResult
from rookery.tools.call import run_tool
from rookery.tools.outcome import failure

Emit = Callable[[Event], None]

_REPORTED = 1_000
"""Characters of a report of progress."""


async def run_tools(
    calls: list[ToolCall],
    tools: Mapping[str, Tool],
    context: ToolContext,
    emit: Emit,
    done: list[Answer],
) -> list[Answer]:
    """Run all calls at the same time and return their answers in the order of the calls.

    Each answer is put into `done` as soon as it is there, for a caller that is cancelled. Raises
    only what `emit` raises; the other calls are cancelled then.
    """
    raised: BaseException | None = None

    async def run(call: ToolCall) -> Answer:
        emit(ToolCalled(id=call.id, name=call.name, input=call.input))
        start = time.perf_counter()
        with _Progress(call, emit) as progress:
            result = await _call(call, tools, replace(context, progress=progress.report))
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
        return answer

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(run(call)) for call in calls]
    except BaseExceptionGroup as errors:
        raised = errors.exceptions[0]
    if raised is not None:  # raised here, so that the group is not its context
        raise raised
    return [task.result() for task in tasks]


async def _call(call: ToolCall, tools: Mapping[str, Tool], context: ToolContext) -> ToolResult:
    tool = tools.get(call.name)
    if tool is None:
        known = ", ".join(tools) or "none"
        return ToolResult(f"There is no tool {call.name!r}. Tools: {known}.", is_error=True)
    try:
        return await run_tool(tool, call.input, context)
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        return failure(error)  # of something that the tool waited for; nobody cancelled the run
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- a tool may break its promise
        return failure(error)


class _Progress:
    """Passes on what one call reports, from whatever thread, for as long as it runs.

    What a listener raises is raised at the end of the call: a tool is not to see it.
    """

    def __init__(self, call: ToolCall, emit: Emit) -> None:
        self._call = call
        self._emit: Emit | None = emit
        self._raised: BaseException | None = None
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()

    def report(self, text: str) -> None:
        """Tell how far the call is; not heard once it is over."""
        shown = str(text)[:_REPORTED]
        if threading.get_ident() == self._thread:
            self._tell(shown)
        else:
            with suppress(RuntimeError):  # The loop is closed: nobody listens.
                self._loop.call_soon_threadsafe(self._tell, shown)

    def _tell(self, text: str) -> None:
        if self._emit is None:
            return
        try:
            self._emit(ToolProgressed(id=self._call.id, name=self._call.name, text=text))
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
