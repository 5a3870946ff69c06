"""Calls the model for one run: what is said while it is called, what it costs, what fails."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing, suppress
from functools import partial
from typing import Any

import msgspec

from rookery.agent.account import Account
from rookery.agent.budget import Reservation
from rookery.agent.events import (
    Purpose,
    Retried,
    StepStarted,
    TextDelta,
    ThinkingDelta,
)
from rookery.agent.prompt import Body
from rookery.agent.spending import SUMMARY, Spending, SpentError, failed, is_free, settle
from rookery.agent.tell import Tell
from rookery.errors import APIError, StreamError
from rookery.gateway.gateway import Gateway
from rookery.gateway.meter import Clock
from rookery.providers.base import Call
from rookery.wire.events import BlockDelta
from rookery.wire.events import Event as WireEvent
from rookery.wire.fold import Folder
from rookery.wire.ids import Ids
from rookery.wire.messages import Message, Request


class Caller:
    """The calls of the model in one run."""

    def __init__(
        self,
        gateway: Gateway,
        *,
        betas: tuple[str, ...],
        ids: Ids,
        clock: Clock,
        account: Account,
        spending: Spending | None,
        emit: Tell,
    ) -> None:
        """Call through `gateway`; enter calls in `account`, and keep them within `spending`."""
        self._gateway = gateway
        self._betas = betas
        self._ids = ids
        self._clock = clock
        self._account = account
        self._spending = spending
        self._emit = emit
        self.heard = asyncio.Event()
        """Set when the first reply begins."""

    async def ask(
        self, step: int, body: Body, purpose: Purpose, history: Sequence[Mapping[str, Any]]
    ) -> Message:
        """Return the reply to `body`, which is about `history`; tell of its pieces as they come.

        Raises APIError; StreamError where the reply is no message; SpentError where the budget has
        nothing left for it.
        """
        reserved = await self._reserve(purpose, history)
        self._emit(StepStarted(step=step, breakpoints=body.breakpoints, purpose=purpose))
        on_retry = partial(self._retried, reserved)
        call = Call(self._ids.new("req"), betas=self._betas, on_retry=on_retry)
        folder, at = Folder(judged=True, lenient=True), self._clock()
        try:
            request = _clamped(Request(body.data), reserved)
            stream = self._gateway.stream(request, call, verbatim=False)
            async with aclosing(stream) as events:
                async for event in events:
                    self.heard.set()
                    folder.add(event)
                    if purpose == "answer":
                        self._relay(event)
            message = folder.reply().body
        except BaseException as error:
            if reserved is not None:
                failed(reserved, error, begun=bool(folder.head))
            if (used := self._account.broke(step, folder.head, at)) is not None:
                with suppress(Exception):  # the run ends with what ended it
                    self._emit(used)
            if isinstance(error, msgspec.DecodeError):
                raise StreamError(f"The reply is not a message: {error}") from error
            raise
        reported = self._account.replied(step, message, at)
        if reserved is not None:
            settle(reserved, reported.bill, reported.usage)
        self._emit(reported)
        return message

    async def _reserve(
        self, purpose: Purpose, history: Sequence[Mapping[str, Any]]
    ) -> Reservation | None:
        if self._spending is None:
            return None
        return await self._spending.reserve(history, SUMMARY if purpose == "summary" else 0)

    def _retried(
        self, reserved: Reservation | None, attempt: int, error: APIError, seconds: float
    ) -> None:
        if reserved is not None and not is_free(error) and not reserved.again():
            raise SpentError
        self._emit(
            Retried(attempt=attempt, status=error.status, message=error.message, seconds=seconds)
        )

    def _relay(self, event: WireEvent) -> None:
        if event.type != "content_block_delta" or not isinstance(event.body, BlockDelta):
            return
        match event.body.delta:
            case {"type": "text_delta", "text": text}:
                self._emit(TextDelta(text=text))
            case {"type": "thinking_delta", "thinking": thinking}:
                self._emit(ThinkingDelta(thinking=thinking))


def _clamped(request: Request, reserved: Reservation | None) -> Request:
    """Return a request whose reply is no longer than what is set aside for it."""
    if reserved is None or not reserved.is_clamped:
        return request
    return request.replace(max_tokens=reserved.output)
