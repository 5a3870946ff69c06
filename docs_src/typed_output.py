"""A run whose output is an object; the replies are scripted, the first one wrong."""

from dataclasses import dataclass

from rookery import Agent
from rookery.providers.scripted.provider import ScriptedProvider


@dataclass
class Invoice:
    number: str
    total: float
    paid: bool = False


replies = ScriptedProvider.of(
    '{"number": "A-17", "total": "ten"}', '{"number": "A-17", "total": 10}'
)
agent = Agent("claude-sonnet-4-6", output_type=Invoice, provider=replies)
result = agent.run("Invoice A-17 is about ten dollars.")
print(result.output, "after", len(result.steps), "calls")
