"""Measures one peer on the task of bench.agents; run by it, in the peer's own environment.

`python bench/peer.py NAME URL` prints one line of JSON: CPU milliseconds of a turn (`json`,
`stream`), turns a second with 200 runs at the same time (`rate`), `import_ms` and peak `rss` in MB.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

TURNS, WARM, ROUNDS, CROWD = 11, 3, 15, 200
MODEL, SYSTEM, TASK = "claude-sonnet-4-6", "Answer from the stock.", "How many crates are there?"

Run = Callable[[bool], Awaitable[object]]


def stock(city: str, number: int) -> str:
    """Tell how many crates a city has.

    Args:
        city: The city.
        number: The number of the question.
    """
    return f"{city} has {number * 12} crates."


def anthropic_loop(url: str) -> Run:
    """The official client, in a loop by hand."""
    import anthropic

    client = anthropic.AsyncAnthropic(base_url=url, api_key="sk-rookery-bench")
    tool = {
        "name": "stock",
        "description": "Tell how many crates a city has.",
        "input_schema": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "number": {"type": "integer"}},
        },
    }

    async def run(stream: bool) -> object:
        messages: list[Any] = [{"role": "user", "content": TASK}]
        while True:
            body: dict[str, Any] = {
                "model": MODEL,
                "max_tokens": 1000,
                "system": SYSTEM,
                "tools": [tool],
                "messages": messages,
            }
            if stream:
                async with client.messages.stream(**body) as events:
                    reply = await events.get_final_message()
            else:
                reply = await client.messages.create(**body)
            messages.append({"role": "assistant", "content": reply.content})
            calls = [block for block in reply.content if block.type == "tool_use"]
            if not calls:
                return messages
            results = [
                {"type": "tool_result", "tool_use_id": call.id, "content": stock(**call.input)}
                for call in calls
            ]
            messages.append({"role": "user", "content": results})

    return run


def agno(url: str) -> Run:
    """Agno, its Claude model."""
    from agno.agent import Agent
    from agno.models.anthropic import Claude

    model = Claude(
        id=MODEL, api_key="sk-rookery-bench", max_tokens=1000, client_params={"base_url": url}
    )
    agent = Agent(model=model, tools=[stock], instructions=SYSTEM, telemetry=False)

    async def run(stream: bool) -> object:
        if stream:
            return [event async for event in agent.arun(TASK, stream=True)]
        return await agent.arun(TASK)

    return run


def pydantic_ai(url: str) -> Run:
    """Pydantic AI, its Anthropic model."""
    import anthropic
    from pydantic_ai import Agent
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.providers.anthropic import AnthropicProvider

    client = anthropic.AsyncAnthropic(base_url=url, api_key="sk-rookery-bench")
    model = AnthropicModel(MODEL, provider=AnthropicProvider(anthropic_client=client))
    agent = Agent(model, instructions=SYSTEM, tools=[stock], model_settings={"max_tokens": 1000})

    async def run(stream: bool) -> object:
        if not stream:
            return await agent.run(TASK)
        async with agent.run_stream(TASK) as result:
            return [text async for text in result.stream_text(delta=True)]

    return run


MAKERS = {"anthropic": anthropic_loop, "agno": agno, "pydantic-ai": pydantic_ai}


async def measure(run: Run) -> dict[str, float]:
    """Return the figures of one peer."""
    found: dict[str, float] = {}
    for name, stream in (("json", False), ("stream", True)):
        spent = []
        for _ in range(WARM + ROUNDS):
            before = time.process_time()
            await run(stream)
            spent.append((time.process_time() - before) / TURNS * 1000)
        found[name] = statistics.median(spent[WARM:])
    start = time.perf_counter()
    await asyncio.gather(*(run(False) for _ in range(CROWD)))
    found["rate"] = TURNS * CROWD / (time.perf_counter() - start)
    return found


def main() -> None:
    """Print the figures of the peer that is named."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {1})
    name, url = sys.argv[1:]
    start = time.perf_counter()
    run = MAKERS[name](url)
    imported = (time.perf_counter() - start) * 1000
    found = asyncio.run(measure(run))
    # VmHWM: that of getrusage counts the process that started this one.
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    print(json.dumps({**found, "import_ms": imported, "rss": peak}))


if __name__ == "__main__":
    main()
