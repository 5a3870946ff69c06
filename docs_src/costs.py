"""What a run costs, on the offline engine."""

import json

from rookery import Agent

agent = Agent("claude-sonnet-4-6", provider="offline", track_cost=True)
result = agent.run("What is 12 * 12?")
print(json.dumps(agent.cost_tracking, indent=2))
print(result.cost, "dollars exactly;", agent.total_cost, "in all runs so far")
for line in result.bill.lines:
    print(line.kind, line.quantity, line.price, line.amount)
