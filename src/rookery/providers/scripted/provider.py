"""The provider that plays a script."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Container, Mapping
from contextlib import aclosing
from typing import Any, Self

import msgspec

from rookery.catalog.lookup import Catalog
from rookery.emulation.emulator import Clock, Emulator, Turn
from rookery.errors import (
    APIError,
    InternalServerError,
    InvalidRequestError,
    SettingsError,
    StreamError,
)
from rookery.providers.base import Call
from rookery.providers.scripted import playing
from rookery.providers.scripted.loading import check, load, parse
from rookery.providers.scripted.matching import Facts, facts, fits
from rookery.providers.scripted.playing import Sleep
from rookery.providers.scripted.script import Answer, Fault, Rule, Script
from rookery.settings import Settings
from rookery.wire.events import Event
from rookery.wire.fold import fold
from rookery.wire.ids import Ids
from rookery.wire.inputs import eager_tools
from rookery.wire.messages import CountTokensRequest, Reply, Request, TokenCount
from rookery.wire.validation import check as typed

KEPT = 100
"""Requests that a provider remembers."""


class ScriptedProvider:
    """Plays a script. Satisfies `providers.base.Provider`; may be shared by threads and loops.

    `requests` holds the newest requests for messages, oldest first, and `calls` their calls.
    """

    name = "scripted"
    emulated = True

    def __init__(
        self,
        script: Script | Mapping[str, Any],
        *,
        sleep: Sleep = asyncio.sleep,
        keep: int = KEPT,
        catalog: Catalog | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        """Play `script`: typed, or as dicts and lists. Raises ScriptError.

        `sleep` is awaited for each delay; `keep` is how many requests are remembered; `catalog`
        has the models whose tokenizer and limits the estimates use; `clock` gives the seconds by
        which the prompt cache lives.
        """
        if isinstance(script, Script):
            check(script)
        else:
            script = parse(script)
        self.script = script
        self.requests: deque[Request] = deque(maxlen=keep)
        self.calls: deque[Call] = deque(maxlen=keep)
        self._sleep = sleep
        self._emulator = Emulator(catalog, ids=Ids(script.seed), clock=clock, any_model=True)
        self._lock = threading.Lock()
        self._count = 0
        self._used = [0] * len(script.rules)

    @classmethod
    def of(
        cls,
        *replies: str | Mapping[str, Any] | Answer | APIError,
        sleep: Sleep = asyncio.sleep,
        keep: int = KEPT,
    ) -> Self:
        """Play these replies one after the other, whatever is asked.

        A reply is a text, what stands under `reply` in a script, or an error to raise.
        """
        rules = [{"times": 1, "reply": _plain(reply)} for reply in replies]
        return cls({"rules": rules}, sleep=sleep, keep=keep)

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[Event, None]:
        """Yield the events that the script has for this request."""
        answer, reply, turn = self._answer(request, call, stream=True)
        eager = eager_tools(request.body, call.betas)
        async with aclosing(self._play(answer, reply, eager)) as events:
            async for event in events:
                turn.begin()
                yield event

    async def create(self, request: Request, call: Call) -> Reply:
        """Return the message that the script has; delays and faults are those of its stream.

        A `malformed` answer is a body that is only its data.
        """
        answer, reply, turn = self._answer(request, call, stream=False)
        if reply is None or answer.has_course:
            reply = await self._course(answer, reply)
        elif answer.latency:
            await self._sleep(answer.latency)
        turn.begin()
        return reply

    async def count_tokens(self, request: CountTokensRequest, call: Call) -> TokenCount:
        """Return the count of the first rule that fits and has one, else an estimate."""
        del call
        body = typed(request)
        seen = facts(body, call=self._count, stream=None)
        for rule in self.script.rules:
            if rule.count_tokens is not None and fits(rule.match, seen):
                return TokenCount(rule.count_tokens)
        return self._emulator.count_tokens(body)

    async def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def _play(
        self, answer: Answer, reply: Reply | None, eager: Container[str] = ()
    ) -> AsyncGenerator[Event, None]:
        return playing.play(answer, playing.events(answer, reply, eager), self._sleep)

    async def _course(self, answer: Answer, reply: Reply | None) -> Reply:
        """Live through the stream of a message that is not streamed."""
        events = [event async for event in self._play(answer, reply)]
        if answer.malformed is not None:
            return Reply(data=playing.malformed_data(answer))
        if reply is not None:
            return reply
        try:
            return fold(events)
        except StreamError as error:
            raise InternalServerError(f"The scripted events are not a message: {error}") from error

    def _answer(
        self, request: Request, call: Call, *, stream: bool
    ) -> tuple[Answer, Reply | None, Turn]:
        """Choose the rule for a request, and make its message where it has one."""
        typed(request)  # what the API would refuse is raised as it would say it
        body = request.body
        with self._lock:
            self._count += 1
            self.requests.append(request)
            self.calls.append(call)
            answer = self._choose(facts(body, self._count, stream))
            turn = self._emulator.open(body, workspace=call.workspace_id, betas=call.betas)
            if not answer.is_message:
                return answer, None, turn
            return answer, playing.message(answer, turn, self._emulator.ids), turn

    def _choose(self, seen: Facts) -> Answer:
        for index, rule in enumerate(self.script.rules):
            if rule.reply is None or self._is_used_up(index, rule) or not fits(rule.match, seen):
                continue
            self._used[index] += 1
            return Answer(text=rule.reply) if isinstance(rule.reply, str) else rule.reply
        raise InvalidRequestError(self._no_rule(seen))

    def _is_used_up(self, index: int, rule: Rule) -> bool:
        return rule.times is not None and self._used[index] >= rule.times

    def _no_rule(self, seen: Facts) -> str:
        rules = self.script.rules
        used_up = sum(self._is_used_up(index, rule) for index, rule in enumerate(rules))
        results = f", tool results {seen.tool_result[:200]!r}" if seen.tool_result else ""
        return (
            f"No rule of the script fits call {seen.call} (text {seen.text[:200]!r}{results}). "
            f"The script has {len(rules)} rules, of which {used_up} are used up."
        )


def build(settings: Settings) -> ScriptedProvider:
    """Return the provider that `settings` describe. Raises SettingsError and ScriptError."""
    if settings.script is None:
        raise SettingsError(
            "The scripted provider needs a script: name a YAML or JSON file in ROOKERY_SCRIPT, "
            "or as `script` in rookery.toml."
        )
    # Nobody in the process of a server asks for the requests.
    return ScriptedProvider(load(settings.script), keep=0)


def _plain(reply: str | Mapping[str, Any] | Answer | APIError) -> Any:
    if isinstance(reply, str):
        return reply
    if isinstance(reply, Answer):
        return msgspec.to_builtins(reply)
    if isinstance(reply, APIError):
        fault = Fault(
            type=reply.type,
            message=reply.message,
            details=reply.details,
            status=reply.status,
            headers=reply.headers,
        )
        return {"error": msgspec.to_builtins(fault)}
    return dict(reply)
