"""A hook that keeps an agent from writing anything that looks like a key."""

from rookery import Agent
from rookery.agent.approval import Deny
from rookery.agent.hooks import Hook, ToolUse
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.tools import write_file


class NoKeys(Hook):
    tools = ("Edit",)

    def before_tool(self, use: ToolUse) -> Deny | None:
        return Deny("That looks like a key.") if "sk-" in str(use.input) else None


use = {"tool": {"name": "write_file", "input": {"path": "notes.txt", "content": "sk-12"}}}
agent = Agent(
    "claude-sonnet-4-6",
    tools=[write_file],
    hooks=[NoKeys()],
    provider=ScriptedProvider.of(use, "Done."),  # leave it out for a real model
)
print(agent.run("Write it down.").messages[2]["content"][0]["content"])
