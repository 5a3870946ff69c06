"""Performs the effects of the loop: calls the model and the tools, and tells what happens."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

import msgspec

from rookery.agent.events import (
    RunEnded,
    RunFailed,
    RunStarted,
    StepStarted,
    TextDelta,
    ThinkingDelta,
    UsageReported,
)
from rookery.agent.execute import Emit, run_tools
from rookery.agent.loop import Answer, CallModel, CallTools, Content, Finish, Run, tool_calls
from rookery.agent.result import Result, Step
from rookery.catalog.cost import cost
from rookery.errors import RookeryError, RunError
from rookery.gateway.gateway import Gateway
from rookery.gateway.meter import Clock
from rookery.providers.base import Call
from rookery.tools.base import Tool, ToolContext
from rookery.wire.events import BlockDelta
from rookery.wire.events import Event as WireEvent
from rookery.wire.fold import Folder
from rookery.wire.ids import Ids
from rookery.wire.messages import Message, Request

_encode = msgspec.json.Encoder().encode


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
        emit: Emit,
        ids: Ids,
        clock: Clock,
    ) -> None:
        """Drive `run`; `fields` are the request's fields besides its messages."""
        self._gateway = gateway
        self._run = run
        self._fields = fields
        self._tools = tools
        self._context = context
        self._emit = emit
        self._ids = ids
        self._clock = clock
        self._steps: list[Step] = []
        self._text = ""

    async def drive(self, task: Content) -> Result:
        """Run to the end. Raises RunError, whose `result` has what was reached."""
        self._emit(RunStarted(task=task))
        try:
            stop_reason = await self._loop(task)
        except asyncio.CancelledError:
            self._emit(RunEnded(stop_reason="cancelled"))
            raise
        except RookeryError as error:
            self._emit(RunFailed(error=type(error).__name__, message=error.message))
            raise RunError(error.message, result=self.result("error")) from error
        self._emit(RunEnded(stop_reason=stop_reason))
        return self.result(stop_reason)

    def result(self, stop_reason: str) -> Result:
        """Return what the run has reached."""
        return Result(
            text=self._text,
            stop_reason=stop_reason,
            messages=self._run.messages,
            steps=tuple(self._steps),
        )

    async def _loop(self, task: Content) -> str:
        effect = self._run.begin(task)
        while not isinstance(effect, Finish):
            if isinstance(effect, CallModel):
                effect = self._run.replied(await self._call_model(effect.step))
            else:
                effect = self._run.answered(await self._call_tools(effect))
        return effect.stop_reason

    async def _call_model(self, step: int) -> Message:
        self._emit(StepStarted(step=step))
        body = {**self._fields, "messages": self._run.messages, "stream": True}
        call = Call(request_id=self._ids.new("req"))
        folder = Folder()
        async with aclosing(self._gateway.stream(Request(_encode(body)), call)) as events:
            async for event in events:
                folder.add(event)
                self._relay(event)
        message = folder.reply().body
        self._account(step, message)
        return message

    def _relay(self, event: WireEvent) -> None:
        if event.type != "content_block_delta" or not isinstance(event.body, BlockDelta):
            return
        match event.body.delta:
            case {"type": "text_delta", "text": text}:
                self._emit(TextDelta(text=text))
            case {"type": "thinking_delta", "thinking": thinking}:
                self._emit(ThinkingDelta(thinking=thinking))

    def _account(self, step: int, message: Message) -> None:
        self._text = "".join(b["text"] for b in message.content if b.get("type") == "text")
        spent = cost(message.usage, message.model, self._clock(), catalog=self._gateway.catalog)
        names = tuple(call.name for call in tool_calls(message.content))
        self._steps.append(
            Step(step=step, model=message.model, tools=names, usage=message.usage, cost=spent)
        )
        self._emit(UsageReported(step=step, model=message.model, usage=message.usage, cost=spent))

    async def _call_tools(self, effect: CallTools) -> list[Answer]:
        done: list[Answer] = []
        try:
            return await run_tools(effect.calls, self._tools, self._context, self._emit, done)
        except BaseException:
            self._run.interrupted(done)
            raise
