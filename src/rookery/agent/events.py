"""What happens in a run, as one flat union: streaming, cost, traces and tests all read it."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from rookery.agent.approval import ApprovalRequest
from rookery.catalog.cost import Cost
from rookery.wire.usage import Usage

VERSION = 1
"""Of this union; it grows when a field changes its meaning."""


Did = Literal["denied", "changed", "added", "continued", "failed"]
"""What hooks do."""
By = Literal["rule", "mode", "hook", "person", "nobody"]
"""Who decides about calls."""
Purpose = Literal["answer", "summary"]


class _Event(Struct, frozen=True, kw_only=True, tag_field="event"):
    """What every event is made from."""

    path: tuple[str, ...] = ()
    """The agents from the one that was asked, itself not among them, down to that of the event."""


class RunStarted(_Event, frozen=True, tag="run_started"):
    """A run begins."""

    task: str | list[dict[str, Any]]
    version: int = VERSION


class RunResumed(_Event, frozen=True, tag="run_resumed"):
    """A run that was suspended goes on: its calls that waited are called again."""

    task: str | list[dict[str, Any]]
    version: int = VERSION


class StepStarted(_Event, frozen=True, tag="step_started"):
    """The model is called for the `step`-th time; the first is 1."""

    step: int
    breakpoints: tuple[str, ...] = ()
    """Where rookery marked the prompt for the cache: "system.0", "messages.4.content.1"."""
    purpose: Purpose = "answer"
    """What the model is asked for; a summary is not told in deltas."""


class Retried(_Event, frozen=True, tag="retried"):
    """A call of the model failed before it said anything, and is repeated after `seconds`.

    `attempt` is the number of the one that failed, from 1; `status` its HTTP status, 502 where
    there was no answer.
    """

    attempt: int
    status: int
    message: str
    seconds: float


class MessageAdded(_Event, frozen=True, tag="message_added"):
    """A message enters the history, in wire form: a task, a reply, or what the loop says itself.

    A reply that calls tools is told before they run, and enters with their answers: those of the
    `ToolReturned` that follow, in the order of the calls.
    """

    message: dict[str, Any]
    is_task: bool = False
    """Whether it is the task of a run, with which a turn of a session begins."""


class TextDelta(_Event, frozen=True, tag="text_delta"):
    """A piece of the model's text."""

    text: str


class ThinkingDelta(_Event, frozen=True, tag="thinking_delta"):
    """A piece of the model's thinking."""

    thinking: str


class ToolCalled(_Event, frozen=True, tag="tool_called"):
    """The model calls a tool: it runs, or is told not to."""

    id: str
    name: str
    input: dict[str, Any]


class ApprovalRequested(_Event, frozen=True, tag="approval_requested"):
    """Somebody is asked about a call."""

    request: ApprovalRequest


class Decided(_Event, frozen=True, tag="decided"):
    """Whether a call may run was decided, by a rule, the mode of the policy, a hook, whoever was
    asked ("person"), or because there was nobody to ask."""

    id: str
    """The id of the model's tool call; with another `name`, of a call made inside it."""
    name: str
    verdict: Literal["allow", "deny"]
    by: By
    rule: str | None
    reason: str
    input: dict[str, Any] | None = None
    """The input, where it was changed."""


class HookActed(_Event, frozen=True, tag="hook_acted"):
    """A hook denied or changed something, or failed: before hooks that fail have denied."""

    hook: str
    """The name of its class."""
    point: str
    """The method: before_tool, after_model, ..."""
    did: Did
    detail: str
    """The reason, the text, or the input as JSON."""


class ToolProgressed(_Event, frozen=True, tag="tool_progressed"):
    """A tool that runs says how far it is."""

    id: str
    name: str
    text: str


class ToolReturned(_Event, frozen=True, tag="tool_returned"):
    """A tool has answered, after `seconds`."""

    id: str
    name: str
    content: str | list[dict[str, Any]]
    is_error: bool
    seconds: float


class SubagentStarted(_Event, frozen=True, tag="subagent_started"):
    """An agent, the last of the `path`, begins with a task that the one above it gave it."""

    name: str
    task: str


class SubagentEnded(_Event, frozen=True, tag="subagent_ended"):
    """It is done: `stop_reason` is that of its run, `error` of one that failed."""

    name: str
    stop_reason: str
    bill: Cost
    """What it cost, with those below it."""


class UsageReported(_Event, frozen=True, tag="usage_reported"):
    """What the `step`-th call of the model consumed."""

    step: int
    agent: str
    """The name of the agent that called."""
    model: str
    usage: Usage
    bill: Cost
    tools: tuple[str, ...] = ()
    """The names of the tools that the reply calls."""


class OutputRefused(_Event, frozen=True, tag="output_refused"):
    """The last reply is not of the output type; the model is asked once more."""

    problem: str


class ContextCleared(_Event, frozen=True, tag="context_cleared"):
    """From now on, long results of tools before a message are sent as placeholders.

    The history keeps them. `messages` is how many it has; `tokens` of the prompt are estimates.
    """

    before: int
    """The message, counted from the start of the history."""
    messages: int
    results: int
    tokens_before: int
    tokens_after: int


class ContextCompacted(_Event, frozen=True, tag="context_compacted"):
    """From now on, a summary by the model is sent for the messages before one.

    The history keeps them. `messages` is how many it has; `tokens` of the prompt are estimates.
    """

    before: int
    """The message, counted from the start of the history."""
    messages: int
    task: int
    """The message with the task that goes on, which is sent all the same."""
    summary: str
    """With the open steps of the `todo` tool."""
    tokens_before: int
    tokens_after: int


class CompactionFailed(_Event, frozen=True, tag="compaction_failed"):
    """The model gave no summary; the run goes on with the history as it is."""

    problem: str


class RunEnded(_Event, frozen=True, tag="run_ended"):
    """The run has a result."""

    stop_reason: str


class RunFailed(_Event, frozen=True, tag="run_failed"):
    """The run failed; its history is valid all the same."""

    error: str
    message: str


Event = (
    RunStarted
    | RunResumed
    | StepStarted
    | Retried
    | MessageAdded
    | TextDelta
    | ThinkingDelta
    | ToolCalled
    | ApprovalRequested
    | Decided
    | HookActed
    | ToolProgressed
    | ToolReturned
    | SubagentStarted
    | SubagentEnded
    | UsageReported
    | OutputRefused
    | ContextCleared
    | ContextCompacted
    | CompactionFailed
    | RunEnded
    | RunFailed
)
"""What a run tells."""


class AgentDescribed(_Event, frozen=True, tag="agent_described"):
    """What the agent of a session is from here on, as far as it is plain data."""

    agent: dict[str, Any]
    version: int = VERSION


class Rewound(_Event, frozen=True, tag="rewound"):
    """The last turns of a session are taken back; what they cost is not."""

    turns: int
