"""Agents that work for an agent: each is a tool of the run that gives it tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from rookery.agent.budget import Purse
from rookery.agent.events import SubagentEnded, SubagentStarted
from rookery.agent.permissions import Permissions
from rookery.agent.result import Result
from rookery.agent.step import Step
from rookery.agent.tell import TELL, Tell
from rookery.agent.warming import Warming
from rookery.catalog.cost import Cost
from rookery.errors import AgentError, RunError
from rookery.gateway.gateway import Gateway
from rookery.tools.base import Tool, ToolContext, ToolResult, check_name
from rookery.tools.limits import NONE

if TYPE_CHECKING:
    from rookery.agent.driver import Driver

MAX_DEPTH = 3
"""How deep agents may be below the one that was asked."""

AT_ONCE = 20
"""Agents of one depth that run at the same time in one run; others wait for their turn."""

_SHOWN = 300

_TASK = (
    "What to do, with all that is to be known for it: the agent sees nothing else of this "
    "conversation."
)
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"task": {"type": "string", "description": _TASK}},
    "required": ["task"],
    "additionalProperties": False,
}


class Worker:
    """An agent, as a team sees it."""

    name: str
    description: str | None
    system: str | None
    subagents: tuple[Worker, ...]


class Team:
    """What all agents of one run share."""

    def __init__(self) -> None:
        """Begin with nobody at work."""
        self.warming = Warming()
        self._turns = [asyncio.Semaphore(AT_ONCE) for _ in range(MAX_DEPTH)]
        self._names: dict[tuple[str, ...], int] = {}

    def turn(self, depth: int) -> asyncio.Semaphore:
        """Return what to wait for at a depth; 1 is directly below the agent that was asked.

        Each depth has places of its own: who waits for those below takes none of theirs.
        """
        return self._turns[depth - 1]

    def path(self, above: tuple[str, ...], name: str) -> tuple[str, ...]:
        """Return the path of a new agent; the second of a name is `name-2`."""
        path = (*above, name)
        count = self._names[path] = self._names.get(path, 0) + 1
        return path if count == 1 else (*above, f"{name}-{count}")


class Above(Struct, frozen=True, kw_only=True):
    """What an agent that works for another takes from it, where it has none of its own."""

    gateway: Gateway
    model: str
    tools: Mapping[str, Tool]
    context: ToolContext
    permissions: Permissions
    purse: Purse | None
    """What it may spend of."""
    path: tuple[str, ...]
    """Of the run above; () for that of the agent that was asked."""
    team: Team
    begin: Callable[[Worker, str, Tell, Above, tuple[str, ...]], Driver]
    """Makes the run of an agent: its task, who hears of it, this, and its path."""
    steps: list[Step]
    """Those of the run above, where those of the agent go, too."""


class SubagentTool:
    """An agent as a tool of the run above it. Satisfies `tools.Tool`."""

    read_only = True  # what it does itself is decided about call by call
    limits = NONE
    input_schema = _SCHEMA

    def __init__(self, agent: Worker, above: Above) -> None:
        """Give tasks to `agent` in the run of `above`. Raises AgentError: it cannot be named so."""
        self.name = check_name(agent.name)
        self.description = agent.description or (agent.system or "").strip()[:_SHOWN]
        self._agent = agent
        self._above = above

    async def call(self, input: dict[str, Any], context: ToolContext) -> ToolResult:  # noqa: A002 -- the wire's name
        """Run the agent; its answer is the result, also that it failed."""
        del context  # that of the run is what the agent takes over
        task = input.get("task")
        if not isinstance(task, str) or not task.strip():
            return ToolResult("The task must be a text.", is_error=True)
        above = self._above
        if len(above.path) >= MAX_DEPTH:
            reason = f"Agents work at most {MAX_DEPTH} deep below the first one."
            return ToolResult(reason, is_error=True)
        async with above.team.turn(len(above.path) + 1):
            return await self._run(task)

    async def _run(self, task: str) -> ToolResult:
        tell = TELL.get()
        path = self._above.team.path(self._above.path, self.name)
        driver = self._above.begin(self._agent, task, tell, self._above, path)
        outcome = "cancelled"
        tell(SubagentStarted(path=path, name=self.name, task=task))
        try:
            await self._above.team.warming.turn(driver)
            result = await driver.drive(task)
            outcome = result.stop_reason
        except RunError as error:
            outcome = "error"
            return ToolResult(f"The agent failed: {error.message}", is_error=True)
        finally:
            self._above.steps.extend(driver.steps)
            with suppress(AgentError):  # nobody hears it any more
                tell(_ended(path, self.name, outcome, driver))
        return _answer(result)


def subagent_tools(agents: Iterable[Worker], above: Above) -> dict[str, Tool]:
    """Return agents as tools by name. Raises AgentError; also for two of a name."""
    tools: dict[str, Tool] = {}
    for agent in agents:
        tool = SubagentTool(agent, above)
        if tool.name in tools:
            raise AgentError(f"Two subagents have the name {tool.name!r}.")
        tools[tool.name] = tool
    return tools


def check_agents(agents: Any, above: Sequence[Worker]) -> tuple[Worker, ...]:
    """Return subagents, none of which is above itself. Raises AgentError."""
    if isinstance(agents, str | Worker) or not isinstance(agents, Iterable):
        raise AgentError(f"subagents must be a list of agents, not {agents!r:.100}.")
    found = tuple(agents)
    for agent in found:
        if not isinstance(agent, Worker):
            raise AgentError(f"A subagent is an Agent, not {agent!r:.100}.")
        if agent in above:
            raise AgentError(f"The agent {agent.name!r} would work for itself.")
        check_agents(agent.subagents, (*above, agent))
    return found


def _ended(path: tuple[str, ...], name: str, outcome: str, driver: Driver) -> SubagentEnded:
    bill = sum((step.bill for step in driver.steps), Cost())
    return SubagentEnded(path=path, name=name, stop_reason=outcome, bill=bill)


def _answer(result: Result[Any]) -> ToolResult:
    text = result.text or "(no answer)"
    if result.stop_reason == "end_turn":
        return ToolResult(text)
    if result.stop_reason == "refusal":
        return ToolResult(f"The agent refused: {text}", is_error=True)
    reason = result.stop_reason
    return ToolResult(f"The agent stopped early ({reason}). So far: {text}", is_error=True)
