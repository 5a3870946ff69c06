"""Agents: a model, tools, and a task to carry out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, cast

from rookery.agent import check
from rookery.agent.approval import Answered, Approve
from rookery.agent.asked import asked
from rookery.agent.begin import begin, begin_again
from rookery.agent.budget import Budget
from rookery.agent.closing import Closing
from rookery.agent.connect import INHERIT, connect
from rookery.agent.hooks import Hook
from rookery.agent.loop import Content
from rookery.agent.mapping import Mapper
from rookery.agent.output import Output, T
from rookery.agent.result import Result
from rookery.agent.stream import AsyncRunStream, OnEvent, RunStream
from rookery.agent.suspension import Suspension
from rookery.agent.sync import run_sync
from rookery.agent.team import Worker, check_agents
from rookery.agent.tracking import Ledger
from rookery.catalog.cost import Cost
from rookery.errors import AgentError
from rookery.gateway.gateway import Gateway
from rookery.policy.policy import Policy
from rookery.providers.base import Provider
from rookery.tools import numbers
from rookery.tools.base import Tool
from rookery.tools.workspace import Workspace
from rookery.wire.ids import Ids

if TYPE_CHECKING:
    from rookery.policy.command import CommandPolicy
    from rookery.policy.narrowing import Narrowing
    from rookery.sandbox.base import Sandbox
    from rookery.tools.sandboxed import Sandboxed

Tools = Sequence[Tool | Callable[..., Any]]


class Agent(Closing, Worker, Mapper[T], Generic[T]):
    """Carries out tasks with a model and tools.

    Each run starts from the history that the agent has, by default an empty one, or from one that
    it is given instead. An agent may run several tasks at the same time.

    `model` is a name; or "auto", which means `choose_model`; or a function that chooses one
    by the text of each task. `system` is the system prompt; `instructions` is another name
    for it. `name` is what the agent is called where costs are told, `description` what it is
    for, in words for people. `messages` is a history in wire form that runs start from where
    they are not given another, such as examples of what is wanted. `output_type` is what the
    last reply is read as: text, a dataclass, a msgspec Struct, a TypedDict or a pydantic model.

    `tools` are rookery's own (`rookery.tools`) or plain functions, whose schema comes from
    signature and docstring. `subagents` are agents that it can give tasks to: each is a tool
    by its `name` and `description`; such an agent takes over the workspace, the policy, the
    sandbox and the deps of the run above it where it has none, and what is "inherit"
    (`model`, `provider`) or None (`tools`). `server_tools` are definitions of tools that the
    API runs itself. `deps` is whatever tools are to find in their `ToolContext`. `workspace` is
    the folder that file tools are confined to, and commands by `sandbox`: "auto", the name of
    one, one itself, or a `Sandboxed`.

    `policy` says which calls of tools may run, and which somebody is to approve: `approve` is
    called with an `ApprovalRequest` and answers `Allow`, `Deny` or `Later`; "pending" is
    always later; None: what is asked about is denied. It has `approve_timeout` seconds.
    `hooks` have their say before and after what a run does. `budget` is what each run may
    spend, with all agents below it, `max_turns` how often it may call the model, `max_tokens`
    how long a reply may be.

    `thinking` and `effort` are those of the API, `request` further fields of its requests, with
    `betas` for its beta headers; they are checked here, by their types. `provider` names a
    backend ("anthropic", "offline", "scripted") or is one; `base_url` is the address of a server
    that speaks the Claude API; without both the environment decides (ANTHROPIC_API_KEY,
    ANTHROPIC_AUTH_TOKEN, ANTHROPIC_BASE_URL, ROOKERY_PROVIDER). A call of the model that fails
    before it said anything, for a reason that may pass, is sent `max_retries` times again, by
    default 2; a `Gateway` that is given has retries of its own.

    `cache` is how long the prompt cache keeps what the next call is to read from it; False marks
    nothing. `compact_at` is of how many tokens a prompt may be before old results of tools and
    then old turns are left out of it, by default four fifths of the model's context; False
    leaves out nothing. With `track_cost` the agent keeps the cost of its runs.
    """

    def __init__(
        self,
        model: str | Callable[[str], str],
        *,
        system: str | None = None,
        instructions: str | None = None,
        name: str | None = None,
        description: str | None = None,
        messages: Sequence[Mapping[str, Any]] | None = None,
        output_type: type[T] = cast("type[T]", str),  # noqa: B008 -- T is str where nothing is said
        tools: Tools | None = (),
        subagents: Sequence[Agent[Any]] = (),
        server_tools: Sequence[Mapping[str, Any]] = (),
        deps: Any = None,
        workspace: str | Path | Workspace | None = None,
        sandbox: str | Sandbox | Sandboxed = "auto",
        policy: Policy | CommandPolicy | Narrowing | None = None,
        approve: Approve | Literal["pending"] | None = None,
        approve_timeout: float | None = None,
        hooks: Sequence[Hook] = (),
        budget: Budget | None = None,
        max_turns: int = 50,
        max_tokens: int | None = None,
        thinking: Mapping[str, Any] | None = None,
        effort: str | None = None,
        request: Mapping[str, Any] | None = None,
        provider: str | Provider | Gateway | None = None,
        base_url: str | None = None,
        max_retries: int | None = None,
        cache: Literal["5m", "1h", False] = "5m",
        compact_at: int | Literal[False] | None = None,
        track_cost: bool = True,
    ) -> None:
        """Make an agent; the arguments are those of the class.

        Raises AgentError (nothing configured, a bad tool, two tools of one name, a value that
        cannot work) and SettingsError.
        """
        self.arguments = check.given(locals())
        """As they were given, those that say something: a session keeps what it can of them."""
        self.model = model if callable(model) else check.name_of_model(model)
        self.name = check.text_or_none("name", name) or "agent"
        self.description = check.text_or_none("description", description)
        self.system = check.prompt(system, instructions)
        self.tools = check.by_name(tools or ())
        self._inherits_tools = tools is None
        self.subagents = check_agents(subagents, (self,))
        self.max_turns = numbers.positive("max_turns", max_turns)
        self._own_workspace = workspace is not None
        self.workspace = (
            workspace if isinstance(workspace, Workspace) else Workspace(workspace or ".")
        )
        self._permissions = check.permissions(policy, approve, approve_timeout, hooks)
        self._budget = check.budget(budget)
        self._sandbox = check.sandbox(sandbox)
        self._deps = deps
        self._asked = asked(thinking, effort, server_tools, request)
        check.apart(self.tools, self._asked.server_tools)
        self._output: Output[T] | None = None if output_type is str else Output(output_type)
        if self._output is not None:
            check.no_format(self._asked.fields)
        self._max_tokens = numbers.limit("max_tokens", max_tokens)
        self._messages = check.history(messages, self._asked.betas)
        self._cache = check.ttl(cache)
        self._compact_at = check.threshold(compact_at)
        retries = None if max_retries is None else numbers.count("max_retries", max_retries)
        inherits = provider == INHERIT
        self._own_gateway = None if inherits else connect(provider, base_url, max_retries=retries)
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
    def _gateway(self) -> Gateway:
        """The agent's own; what was to be inherited is what the environment says."""
        if self._own_gateway is None:
            self._own_gateway = connect(None, None)
        return self._own_gateway

    @property
    def _kept(self) -> Ledger:
        if self._ledger is None:
            raise AgentError("This agent was made with track_cost=False.")
        return self._ledger

    def run(
        self,
        task: Content,
        *,
        tools: Tools | None = None,
        subagents: Sequence[Agent[Any]] = (),
        budget: Budget | None = None,
        messages: Sequence[Mapping[str, Any]] | None = None,
        on_event: OnEvent | None = None,
    ) -> Result[T]:
        """Carry out `task` (text or content blocks) and return its result.

        `tools` and `subagents` are there besides the agent's own, in this run; `budget` is what
        it may spend, with all agents below it, instead of the agent's. `messages` is a history in
        wire form to go on with, instead of the agent's, such as the `messages` of a result.
        `on_event` is called with each event as it happens, on the event loop of the run: it must
        be quick, and what it raises ends the run.

        Limits give a Result with their stop reason; failures raise RunError, whose `result` has a
        valid history. AgentError: an argument cannot be used.
        """
        return run_sync(
            self.arun(
                task,
                tools=tools,
                subagents=subagents,
                budget=budget,
                messages=messages,
                on_event=on_event,
            )
        )

    async def arun(
        self,
        task: Content,
        *,
        tools: Tools | None = None,
        subagents: Sequence[Agent[Any]] = (),
        budget: Budget | None = None,
        messages: Sequence[Mapping[str, Any]] | None = None,
        on_event: OnEvent | None = None,
    ) -> Result[T]:
        """Carry out `task` (text or content blocks) and return its result.

        `tools` and `subagents` are there besides the agent's own, in this run; `budget` is what
        it may spend, with all agents below it, instead of the agent's. `messages` is a history in
        wire form to go on with, instead of the agent's, such as the `messages` of a result.
        `on_event` is called with each event as it happens, on the event loop of the run: it must
        be quick, and what it raises ends the run.

        Limits give a Result with their stop reason; failures raise RunError, whose `result` has a
        valid history. AgentError: an argument cannot be used.
        """
        check.listener(on_event)
        content = check.task_content(task)
        driver = begin(
            self,
            content,
            on_event,
            tools=tools,
            subagents=subagents,
            budget=budget,
            messages=messages,
        )
        return await driver.drive(content)

    def resume(
        self,
        state: Mapping[str, Any],
        decisions: Mapping[str, Answered],
        *,
        tools: Tools | None = None,
        subagents: Sequence[Agent[Any]] = (),
        budget: Budget | None = None,
        on_event: OnEvent | None = None,
    ) -> Result[T]:
        """Go on with a run that waited for approvals, and return its result.

        `state` is that of its result, `decisions` the answers to its requests by their ids; what
        has none goes on waiting, and what may run is decided by this agent's policy once more.
        `tools` and `subagents` are those that the run was given, `budget` is what it may spend from
        now on, `on_event` is called with each event.

        The result is as that of a run. AgentError: the state or a decision cannot be used.
        """
        return run_sync(
            self.aresume(
                state,
                decisions,
                tools=tools,
                subagents=subagents,
                budget=budget,
                on_event=on_event,
            )
        )

    async def aresume(
        self,
        state: Mapping[str, Any],
        decisions: Mapping[str, Answered],
        *,
        tools: Tools | None = None,
        subagents: Sequence[Agent[Any]] = (),
        budget: Budget | None = None,
        on_event: OnEvent | None = None,
    ) -> Result[T]:
        """Go on with a run that waited for approvals, and return its result.

        `state` is that of its result, `decisions` the answers to its requests by their ids; what
        has none goes on waiting, and what may run is decided by this agent's policy once more.
        `tools` and `subagents` are those that the run was given, `budget` is what it may spend from
        now on, `on_event` is called with each event.

        The result is as that of a run. AgentError: the state or a decision cannot be used.
        """
        check.listener(on_event)
        held = Suspension.read(state, self._asked.betas)
        driver = begin_again(
            self, held, decisions, on_event, tools=tools, subagents=subagents, budget=budget
        )
        return await driver.drive(held.task)

    def stream(
        self,
        task: Content,
        *,
        tools: Tools | None = None,
        subagents: Sequence[Agent[Any]] = (),
        budget: Budget | None = None,
        messages: Sequence[Mapping[str, Any]] | None = None,
    ) -> RunStream[T]:
        """Return a run of `task` as a context manager to read its events from, one by one.

        Entering it begins the run, leaving it cancels what is left; then it has the `result`.
        The other arguments are those of a run. AgentError: an argument cannot be used.
        """
        return RunStream(
            self.astream(task, tools=tools, subagents=subagents, budget=budget, messages=messages)
        )

    def astream(
        self,
        task: Content,
        *,
        tools: Tools | None = None,
        subagents: Sequence[Agent[Any]] = (),
        budget: Budget | None = None,
        messages: Sequence[Mapping[str, Any]] | None = None,
    ) -> AsyncRunStream[T]:
        """Return a run of `task` as a context manager to read its events from, one by one.

        Entering it begins the run, leaving it cancels what is left; then it has the `result`.
        The other arguments are those of a run. AgentError: an argument cannot be used.
        """
        content = check.task_content(task)
        ask: dict[str, Any] = {
            "tools": tools,
            "subagents": subagents,
            "budget": budget,
            "messages": messages,
        }
        return AsyncRunStream(lambda put: begin(self, content, put, **ask), content)

    def close(self) -> None:
        """Close the connections that the agent opened; a provider it was given stays open."""
        run_sync(self.aclose())

    async def aclose(self) -> None:
        """Close the connections that the agent opened; a provider it was given stays open."""
        if self._owns_gateway:
            await self._gateway.close()

    def __repr__(self) -> str:
        about = f", description={self.description!r}" if self.description else ""
        tools = "inherited" if self._inherits_tools else ", ".join(self.tools) or "none"
        return f"Agent({self.name!r}, model={self.model!r}{about}, tools: {tools})"
