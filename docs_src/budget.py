"""A run within a budget, on the offline engine."""

from rookery import Agent, Budget

agent = Agent("claude-sonnet-4-6", provider="offline")
result = agent.run("What is 12 * 12?", budget=Budget(usd="0.01", turns=5, seconds=60))
print(result, result.stop_reason, result.cost)
poor = agent.run("What is 12 * 12?", budget=Budget(usd="0.0001"))
print(poor.stop_reason, len(poor.steps))
