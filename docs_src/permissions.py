"""An agent that reads on its own, asks before it writes, and never sees a secret."""

from rookery import Agent, Policy
from rookery.agent.approval import ApprovalRequest
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.tools import grep, read_file, write_file


def approve(request: ApprovalRequest) -> bool:
    print("May this run?", request.runs, "in", request.place)
    return request.tool == "write_file"


def use(tool: str, **given: str) -> dict[str, object]:
    return {"tool": {"name": tool, "input": given}}


# What a model would call; leave the provider out and set ANTHROPIC_API_KEY for a real one.
script = ScriptedProvider.of(
    use("read_file", path=".env"), use("write_file", path="notes.txt", content="hello"), "Done."
)
agent = Agent(
    "claude-sonnet-4-6",
    tools=[read_file, grep, write_file],
    policy=Policy(allow=["Edit(./docs/**)"], deny=["Read(.env)"]),
    approve=approve,
    provider=script,
)
result = agent.run("Write a note about the settings.")
denied, written = result.messages[2], result.messages[4]
print(denied["content"][0]["content"])
print(written["content"][0]["content"])
