"""What other libraries have other words for, on exact replies."""

from dataclasses import dataclass

from rookery import Agent, Budget, Policy, Session, create_subagent
from rookery.agent.events import TextDelta
from rookery.providers.scripted.provider import ScriptedProvider


@dataclass
class Invoice:
    number: str
    total: float


def rate(country: str) -> float:
    """Tell the VAT rate of a country."""
    return {"AT": 20.0, "DE": 19.0}[country]


# What a model would say; leave the provider out and set ANTHROPIC_API_KEY for a real one.
script = ScriptedProvider.of(
    {"tool": {"name": "rate", "input": {"country": "AT"}}},
    "20 percent.",
    "Austria has it.",
    {"text": '{"number": "A-17", "total": 12.0}'},
    {"tool": {"name": "checker", "input": {"task": "Is 20 right?"}}},
    "It is.",
    "Checked.",
    "Hello.",
)
agent = Agent("claude-sonnet-4-6", system="You know taxes.", tools=[rate], provider=script)

result = agent.run("What is the rate in AT?")
print(result.text, result.usage.output_tokens > 0, result.cost)

again = agent.run("Who has it?", messages=result.messages)
print(again.text, len(again.messages))

typed = Agent("claude-sonnet-4-6", output_type=Invoice, provider=script)
print(typed.run("Invoice A-17, 12 euros.").output)

checker = create_subagent("checker", system="You check numbers.", tools=[])
told = agent.run("Check it.", subagents=[checker], budget=Budget(usd="0.50", turns=10))
print(told.text, list(told.cost_tracking["by_agent"]))

careful = Policy(allow=["rate"], ask=["refund"], deny=["Read(.env)"])
asked = Agent(
    "claude-sonnet-4-6",
    tools=[rate],
    policy=careful,
    approve=lambda request: False,
    provider=script,
)
with Session(asked, store="memory", id="taxes").stream("Hi") as stream:
    print("".join(event.text for event in stream if isinstance(event, TextDelta)))
