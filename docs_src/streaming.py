"""A run as a stream of events, on the offline engine."""

from rookery import Agent
from rookery.agent.events import TextDelta

agent = Agent("claude-sonnet-4-6", provider="offline")
with agent.stream("What is 12 * 12?") as stream:
    for event in stream:
        if isinstance(event, TextDelta):
            print(event.text, end="", flush=True)
print()
print(stream.result.stop_reason)
