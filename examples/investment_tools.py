"""The tool use loop, written by hand against the official client."""

from __future__ import annotations

from typing import Any

import backend
import official

tools: Any = [
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
                "ticker": {"type": "string", "description": "Stock ticker (e.g., AAPL)"},
            },
            "required": ["ticker"],
        },
    },
]


def execute(name: str, given: dict[str, Any]) -> str:
    """Carry out one call of a tool."""
    if name == "calculate_investment_return":
        result = given["principal"] * (1 + given["rate"] / 100) ** given["years"]
        return f"Return: ${result:.2f}"
    price = 150.25  # a real program would ask a service
    return f"{given['ticker']} price: ${price}"


messages: list[Any] = [
    {
        "role": "user",
        "content": "If I invest $10k at 7% for 5 years, what's my return? "
        "Also fetch AAPL stock price.",
    }
]
with official.client(backend.offline()) as client:
    while True:
        response = client.messages.create(
            model="claude-sonnet-4-6", max_tokens=1024, tools=tools, messages=messages
        )
        if response.stop_reason != "tool_use":
            break
        tool_results = [
            {
                "type": "tool_result",
                "tool_use_id": block.id,
                "content": execute(block.name, block.input),
            }
            for block in response.content
            if block.type == "tool_use"
        ]
        messages.append({"role": "assistant", "content": response.content})
        messages.append({"role": "user", "content": tool_results})

final_answer = next((block.text for block in response.content if block.type == "text"), None)
print(final_answer)
