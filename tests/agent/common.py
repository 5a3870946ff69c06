"""What the tests of agents share: a scripted agent, and what its provider was sent."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from rookery import Agent
from rookery.agent.loop import Run
from rookery.agent.prompt import Prompt
from rookery.catalog.lookup import Catalog
from rookery.gateway.meter import utc_now
from rookery.gateway.validate import validate
from rookery.providers.base import Call
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.wire.events import Event
from rookery.wire.messages import Request

MODEL = "claude-sonnet-4-6"


def call(name: str, **arguments: Any) -> dict[str, Any]:
    """A reply that calls one tool."""
    return {"tool": {"name": name, "input": arguments}}


def use(name: str, number: int = 1, **arguments: Any) -> dict[str, Any]:
    """A tool_use block."""
    return {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": arguments}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


class WatchedProvider(ScriptedProvider):
    """Knows how many of its streams are open."""

    open_streams = 0

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[Event, None]:
        self.open_streams += 1
        try:
            async with aclosing(super().stream(request, call)) as events:
                async for event in events:
                    yield event
        finally:
            self.open_streams -= 1


def agent(*replies: Any, **options: Any) -> tuple[Agent[Any], WatchedProvider]:
    """An agent without marks for the cache, for which a failure is final, unless options say so."""
    provider = WatchedProvider.of(*replies)
    return Agent(
        MODEL, provider=provider, **{"cache": False, "max_retries": 0, **options}
    ), provider


def sent(provider: ScriptedProvider, index: int = -1) -> dict[str, Any]:
    return provider.requests[index].plain


def answers(provider: ScriptedProvider, index: int = -1) -> list[dict[str, Any]]:
    """The tool results of a request."""
    blocks: list[dict[str, Any]] = sent(provider, index)["messages"][-1]["content"]
    return blocks


def is_accepted(messages: list[dict[str, Any]]) -> bool:
    """Whether the checks of the API take the request of a run that goes on with a history."""
    run = Run([*messages])
    run.begin("Go on.")
    body = Prompt({"model": MODEL, "max_tokens": 100}, "5m").body(run.messages)
    call = Call(request_id="req_1")
    validate(Request(body.data), call, ScriptedProvider.of(), Catalog.builtin(), utc_now)
    return True


def is_valid(messages: list[dict[str, Any]]) -> bool:
    """Every tool_use has its result in the next message, and every result its tool_use."""
    waiting: list[str] = []
    for message in messages:
        blocks = message["content"] if isinstance(message["content"], list) else []
        given = [b["tool_use_id"] for b in blocks if b["type"] == "tool_result"]
        if given != waiting or not message["content"]:
            return False
        waiting = [b["id"] for b in blocks if b["type"] == "tool_use"]
    return not waiting
