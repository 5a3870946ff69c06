"""An agent that reads code, writes a test file for it and runs the tests."""

from __future__ import annotations

import backend
from rookery import Agent
from rookery.tools import bash, grep, read_file, write_file

shop = backend.workspace("shop")

# An agent with built-in tools, confined to a folder; its commands run in a sandbox.
agent = Agent(
    model="claude-sonnet-4-6",
    tools=[bash, read_file, write_file, grep],
    workspace=shop,
    provider=backend.scripted(__file__),
)

# It works on its own: it reads src/auth.py, writes src/test_auth.py and runs the tests.
result = agent.run("Write a Python test file for src/auth.py, src/test_auth.py, and run it")
print(result)
for step in result.steps:
    print(f"step {step.step}: {', '.join(step.tools) or 'answer'}, {step.bill}")
print(f"See {shop / 'src' / 'test_auth.py'}")
