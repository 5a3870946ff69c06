"""Many tasks for one agent, kept by name, on the offline engine."""

from rookery import Agent, Budget

agent = Agent("claude-sonnet-4-6", provider="offline")
tasks = [f"What is {number} * 12?" for number in range(1, 21)]
with agent.map(tasks, budget=Budget(usd=1), name="tables", store="results.db") as runs:
    for item in runs:
        print(item.index, item.result or item.error)
print(runs.outcome)
again = agent.map(tasks, name="tables", store="results.db")
print(again.results()[11].result, again.outcome)
