"""A function as a tool: its schema comes from its signature and docstring."""

from rookery import Agent


def shipping_cost(weight: float, express: bool = False) -> str:
    """Tell what it costs to ship a parcel.

    Args:
        weight: Weight of the parcel in kg.
        express: Whether it must arrive the next day.
    """
    return f"Shipping: ${weight * (9 if express else 4):.2f}"


agent = Agent("claude-haiku-4-5", tools=[shipping_cost], provider="offline")
result = agent.run("What does it cost to ship a parcel of 2.5 kg?")
print(result)
for step in result.steps:
    print(step.step, step.tools, step.usage.output_tokens, step.bill)
