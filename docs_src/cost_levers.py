"""What caching, models, batches and places do to a bill, on the offline engine."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from rookery import Agent, Usage, choose_model, cost

CODE = "\n".join(
    f"def price_{n}(weight: float) -> float: return weight * {n}" for n in range(4_000)
)


def spent(model: str = "claude-sonnet-4-6", reads: int = 1, **arguments: Any) -> Decimal:
    agent = Agent(model, provider="offline", **arguments)
    for _ in range(reads):
        agent.run("What is 12 * 12?")
    assert agent.total_cost is not None
    return agent.total_cost


def saved(dear: Decimal, cheap: Decimal) -> str:
    return f"{100 * (1 - cheap / dear):.0f} % saved"


plain, cached = spent(system=CODE, reads=5, cache=False), spent(system=CODE, reads=5)
print("caching:", saved(plain, cached))

large, small = choose_model("complex"), choose_model(task="What is 12 * 12?")
print("model:", small, "for", large, saved(spent(large), spent(small)))

anywhere, us = spent(), spent(request={"inference_geo": "us"})
print("only in the US:", us / anywhere, "times the price")

month, now = Usage(input_tokens=1_000_000, output_tokens=500_000), datetime.now(UTC)
standard = cost(month, "claude-sonnet-4-6", now)
batch = cost(month, "claude-sonnet-4-6", now, tier="batch")
print("batch:", batch, "for", standard)
