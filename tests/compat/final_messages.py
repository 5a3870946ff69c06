"""Does the message that a stream leads to equal the one of `create`? For each official client.

Run with the interpreter of each. ANTHROPIC_BASE_URL and ANTHROPIC_API_KEY lead to a server that
plays tests/compat/replies.py; COUNT is how many messages it has, and BETA whether they are of the
beta. Printed as JSON: how many were equal, and those that were not, for test_final_messages.py.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import anthropic

BETA = bool(os.environ.get("BETA"))


def request(number: int) -> dict[str, Any]:
    tool = {"name": "look", "input_schema": {"type": "object"}}
    return {
        "model": "claude-opus-5-5",
        "max_tokens": 1024,
        "messages": [{"role": "user", "content": f"message {number}."}],
        "tools": [{**tool, "eager_input_streaming": number % 2 == 0}],
    }


def plain(message: Any) -> Any:
    """Return a message as it is on the wire; `id` is new for each."""
    value = json.loads(message.to_json())
    for block in value["content"]:
        block.pop("parsed_output", None)  # the client's own
    return {name: field for name, field in value.items() if name != "id"}


def stream(client: anthropic.Anthropic, number: int) -> tuple[Any, Any]:
    messages: Any = client.beta.messages if BETA else client.messages
    created = messages.create(**request(number))
    with messages.stream(**request(number)) as events:
        return plain(created), plain(events.get_final_message())


async def stream_async(client: anthropic.AsyncAnthropic, number: int) -> tuple[Any, Any]:
    messages: Any = client.beta.messages if BETA else client.messages
    created = await messages.create(**request(number))
    async with messages.stream(**request(number)) as events:
        return plain(created), plain(await events.get_final_message())


async def all_async(numbers: range) -> list[tuple[Any, Any]]:
    async with anthropic.AsyncAnthropic() as client:
        return [await stream_async(client, number) for number in numbers]


def main() -> None:
    numbers = range(int(os.environ["COUNT"]))
    with anthropic.Anthropic() as client:
        pairs = [stream(client, number) for number in numbers]
    pairs += asyncio.run(all_async(numbers))
    unequal = [pair for pair in pairs if pair[0] != pair[1]]
    blocks = sum(len(created["content"]) for created, _ in pairs)
    json.dump(
        {"equal": len(pairs) - len(unequal), "blocks": blocks, "unequal": unequal}, sys.stdout
    )


if __name__ == "__main__":
    main()
