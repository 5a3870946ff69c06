"""An agent that reads files, on the offline engine: no key needed."""

from rookery import Agent
from rookery.tools import grep, read_file

agent = Agent(
    "claude-sonnet-4-6",
    system="Answer from the files, and quote the line.",
    tools=[grep, read_file],
    provider="offline",  # leave this out and set ANTHROPIC_API_KEY for a real model
)
result = agent.run('Search the files for "port", and say which port is used.')
print(result)
print(result.usage.prompt_tokens, "tokens in,", result.bill)
