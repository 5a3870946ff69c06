"""Respond to an incident with a team: one agent coordinates, two experts work at the same time.

It makes up an incident: `incident_response.py 7` always the same one. With a folder of your own it
reads the logs in there: `incident_response.py /var/log/shop`.
"""

from __future__ import annotations

import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import backend
from rookery import Agent, Result, create_subagent
from rookery.agent.events import Event, SubagentEnded, SubagentStarted, ToolCalled
from rookery.demo.incident import write_incident
from rookery.demo.queries import query_timeline
from rookery.demo.timeline import log_timeline
from rookery.tools import grep, read_file


def build_incident_response_agent(workspace: Path) -> Callable[[str], Result]:
    """Build autonomous incident response system."""
    main_agent = Agent(
        model="claude-sonnet-4-6",
        system="You are an incident response expert. Triage, analyze, and remediate.",
        track_cost=True,
        workspace=workspace,
        provider=backend.offline(),
    )

    # Specialized subagents
    log_analyzer = create_subagent(
        "logs",
        system="You're an expert at analyzing application logs. They are in `incident/`.",
        model="claude-haiku-4-5",
        tools=[log_timeline, grep, read_file],
    )

    db_expert = create_subagent(
        "database",
        system="You're a database expert. Analyze queries, locks, and performance. "
        "The logs of the database are in `incident/database/`.",
        model="claude-haiku-4-5",
        tools=[query_timeline, grep, read_file],
    )

    # Orchestrate incident response
    def handle_incident(error_summary: str) -> Result:
        """Respond to incident autonomously."""
        result = main_agent.run(
            f"""
Production incident: {error_summary}

Coordinate response:
1. Log analyzer: Parse error logs, identify root cause
2. DB expert: Check database queries and locks
3. Recommend fix and verify with tests

Subagents: {[log_analyzer, db_expert]}
""",
            subagents=[log_analyzer, db_expert],
            on_event=show,
        )
        print(f"Incident analyzed. Cost: {main_agent.cost_tracking['total_cost']}")
        return result

    return handle_incident


def show(event: Event) -> None:
    """Print who begins, calls a tool and ends."""
    who = "/".join(event.path) or "main"
    match event:
        case SubagentStarted():
            print(f"{who} started")
        case ToolCalled(name=name, input=given):
            print(f"{who} calls {name}({', '.join(map(str, given.values()))})")
        case SubagentEnded(stop_reason=reason, bill=bill):
            print(f"{who} ended: {reason}, {bill}")


workspace = Path(tempfile.mkdtemp(prefix="rookery-example-"))
given = sys.argv[1] if sys.argv[1:] else str(secrets.randbelow(1_000_000))
planted = None
if given.isdigit():
    planted = write_incident(workspace / "incident", seed=int(given))
else:
    shutil.copytree(given, workspace / "incident")

handler = build_incident_response_agent(workspace)
result = handler("Payment API returning 500 errors. The logs are in incident/")
print(result)
if planted:
    print(f"Planted with seed {planted.seed}: {planted.summary}")
