"""A session with the claude-agent-sdk package, run in its own environment; prints JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from claude_agent_sdk import (  # type: ignore[import-not-found]
    AssistantMessage,
    ClaudeAgentOptions,
    ResultMessage,
    create_sdk_mcp_server,
    query,
    tool,
)


@tool("add", "Adds two numbers.", {"a": int, "b": int})
async def add(given: dict[str, Any]) -> dict[str, Any]:
    """Answer as a tool of the Model Context Protocol does."""
    return {"content": [{"type": "text", "text": f"sum {given['a'] + given['b']}"}]}


async def main() -> None:
    """Ask once, with one tool of this process; tell what came."""
    options = ClaudeAgentOptions(
        mcp_servers={"sums": create_sdk_mcp_server("sums", tools=[add])},
        allowed_tools=["mcp__sums__add"],
        system_prompt="You add.",
        setting_sources=[],
    )
    seen: dict[str, Any] = {"calls": []}
    async for message in query(prompt="add it up", options=options):
        if isinstance(message, AssistantMessage):
            seen["calls"] += [block.name for block in message.content if hasattr(block, "name")]
        elif isinstance(message, ResultMessage):
            seen |= {
                "result": message.result,
                "error": message.is_error,
                "usage": message.usage,
            }
    sys.stdout.write(json.dumps(seen))


asyncio.run(main())
