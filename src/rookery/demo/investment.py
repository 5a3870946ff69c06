"""A tool-use loop written against the official client, as its users write it."""

from __future__ import annotations

from typing import Any

import anthropic

MODEL = "claude-sonnet-4-6"
QUESTION = "If I invest $10k at 7% for 5 years, what's my return? Also fetch AAPL stock price."
EXPECTED = ("$14,025.52", "$150.25")
TOOLS: Any = [
    {
        "name": "calculate_investment_return",
        "description": "Calculate ROI for an investment",
        "input_schema": {
            "type": "object",
            "properties": {
                "principal": {"type": "number", "description": "Initial investment"},
                "rate": {"type": "number", "description": "Annual interest rate (%)"},
                "years": {"type": "integer", "description": "Investment period"},
            },
            "required": ["principal", "rate", "years"],
        },
    },
    {
        "name": "fetch_stock_price",
        "description": "Get current stock price",
        "input_schema": {
            "type": "object",
            "properties": {
                "ticker": {"type": "string", "description": "Stock ticker (e.g., AAPL)"}
            },
            "required": ["ticker"],
        },
    },
]


def ask(base_url: str, key: str) -> str:
    """Put the question to a server and return the answer, after all tool calls."""
    with anthropic.Anthropic(base_url=base_url, api_key=key) as client:
        messages: list[Any] = [{"role": "user", "content": QUESTION}]
        while True:
            reply = client.messages.create(
                model=MODEL, max_tokens=1024, tools=TOOLS, messages=messages
            )
            if reply.stop_reason != "tool_use":
                return "".join(block.text for block in reply.content if block.type == "text")
            results = [
                {"type": "tool_result", "tool_use_id": block.id, "content": _run(block)}
                for block in reply.content
                if block.type == "tool_use"
            ]
            messages.append({"role": "assistant", "content": reply.content})
            messages.append({"role": "user", "content": results})


def _run(call: Any) -> str:
    if call.name == "calculate_investment_return":
        growth = (1 + call.input["rate"] / 100) ** call.input["years"]
        return f"Return: ${call.input['principal'] * growth:.2f}"
    return f"{call.input['ticker']} price: $150.25"
