"""The one way to run a tool: within its limits, and with an answer that fits."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import msgspec

from rookery.tools.base import Tool, ToolContext, ToolResult
from rookery.tools.limits import NONE
from rookery.tools.outcome import success
from rookery.tools.spill import bounded


async def run_tool(tool: Tool, given: dict[str, Any], context: ToolContext) -> ToolResult:
    """Call a tool within its limits (its attribute `limits`, if it has one).

    Out of time is a result with `is_error`; what a blocking function still does then is its own
    matter: its value is dropped, and `cancellation` of its context is set. An answer that is too
    long goes to a file. Raises what the tool raises.
    """
    limits = getattr(tool, "limits", NONE)
    context = msgspec.structs.replace(context, cancellation=threading.Event())
    try:
        if limits is NONE:
            answer = await tool.call(given, context)
        else:
            async with limits.turn():
                answer = await _in_time(tool, given, context, limits.timeout)
    finally:
        context.cancellation.set()
    return await bounded(success(answer), tool.name, context)


async def _in_time(
    tool: Tool, given: dict[str, Any], context: ToolContext, seconds: float | None
) -> ToolResult:
    try:
        async with asyncio.timeout(seconds) as clock:
            return await tool.call(given, context)
    except TimeoutError:
        if not clock.expired():
            raise
        return ToolResult(
            f"{tool.name} was stopped: it took more than {seconds:g} s.", is_error=True
        )
