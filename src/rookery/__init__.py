"""Rookery: a server that speaks the Claude API, and an Agent SDK, on one engine.

The names below are the public ones; each is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rookery.agent.agent import Agent
    from rookery.agent.budget import Budget
    from rookery.agent.choose import choose_model
    from rookery.agent.result import Result
    from rookery.agent.session import Session
    from rookery.agent.subagent import create_subagent
    from rookery.catalog.cost import cost
    from rookery.catalog.lookup import Catalog
    from rookery.errors import APIError, RookeryError, RunError, ToolError
    from rookery.gateway.gateway import Gateway
    from rookery.policy.command import CommandPolicy
    from rookery.policy.policy import Policy
    from rookery.project.project import Project
    from rookery.settings import Settings
    from rookery.tools.function import tool
    from rookery.wire.usage import Usage

__version__ = "0.1.0"

_HOMES = {
    "APIError": "errors",
    "Agent": "agent.agent",
    "Budget": "agent.budget",
    "Catalog": "catalog.lookup",
    "CommandPolicy": "policy.command",
    "Gateway": "gateway.gateway",
    "Policy": "policy.policy",
    "Project": "project.project",
    "Result": "agent.result",
    "RookeryError": "errors",
    "RunError": "errors",
    "Session": "agent.session",
    "Settings": "settings",
    "ToolError": "errors",
    "Usage": "wire.usage",
    "choose_model": "agent.choose",
    "cost": "catalog.cost",
    "create_subagent": "agent.subagent",
    "tool": "tools.function",
}

__all__ = [
    "APIError",
    "Agent",
    "Budget",
    "Catalog",
    "CommandPolicy",
    "Gateway",
    "Policy",
    "Project",
    "Result",
    "RookeryError",
    "RunError",
    "Session",
    "Settings",
    "ToolError",
    "Usage",
    "choose_model",
    "cost",
    "create_subagent",
    "tool",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
