"""One agent hands a feature out to three others, which work at the same time."""

from __future__ import annotations

import backend
from rookery import Agent, create_subagent
from rookery.agent.events import Event, SubagentEnded, SubagentStarted, ToolCalled
from rookery.tools import bash, grep, read_file, write_file

shop = backend.workspace("shop")

main_agent = Agent(
    model="claude-sonnet-4-6",
    system="You orchestrate feature development across teams.",
    tools=[bash, read_file, write_file, grep],
    workspace=shop,
    provider=backend.scripted(__file__),
)

# Specialized subagents; each has the tools of the main agent, and a context of its own.
frontend_agent = create_subagent(
    "frontend",
    system="You're an expert React developer.",
    model="claude-sonnet-4-6",
)

backend_agent = create_subagent(
    "backend",
    system="You're an expert backend engineer.",
    model="claude-sonnet-4-6",
)

test_agent = create_subagent(
    "testing",
    system="You're a QA engineer focused on comprehensive testing.",
    model="claude-haiku-4-5",  # lower cost
)


def show(event: Event) -> None:
    """Print who begins, writes a file and ends."""
    who = "/".join(event.path) or "main"
    match event:
        case SubagentStarted():
            print(f"{who} started")
        case ToolCalled(name="write_file", input=given):
            print(f"{who} writes {given.get('path')}")
        case SubagentEnded(stop_reason=reason, bill=bill):
            print(f"{who} ended: {reason}, {bill}")


result = main_agent.run(
    """
Implement a user authentication feature:
1. Frontend agent: Build login UI component
2. Backend agent: Build auth API endpoints
3. Test agent: Write unit and integration tests

All run in parallel, then integrate results.
""",
    subagents=[frontend_agent, backend_agent, test_agent],
    on_event=show,
)
print(result)
print(f"Cost: {main_agent.cost_tracking['total_cost']}. See {shop}")
