"""The team of the demo: both experts are at work at the same time, and the cause is named."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from pathlib import Path

from rookery.agent.events import Event as RunEvent
from rookery.agent.events import SubagentEnded, SubagentStarted, ToolCalled
from rookery.agent.result import Result
from rookery.demo.causes import CAUSES
from rookery.demo.incident import write_incident
from rookery.demo.team import FOLDER, build_team, task
from rookery.providers.base import Call, Provider
from rookery.providers.offline.provider import OfflineProvider
from rookery.wire.events import Event
from rookery.wire.messages import Request

EXPERTS = 2


class Gathering(OfflineProvider):
    """Answers nobody of the small model before `EXPERTS` of its calls wait at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self._together = asyncio.Barrier(EXPERTS)
        self._gathered = 0

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[Event, None]:
        """Wait for the others, then answer as the offline engine does."""
        if "haiku" in request.body.model and self._gathered < EXPERTS:
            self._gathered += 1
            async with asyncio.timeout(20):
                await self._together.wait()
        async for event in super().stream(request, call):
            yield event


def respond(folder: Path, provider: Provider | None = None) -> tuple[Result, list[RunEvent]]:
    events: list[RunEvent] = []
    main, experts = build_team(folder, provider or OfflineProvider())
    said = task("Customers see failing requests.", experts)
    return main.run(said, subagents=experts, on_event=events.append), events


def test_the_experts_work_at_the_same_time(tmp_path: Path) -> None:
    write_incident(tmp_path / FOLDER, seed=1, kind="missing-index")
    result, events = respond(tmp_path, Gathering())
    assert result.stop_reason == "end_turn"
    started = [at for at, event in enumerate(events) if isinstance(event, SubagentStarted)]
    ended = [at for at, event in enumerate(events) if isinstance(event, SubagentEnded)]
    assert len(started) == len(ended) == EXPERTS
    assert max(started) < min(ended)
    called = {(event.path, event.name) for event in events if isinstance(event, ToolCalled)}
    assert {
        ((), "logs"),
        ((), "database"),
        (("logs",), "log_timeline"),
        (("database",), "query_timeline"),
    } <= called
    assert result.cost_tracking["by_agent"].keys() == {"main", "logs", "database"}
    # Both are heard, the one that was asked for the root cause first.
    assert result.text.startswith("Likely root cause: incident/database/")
    assert "\nSlow query: incident/database/" in result.text


def test_the_team_names_the_cause(tmp_path: Path) -> None:
    """At least 18 of 20, over kinds in turn and seeds that nobody has seen before."""
    missed = []
    for index in range(20):
        seed, kind = random.SystemRandom().randrange(10**9), CAUSES[index % len(CAUSES)].kind
        planted = write_incident(tmp_path / str(index) / FOLDER, seed=seed, kind=kind)
        result, _ = respond(tmp_path / str(index))
        if not planted.is_named_in(result.text):
            missed.append((kind, seed, result.text[:300]))
    assert len(missed) <= 2, missed


def test_the_team_finds_nothing_where_nothing_is_wrong(tmp_path: Path) -> None:
    wrong = []
    for index in range(8):
        seed = random.SystemRandom().randrange(10**9)
        planted = write_incident(tmp_path / str(index) / FOLDER, seed=seed, incident=False)
        result, _ = respond(tmp_path / str(index))
        if not planted.is_named_in(result.text):
            wrong.append((seed, result.text[:300]))
    assert not wrong
