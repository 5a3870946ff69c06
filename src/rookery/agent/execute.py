"""Runs the tools that a reply asks for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from rookery.agent.events import Event, ToolCalled, ToolReturned
from rookery.agent.loop import Answer, ToolCall
from rookery.tools.base import Tool, ToolContext, ToolResult
from rookery.tools.outcome import failure, success

Emit = Callable[[Event], None]


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
        result = await _call(call, tools, context)
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
        return success(await tool.call(call.input, context))
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        return failure(error)  # of something that the tool waited for; nobody cancelled the run
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- a tool may break its promise
        return failure(error)
