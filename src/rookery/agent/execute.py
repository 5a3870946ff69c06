"""Runs the tools that a reply asks for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from rookery.agent.events import Event, ToolCalled, ToolReturned
from rookery.agent.loop import Answer, ToolCall
from rookery.tools.base import Tool, ToolContext, ToolResult

Emit = Callable[[Event], None]


async def run_tools(
    calls: list[ToolCall],
    tools: Mapping[str, Tool],
    context: ToolContext,
    emit: Emit,
    done: list[Answer],
) -> list[Answer]:
    """Run all calls at the same time and return their answers in the order of the calls.

    Each answer is put into `done` as soon as it is there, for a caller that is cancelled.
    """

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

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(call)) for call in calls]
    return [task.result() for task in tasks]


async def _call(call: ToolCall, tools: Mapping[str, Tool], context: ToolContext) -> ToolResult:
    tool = tools.get(call.name)
    if tool is None:
        known = ", ".join(tools) or "none"
        return ToolResult(f"There is no tool {call.name!r}. Tools: {known}.", is_error=True)
    return await tool.call(call.input, context)
