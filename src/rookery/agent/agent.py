"""Agents: a model, tools, and a task to carry out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rookery.agent import check
from rookery.agent.choose import choose_model
from rookery.agent.connect import connect
from rookery.agent.driver import Driver
from rookery.agent.events import Event
from rookery.agent.loop import Content, Run
from rookery.agent.result import Result
from rookery.agent.sync import run_sync
from rookery.agent.tracking import Ledger
from rookery.catalog.cost import Cost
from rookery.errors import AgentError
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
        model: str | Callable[[str], str],
        *,
        system: str | None = None,
        tools: Sequence[Tool | Callable[..., Any]] = (),
        name: str | None = None,
        workspace: str | Path | Workspace = ".",
        deps: Any = None,
        max_tokens: int | None = None,
        max_turns: int = 50,
        provider: str | Provider | Gateway | None = None,
        base_url: str | None = None,
        track_cost: bool = True,
    ) -> None:
        """Make an agent.

        `model` is a name; or "auto", which means `choose_model`; or a function that chooses one
        by the text of each task. `name` is what the agent is called where costs are told.
        `tools` are rookery's own (`rookery.tools`) or plain functions, whose schema comes from
        signature and docstring. `workspace` is the folder that file tools are confined to;
        `deps` is whatever tools are to find in their `ToolContext`.
        `provider` names a backend ("anthropic", "offline", "scripted") or is one; `base_url` is
        the address of a server that speaks the Claude API; without both the environment decides
        (ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN, ANTHROPIC_BASE_URL, ROOKERY_PROVIDER).
        With `track_cost` the agent keeps the cost of its runs.

        Raises AgentError (nothing configured, a bad tool, two tools of one name, a value that
        cannot work) and SettingsError.
        """
        self.model = model if callable(model) else check.name_of_model(model)
        self.name = check.text_or_none("name", name) or "agent"
        self.system = check.text_or_none("system", system)
        self.tools = check.by_name(tools)
        self.max_turns = check.positive("max_turns", max_turns)
        self.workspace = workspace if isinstance(workspace, Workspace) else Workspace(workspace)
        self._deps = deps
        self._max_tokens = None if max_tokens is None else check.positive("max_tokens", max_tokens)
        self._gateway = connect(provider, base_url)
        self._owns_gateway = provider is None or isinstance(provider, str)
        self._ids = Ids()
        self._ledger = Ledger() if track_cost else None

    @property
    def cost_tracking(self) -> dict[str, Any]:
        """What the run that ended last used and cost, as a dict ready for JSON.

        It has `total_input_tokens`, `total_output_tokens`, `total_cost`, `unpriced`,
        `priced_cost`, `steps`, `by_model` and `by_agent`. Of runs at the same time each result has
        its own. Raises AgentError for an agent made without `track_cost`.
        """
        return self._kept.last

    @property
    def bill(self) -> Cost:
        """What all runs cost so far, line by line, those that failed or were cancelled too.

        Raises AgentError for an agent made without `track_cost`.
        """
        return self._kept.bill

    @property
    def total_cost(self) -> Decimal | None:
        """What all runs cost so far in USD, exact; None: something in them has no price.

        Raises AgentError for an agent made without `track_cost`.
        """
        return self._kept.bill.total

    @property
    def _kept(self) -> Ledger:
        if self._ledger is None:
            raise AgentError("This agent was made with track_cost=False.")
        return self._ledger

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
            fields=self._fields(self._model_for(content)),
            tools=self.tools,
            context=ToolContext(workspace=self.workspace, deps=self._deps),
            on_event=on_event,
            ids=self._ids,
            clock=utc_now,
            name=self.name,
        )
        try:
            return await driver.drive(content)
        finally:
            if self._ledger is not None:
                self._ledger.add(driver.steps)

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

    def _model_for(self, task: Content) -> str:
        """The model that this task is for."""
        if self.model == "auto":
            return choose_model(task=_text(task), catalog=self._gateway.catalog)
        return check.name_of_model(self.model(_text(task))) if callable(self.model) else self.model

    def _fields(self, model: str) -> dict[str, Any]:
        """The fields of every request of a run, besides its messages."""
        known = self._gateway.catalog.find(model)
        allowed = known.max_tokens if known else DEFAULT_MAX_TOKENS
        fields: dict[str, Any] = {
            "model": model,
            "max_tokens": self._max_tokens or min(allowed, DEFAULT_MAX_TOKENS),
        }
        if self.system:
            fields["system"] = self.system
        if self.tools:
            fields["tools"] = [definition(tool) for tool in self.tools.values()]
        return fields


def _text(task: Content) -> str:
    """Return the words of a task."""
    if isinstance(task, str):
        return task
    return "\n".join(str(block.get("text", "")) for block in task)
