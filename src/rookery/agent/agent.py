"""Agents: a model, tools, and a task to carry out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rookery.agent import check
from rookery.agent.connect import connect
from rookery.agent.driver import Driver
from rookery.agent.events import Event
from rookery.agent.loop import Content, Run
from rookery.agent.result import Result
from rookery.agent.sync import run_sync
from rookery.gateway.gateway import Gateway
from rookery.gateway.meter import utc_now
from rookery.providers.base import Provider
from rookery.tools.base import Tool, ToolContext, definition
from rookery.tools.workspace import Workspace
from rookery.wire.ids import Ids

DEFAULT_MAX_TOKENS = 32_000
"""Output tokens of one reply, where the model allows as many."""


class Agent:
    """Carries out tasks with a model and tools.

    Each run starts from an empty history. An agent may run several tasks at the same time.
    """

    def __init__(
        self,
        model: str,
        *,
        system: str | None = None,
        tools: Sequence[Tool | Callable[..., Any]] = (),
        workspace: str | Path | Workspace = ".",
        deps: Any = None,
        max_tokens: int | None = None,
        max_turns: int = 50,
        provider: str | Provider | Gateway | None = None,
        base_url: str | None = None,
    ) -> None:
        """Make an agent.

        `tools` are rookery's own (`rookery.tools`) or plain functions, whose schema comes from
        signature and docstring. `workspace` is the folder that file tools are confined to;
        `deps` is whatever tools are to find in their `ToolContext`.
        `provider` names a backend ("anthropic", "offline", "scripted") or is one; `base_url` is
        the address of a server that speaks the Claude API; without both the environment decides
        (ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN, ANTHROPIC_BASE_URL, ROOKERY_PROVIDER).

        Raises AgentError (nothing configured, a bad tool, two tools of one name, a value that
        cannot work) and SettingsError.
        """
        self.model = check.name_of_model(model)
        self.system = check.text_or_none("system", system)
        self.tools = check.by_name(tools)
        self.max_turns = check.positive("max_turns", max_turns)
        self.workspace = workspace if isinstance(workspace, Workspace) else Workspace(workspace)
        self._deps = deps
        self._max_tokens = None if max_tokens is None else check.positive("max_tokens", max_tokens)
        self._gateway = connect(provider, base_url)
        self._owns_gateway = provider is None or isinstance(provider, str)
        self._ids = Ids()

    def run(self, task: Content, *, on_event: Callable[[Event], None] | None = None) -> Result:
        """Carry out `task` (text or content blocks) and return its result.

        `on_event` is called with each event as it happens, on the event loop of the run: it must
        be quick, and what it raises ends the run. Limits give a Result with their stop reason;
        failures raise RunError, whose `result` has a valid history. AgentError: the task is none.
        """
        return run_sync(self.arun(task, on_event=on_event))

    async def arun(
        self, task: Content, *, on_event: Callable[[Event], None] | None = None
    ) -> Result:
        """Carry out `task` (text or content blocks) and return its result.

        `on_event` is called with each event as it happens, on the event loop of the run: it must
        be quick, and what it raises ends the run. Limits give a Result with their stop reason;
        failures raise RunError, whose `result` has a valid history. AgentError: the task is none.
        """
        check.listener(on_event)
        content = check.task_content(task)
        driver = Driver(
            self._gateway,
            Run(max_turns=self.max_turns),
            fields=self._fields(),
            tools=self.tools,
            context=ToolContext(workspace=self.workspace, deps=self._deps),
            on_event=on_event,
            ids=self._ids,
            clock=utc_now,
        )
        return await driver.drive(content)

    def close(self) -> None:
        """Close the connections that the agent opened; a provider it was given stays open."""
        run_sync(self.aclose())

    async def aclose(self) -> None:
        """Close the connections that the agent opened; a provider it was given stays open."""
        if self._owns_gateway:
            await self._gateway.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"Agent({self.model!r}, tools={list(self.tools)})"

    def _fields(self) -> dict[str, Any]:
        """The fields of every request of a run, besides its messages."""
        known = self._gateway.catalog.find(self.model)
        allowed = known.max_tokens if known else DEFAULT_MAX_TOKENS
        fields: dict[str, Any] = {
            "model": self.model,
            "max_tokens": self._max_tokens or min(allowed, DEFAULT_MAX_TOKENS),
        }
        if self.system:
            fields["system"] = self.system
        if self.tools:
            fields["tools"] = [definition(tool) for tool in self.tools.values()]
        return fields
