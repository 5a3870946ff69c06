"""Agents as plain data: what of one a session keeps, and an agent made from that again.

Never kept, because a file must not decide it: `provider` and `base_url` (where a request goes),
`workspace`, `deps` (what tools may reach), and `mcp_servers` of `request` (addresses and keys).
Functions and types cannot be kept: their names are, so that one that is missing is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

import rookery.tools
from rookery.agent.agent import Agent
from rookery.errors import AgentError, SessionError
from rookery.tools import BUILTIN
from rookery.tools.base import Tool
from rookery.tools.function import as_tool

KEPT = (
    "model",
    "system",
    "name",
    "description",
    "max_tokens",
    "max_turns",
    "thinking",
    "effort",
    "server_tools",
    "request",
    "cache",
    "compact_at",
    "track_cost",
)
"""Arguments of an agent that are kept as they are."""

SECRET = ("mcp_servers",)
"""Fields of `request` that are not kept."""


class _Tool(Struct):
    name: str
    builtin: bool = False


class _Agent(Struct):
    """What is kept: arguments of an agent by name, its tools, its output type."""

    arguments: dict[str, Any]
    tools: list[_Tool] = []
    output_type: str | None = None


def describe(agent: Agent[Any]) -> dict[str, Any]:
    """Return what of an agent is kept, ready for JSON."""
    plain = {name: agent.arguments[name] for name in KEPT if name in agent.arguments}
    if callable(agent.model):
        del plain["model"]
    if agent.system is not None:
        plain["system"] = agent.system  # by either of its names
    if "request" in plain:
        plain["request"] = _without_secrets(plain["request"])
    output = agent.arguments.get("output_type", str)
    tools = [_Tool(name, _builtin(name) is tool) for name, tool in agent.tools.items()]
    kept = _Agent(plain, tools, None if output is str else output.__name__)
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(kept))
    return found


def rebuild(described: Mapping[str, Any], given: Mapping[str, Any]) -> Agent[Any]:
    """Return an agent that is what was kept, and what is `given`, which counts more.

    Built-in tools are found by their names; others must be given. Raises SessionError for what is
    missing, and AgentError as an agent does.
    """
    if "messages" in given:
        raise AgentError("A session has its own messages: begin another one for these.")
    try:
        kept = msgspec.convert(described, _Agent)
    except msgspec.ValidationError as error:
        raise SessionError(f"What the session says of its agent cannot be read: {error}") from error
    arguments = {name: kept.arguments[name] for name in KEPT if name in kept.arguments}
    if "request" in arguments:
        arguments["request"] = _without_secrets(arguments["request"])
    if "instructions" in given:
        arguments.pop("system", None)
    arguments |= given
    if "model" not in arguments:
        raise SessionError("The model of this session was chosen by a function: give model=.")
    if kept.output_type is not None and "output_type" not in given:
        raise SessionError(
            f"The replies of this session are read as {kept.output_type}, which cannot be kept: "
            f"give output_type={kept.output_type}."
        )
    arguments["tools"] = _tools(kept.tools, given.get("tools", ()))
    return Agent(**arguments)


def _tools(kept: list[_Tool], given: Sequence[Any]) -> list[Any]:
    """Return the tools by the names that were kept, and all others that are given."""
    named = {as_tool(one).name: one for one in given}
    found: dict[str, Any] = {}
    missing = []
    for tool in kept:
        one = named.pop(tool.name, None) or (_builtin(tool.name) if tool.builtin else None)
        if one is None:
            missing.append(tool.name)
        found[tool.name] = one
    if missing:
        raise SessionError(
            f"Tools of this session are functions, which cannot be kept: {', '.join(missing)}. "
            f"Give them: tools=[{', '.join(missing)}]."
        )
    return [*found.values(), *named.values()]


def _without_secrets(request: Any) -> Any:
    if not isinstance(request, Mapping):
        return request  # refused by the agent
    return {name: one for name, one in request.items() if name not in SECRET}


def _builtin(name: str) -> Tool | None:
    return getattr(rookery.tools, name) if name in BUILTIN else None
