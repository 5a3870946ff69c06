"""What keeping a session costs: `python -m bench.sessions`. bench/README.md has the results.

A run is a hundred calls of a tool and a reply, of the scripted provider; each call is two commits.
The quickest of the rounds counts.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

from rookery import Agent, Session
from rookery.providers.scripted.provider import ScriptedProvider

CALLS, ROUNDS = 100, 9
MODEL = "claude-sonnet-4-6"
STEP = {"tool": {"name": "count", "input": {"number": 1}}}


async def count(number: int) -> int:
    """Count."""
    return number + 1


def make(kind: str, folder: Path) -> Any:
    """Return what runs a task: an agent, or a session that is kept somewhere."""
    provider = ScriptedProvider.of(*[STEP] * CALLS, "Done.")
    agent = Agent(MODEL, tools=[count], provider=provider, max_turns=CALLS + 1)
    if kind.startswith("nothing"):
        return agent.arun
    return Session(agent, store=folder / "sessions.db" if kind == "SQLite" else None).arun


async def measure(kind: str) -> tuple[float, float]:
    """Return the seconds and the CPU seconds of a call."""
    with tempfile.TemporaryDirectory() as folder:
        run = make(kind, Path(folder))
        wall, cpu = time.perf_counter(), time.process_time()
        await run("Count.")
        return (time.perf_counter() - wall) / CALLS, (time.process_time() - cpu) / CALLS


def main() -> None:
    """Print a row for each way to keep a session."""
    print("| kept in | ms | CPU ms |\n|---|---|---|")
    for kind in ("nothing: an agent alone", "memory", "SQLite"):
        rounds = [asyncio.run(measure(kind)) for _ in range(ROUNDS)]
        wall, cpu = (min(values) * 1000 for values in zip(*rounds, strict=True))
        print(f"| {kind} | {wall:.2f} | {cpu:.2f} |")


if __name__ == "__main__":
    main()
