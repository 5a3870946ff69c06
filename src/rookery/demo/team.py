"""The team that the demo sets on an incident: one that coordinates, and two experts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rookery.agent.agent import Agent
from rookery.agent.subagent import create_subagent
from rookery.demo.queries import query_timeline
from rookery.demo.timeline import log_timeline
from rookery.providers.base import Provider
from rookery.tools import grep, read_file

FOLDER = "incident"
"""Where the logs are, in the workspace."""

TEAM = "claude-sonnet-4-6"
EXPERT = "claude-haiku-4-5"


def build_team(workspace: Path, provider: Provider) -> tuple[Agent[Any], list[Agent[Any]]]:
    """Return the agent that coordinates, and those that it gives tasks to."""
    main = Agent(
        TEAM,
        name="main",
        system="You are an incident response expert. Triage, analyze, and remediate.",
        workspace=workspace,
        provider=provider,
    )
    logs = create_subagent(
        "logs",
        system=f"You're an expert at analyzing application logs. They are in `{FOLDER}/`.",
        model=EXPERT,
        tools=[log_timeline, grep, read_file],
    )
    database = create_subagent(
        "database",
        system="You're a database expert. Analyze queries, locks, and performance. "
        f"The logs of the database are in `{FOLDER}/database/`.",
        model=EXPERT,
        tools=[query_timeline, grep, read_file],
    )
    return main, [logs, database]


def task(trouble: str, experts: Sequence[Agent[Any]]) -> str:
    """Return what the team is asked to do about some trouble."""
    return f"""
Production incident: {trouble} The logs are in `{FOLDER}/`.

Coordinate response:
1. Log analyzer: Parse error logs, identify root cause
2. DB expert: Check database queries and locks
3. Recommend fix

Subagents: {list(experts)}
"""
