"""A run that waits for an approval, and is resumed with it."""

import json

from rookery import Agent, Policy
from rookery.providers.scripted.provider import ScriptedProvider


def refund(amount: int) -> str:
    """Pay money back."""
    return f"paid {amount}"


def make(*script: object) -> Agent[str]:
    return Agent(
        "claude-sonnet-4-6",
        tools=[refund],
        policy=Policy(ask=["refund"], deny=["refund(amount:1000)"]),
        approve="pending",
        provider=ScriptedProvider.of(*script),  # leave it out for a real model
    )


result = make({"tool": {"name": "refund", "input": {"amount": 12}}}).run("Refund $12.")
print(result.stop_reason, [request.runs for request in result.pending])
kept = json.dumps(result.state)

# Hours later, perhaps in another process:
state = json.loads(kept)
decisions = {request["id"]: "allow" for request in state["requests"]}
print(make("It is done.").resume(state, decisions))
