"""Makes agents that work for others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rookery.agent.agent import Agent, Tools
from rookery.agent.connect import INHERIT


def create_subagent(
    name: str,
    *,
    system: str | None = None,
    model: str | Callable[[str], str] = INHERIT,
    tools: Tools | None = None,
    description: str | None = None,
    **arguments: Any,
) -> Agent[Any]:
    """Return an agent to be given in `subagents`, which takes over what it has none of its own.

    That is the model, the provider, and, where `tools` is None, the tools of the run above it;
    besides its workspace, policy and deps, as with every agent. `name` is that of its tool:
    letters, digits, `_` and `-`. `description` tells the agent above what it is for; without
    one, its system prompt does. `arguments` are further ones of `Agent`. Raises AgentError.
    """
    arguments.setdefault("provider", None if "base_url" in arguments else INHERIT)
    return Agent(model, name=name, system=system, tools=tools, description=description, **arguments)
