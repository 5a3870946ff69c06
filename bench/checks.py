"""Measures the checks of a request, without a server: `python -m bench.checks`.

Rows are CPU milliseconds of the quickest of many calls: reading the few fields that route, the
types, the types with all rules, and the count of tokens.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from bench.run import body
from rookery.catalog.lookup import Catalog
from rookery.emulation.prompt import count_prompt
from rookery.gateway.validate import validate
from rookery.providers.base import Call
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.wire.messages import Request
from rookery.wire.surface import surface
from rookery.wire.validation import check

CALL = Call("req_bench")


def calls(size: int, result: str) -> bytes:
    """Return a request of about `size` bytes: 12 tools, and turns of a call and its result."""
    properties = {"a": {"type": "string"}, "b": {"type": "integer"}}
    tools = [
        {
            "name": f"tool_{number}",
            "description": "Does things. " * 10,
            "input_schema": {"type": "object", "properties": properties},
        }
        for number in range(12)
    ]
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Hello."}]
    while len(json.dumps(messages)) < size - 4_000:
        name = f"toolu_{len(messages)}"
        said = [
            {"type": "text", "text": "Let me look."},
            {"type": "tool_use", "id": name, "name": "tool_1", "input": {"a": "x" * 40}},
        ]
        answer = [{"type": "tool_result", "tool_use_id": name, "content": result}]
        messages += [{"role": "assistant", "content": said}, {"role": "user", "content": answer}]
    value = {"model": "claude-sonnet-4-6", "max_tokens": 100, "tools": tools, "messages": messages}
    return json.dumps(value).encode()


BODIES = {
    "2 KB": body(2_000),
    "60 KB": body(60_000),
    "60 KB, calls with results of 2 KB": calls(60_000, "def f(x): return x\n" * 100),
    "60 KB, calls with results of 0.3 KB": calls(60_000, "result " * 40),
    "500 KB": body(500_000),
}


def quickest(work: Callable[[], object], times: int) -> str:
    """Return the CPU milliseconds of the quickest call."""
    found = []
    for _ in range(times):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return f"{min(found) * 1000:.3f}"


def main() -> None:
    """Measure everything and print it."""
    provider, catalog = ScriptedProvider.of(), Catalog.builtin()
    print(
        "| body | blocks | routing | types | types and rules | count |\n|---|---|---|---|---|---|"
    )
    for name, data in BODIES.items():
        request = Request(data)
        model = catalog.get(request.body.model)
        blocks = sum(len(message.blocks) for message in request.body.messages)
        times = 400 if len(data) < 100_000 else 40
        row = (
            quickest(lambda data=data: Request(data).envelope, times),
            quickest(lambda data=data: check(Request(data), surface(CALL.version, ())), times),
            quickest(lambda data=data: validate(Request(data), CALL, provider, catalog), times),
            quickest(lambda body=request.body, model=model: count_prompt(body, model), times),
        )
        print(f"| {name} | {blocks} | {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
