"""What an agent costs: `python -m bench.agents [--peers]`. bench/README.md has the results.

A run is eleven turns, ten of them calls of a tool. The stub is another process, on another core
where there is one; CPU is user and system time of this process for each turn. `--peers` measures
the official client and two agent libraries too, each in an environment of its own (bench/peer.py).
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import bare_loop
from bench.stub import CALLS
from rookery import Agent, Settings
from rookery.agent.events import TextDelta
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.transport.client import new_client

TURNS = CALLS + 1
WARM, ROUNDS = 3, 40
MODEL, SYSTEM, TASK = "claude-sonnet-4-6", "Answer from the stock.", "How many crates are there?"
PEERS = {
    "anthropic": "anthropic==2.12.0",
    "agno": "agno==3.1.10 anthropic",
    "pydantic-ai": "pydantic-ai-slim[anthropic]==2.68.0",
}
"""Peers, and what is installed into the environment of each."""

Run = Callable[[], Awaitable[object]]


def stock(city: str, number: int) -> str:
    """Tell how many crates a city has.

    Args:
        city: The city.
        number: The number of the question.
    """
    return f"{city} has {number * 12} crates."


@contextmanager
def stub() -> Iterator[str]:
    """Run the stub; yield its address."""
    pinned = ["taskset", "-c", "0"] if (os.cpu_count() or 1) > 1 else []
    command = [*pinned, sys.executable, "-m", "bench.stub"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


def agent(**arguments: Any) -> Agent[str]:
    """Return the agent that is measured."""
    return Agent(MODEL, system=SYSTEM, tools=[stock], **arguments)


def played() -> ScriptedProvider:
    """Return a provider in this process that has the replies of one run."""
    call = {"tool": {"name": "stock", "input": {"city": "Oslo", "number": 1}}}
    return ScriptedProvider.of(*[call] * CALLS, "There are none.")


def bare(base_url: str, *, stream: bool) -> Run:
    """Return a run of the bare loop."""
    client = new_client(Settings())
    tool = {
        "name": "stock",
        "description": "Tell how many crates a city has.",
        "input_schema": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "number": {"type": "integer"}},
        },
    }
    body = {"model": MODEL, "max_tokens": 1000, "system": SYSTEM, "tools": [tool]}

    async def run() -> object:
        task = {**body, "messages": [{"role": "user", "content": TASK}]}
        return await bare_loop.run(client, f"{base_url}/v1/messages", task, stock, stream=stream)

    return run


def watched(one: Agent[str]) -> Run:
    """Return a run whose events are read as they come."""

    async def run() -> object:
        async with one.astream(TASK) as stream:
            return [event.text async for event in stream if isinstance(event, TextDelta)]

    return run


async def per_turn(rows: dict[str, Callable[[], Run]]) -> dict[str, list[float]]:
    """Return the CPU milliseconds of a turn in each round; the rows take turns."""
    spent: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(WARM + ROUNDS):
        for name, makes in rows.items():
            run = makes()
            before = time.process_time()
            await run()
            spent[name].append((time.process_time() - before) / TURNS * 1000)
    return {name: times[WARM:] for name, times in spent.items()}


async def together(runs: list[Run]) -> tuple[float, float]:
    """Return turns a second and CPU milliseconds of a turn, all runs at the same time."""
    start, before = time.perf_counter(), time.process_time()
    await asyncio.gather(*(run() for run in runs))
    turns = TURNS * len(runs)
    spent = (time.process_time() - before) / turns * 1000
    return turns / (time.perf_counter() - start), spent


def alone(base_url: str) -> None:
    """Print the rows of one run at a time."""
    remote = agent(base_url=base_url)
    rows: dict[str, Callable[[], Run]] = {}
    floors = {True: bare(base_url, stream=True), False: bare(base_url, stream=False)}
    rows["bare loop, JSON"] = lambda: floors[False]
    rows["bare loop, streaming"] = lambda: floors[True]
    rows["agent"] = lambda: lambda: remote.arun(TASK)
    rows["agent, its events read"] = lambda: watched(remote)

    def in_process() -> Run:
        one = agent(provider=played())
        return lambda: one.arun(TASK)

    rows["agent in-process, scripted"] = in_process

    for name, spent in asyncio.run(per_turn(rows)).items():
        print(f"| {name} | {statistics.median(spent):.3f} | {min(spent):.3f} |", flush=True)


def crowd(base_url: str, count: int) -> None:
    """Print the rows of `count` agents at the same time, each with its own run."""

    async def measure(runs: list[Run]) -> str:
        for run in runs[:WARM]:
            await run()
        rate, spent = await together(runs)
        return f"{rate:,.0f} | {spent:.3f} | {_rss():.0f}"

    def remote() -> list[Run]:
        first = agent(base_url=base_url)
        gateway = first._gateway  # one pool of connections, as agents of one program share it
        agents = [agent(provider=gateway) for _ in range(count)]
        return [lambda one=one: one.arun(TASK) for one in agents]  # type: ignore[misc]

    def in_process() -> list[Run]:
        agents = [agent(provider=played()) for _ in range(count + WARM)]
        return [lambda one=one: one.arun(TASK) for one in agents][WARM:]  # type: ignore[misc]

    print(f"| {count:,} agents | {asyncio.run(measure(remote()))} |", flush=True)
    runs = in_process()
    rate, spent = asyncio.run(together(runs))
    print(f"| {count:,} agents in-process | {rate:,.0f} | {spent:.3f} | {_rss():.0f} |", flush=True)


def _rss() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def idle(count: int = 200) -> float:
    """Return the KiB that an agent holds after its run, its result and provider not counted."""
    providers = [played() for _ in range(count + WARM)]

    async def runs(agents: list[Agent[str]]) -> None:
        for one in agents:
            await one.arun(TASK)

    warm = [agent(provider=providers.pop()) for _ in range(WARM)]
    asyncio.run(runs(warm))
    gc.collect()
    tracemalloc.start()
    agents = [agent(provider=one) for one in providers]
    asyncio.run(runs(agents))
    for one in providers:
        one.requests.clear()
        one.calls.clear()
    gc.collect()
    with_all = tracemalloc.get_traced_memory()[0]
    agents.clear()
    gc.collect()
    without = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (with_all - without) / count / 1024


def peer(name: str, base_url: str) -> None:
    """Print the row of a peer, from its own environment, which is made where it is missing."""
    home = Path(".venvs") / f"bench-{name}"
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        print(f"Installing {PEERS[name]} into {home} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        pip = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*pip, *PEERS[name].split()], check=True)
        (home / "ready").touch()
    done = subprocess.run(
        [python, Path("bench") / "peer.py", name, base_url],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"| {name} | failed: {done.stderr.strip().splitlines()[-1]} |")
        return
    row = json.loads(done.stdout)
    print(
        f"| {name} | {row['json']:.2f} | {row['stream']:.2f} | {row['rate']:,.0f} | "
        f"{row['import_ms']:,.0f} | {row['rss']:.0f} |",
        flush=True,
    )


def main() -> None:
    """Print all rows."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {1})
    os.environ.setdefault("ANTHROPIC_API_KEY", "sk-rookery-bench")
    with stub() as base_url:
        print("| one run at a time | CPU ms a turn, median | least |\n|---|---|---|")
        alone(base_url)
        print("\n| at the same time | turns/s | CPU ms a turn | peak RSS MB |\n|---|---|---|---|")
        for count in (200, 1000):
            crowd(base_url, count)
        print(f"\nan idle agent after its run: {idle():.1f} KiB")
        if "--peers" in sys.argv:
            print("\n| peer | JSON ms | stream ms | turns/s, 200 | import ms | peak RSS MB |")
            print("|---|---|---|---|---|---|")
            for name in PEERS:
                peer(name, base_url)


if __name__ == "__main__":
    main()
