"""The least that a loop of turns can be: the floor that an agent is measured against.

It has the HTTP client of rookery, and nothing else: no checks, no cost, no limits, no events.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from rookery.transport.base import HttpClient

HEADERS = {
    "accept": "application/json",
    "content-type": "application/json",
    "anthropic-version": "2023-06-01",
    "x-api-key": "sk-rookery-bench",
}


async def run(
    client: HttpClient, url: str, body: dict[str, Any], tool: Callable[..., str], *, stream: bool
) -> list[dict[str, Any]]:
    """Call the model until it calls no tool any more; return the history."""
    messages: list[dict[str, Any]] = body["messages"]
    while True:
        data = json.dumps({**body, "messages": messages, "stream": stream}).encode()
        async with client.post(url, headers=HEADERS, body=data) as response:
            raw = b"".join([chunk async for chunk in response.chunks()])
        content = _folded(raw) if stream else json.loads(raw)["content"]
        messages.append({"role": "assistant", "content": content})
        calls = [block for block in content if block["type"] == "tool_use"]
        if not calls:
            return messages
        results = [
            {"type": "tool_result", "tool_use_id": call["id"], "content": tool(**call["input"])}
            for call in calls
        ]
        messages.append({"role": "user", "content": results})


def _folded(raw: bytes) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = []
    given = ""
    for record in raw.split(b"\n\n"):
        event = json.loads(record.partition(b"data: ")[2] or b'{"type": ""}')
        if event["type"] == "content_block_start":
            content.append(event["content_block"])
            given = ""
        elif event["type"] == "content_block_delta":
            delta = event["delta"]
            given += delta.get("partial_json", "")
            if "text" in delta:
                content[-1]["text"] += delta["text"]
        elif event["type"] == "content_block_stop" and given:
            content[-1]["input"] = json.loads(given)
    return content
