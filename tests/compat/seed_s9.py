# mypy: ignore-errors
# ruff: noqa: T201
"""Program S9 of the seed, word for word; only the client comes from the environment."""

import anthropic

client = anthropic.Anthropic()

# 1. Define tools
tools = [
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

# 2. Make request with tools
messages = [
    {
        "role": "user",
        "content": (
            "If I invest $10k at 7% for 5 years, what's my return? Also fetch AAPL stock price."
        ),
    }
]

response = client.messages.create(
    model="claude-sonnet-4-20250514",
    max_tokens=1024,
    tools=tools,
    messages=messages,
)

# 3. Process tool calls in agentic loop
while response.stop_reason == "tool_use":
    # Extract tool calls
    tool_calls = [block for block in response.content if block.type == "tool_use"]

    # Execute tools
    tool_results = []
    for tool_call in tool_calls:
        if tool_call.name == "calculate_investment_return":
            principal = tool_call.input["principal"]
            rate = tool_call.input["rate"]
            years = tool_call.input["years"]
            result = principal * ((1 + rate / 100) ** years)
            tool_results.append(
                {
                    "type": "tool_result",
                    "tool_use_id": tool_call.id,
                    "content": f"Return: ${result:.2f}",
                }
            )
        elif tool_call.name == "fetch_stock_price":
            ticker = tool_call.input["ticker"]
            # Simulate fetch (real: call API)
            price = 150.25  # Mock data
            tool_results.append(
                {
                    "type": "tool_result",
                    "tool_use_id": tool_call.id,
                    "content": f"{ticker} price: ${price}",
                }
            )

    # Continue conversation with tool results
    messages.append({"role": "assistant", "content": response.content})
    messages.append({"role": "user", "content": tool_results})

    response = client.messages.create(
        model="claude-sonnet-4-20250514",
        max_tokens=1024,
        tools=tools,
        messages=messages,
    )

# 4. Extract final answer
final_answer = next(
    (block.text for block in response.content if hasattr(block, "text")),
    None,
)
print(final_answer)
