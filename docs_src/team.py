"""A coordinator with two subagents, on the offline engine."""

from rookery import Agent, create_subagent
from rookery.tools import grep, read_file

logs = create_subagent("logs", model="claude-haiku-4-5", description="Reads log files.")
shop = create_subagent("shop", system="You know what the shop sells.", tools=[])
agent = Agent("claude-sonnet-4-6", tools=[grep, read_file], provider="offline")
result = agent.run("What is 12 * 12?", subagents=[logs, shop])
print(result, agent.cost_tracking["by_agent"])
