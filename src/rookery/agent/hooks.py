"""Hooks: the program's say before and after what a run does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from rookery.agent.approval import Deny, as_json
from rookery.agent.ask import Failed, attempt
from rookery.agent.events import Did, HookActed, MessageAdded
from rookery.agent.loop import Run
from rookery.agent.tell import Tell
from rookery.errors import AgentError
from rookery.policy.rule import read_rule
from rookery.tools.base import ToolResult
from rookery.wire.messages import Message


class Change(Struct, frozen=True):
    """Call the tool with another input, which the policy decides about."""

    input: dict[str, Any]


class AddContext(Struct, frozen=True):
    """Tell the model something besides."""

    text: str


class Continue(Struct, frozen=True):
    """Do not stop: go on with this as the user's next message."""

    text: str


class ModelCall(Struct, frozen=True, kw_only=True):
    """A call of the model that is about to be made."""

    step: int
    messages: Sequence[dict[str, Any]]
    """The history, not to be changed."""


class ToolUse(Struct, frozen=True, kw_only=True):
    """A call of a tool by the model."""

    id: str
    name: str
    input: dict[str, Any]


class Stopping(Struct, frozen=True, kw_only=True):
    """A run that the model is done with."""

    text: str
    messages: Sequence[dict[str, Any]]
    """The history, not to be changed."""


class Hook:
    """What a program wants to say in runs; override the methods that are wanted.

    Each may be a coroutine; a plain one is called in a thread. Hooks are asked in the order in
    which the agent has them. A `before_` method that raises, takes longer than `timeout` or
    returns something else is a denial; an `after_` method that does is told as an event.
    """

    tools: Collection[str] | None = None
    """The tools that `before_tool` and `after_tool` are for, by names as in rules; None: all."""
    timeout: float = 60.0
    """Seconds that each call may take."""

    def before_model(self, call: ModelCall) -> Any:
        """Return Deny, which ends the run with the stop reason `denied`; AddContext, which is
        added to the history; or None."""

    def after_model(self, call: ModelCall, reply: Message) -> Any:
        """Look at a reply."""

    def before_tool(self, use: ToolUse) -> Any:
        """Return Deny, Change, or None: then the policy decides. Nothing here allows a call."""

    def after_tool(self, use: ToolUse, result: ToolResult) -> Any:
        """Return AddContext, which is added to the answer, or None."""

    def before_compaction(self, call: ModelCall) -> Any:
        """Return Deny, and the history is not summarised; or None."""

    def after_compaction(self, summary: str) -> Any:
        """Look at the summary that stands for older turns."""

    def before_stop(self, stopping: Stopping) -> Any:
        """Return Continue, and the run goes on, up to its limit of turns; or None. One that fails
        keeps no run from ending."""


_ANSWERS: dict[str, tuple[type, ...]] = {
    "before_model": (Deny, AddContext),
    "after_model": (),
    "before_tool": (Deny, Change),
    "after_tool": (AddContext,),
    "before_compaction": (Deny,),
    "after_compaction": (),
    "before_stop": (Continue,),
}
"""What each method may return besides None."""


class Hooks:
    """The hooks of an agent."""

    def __init__(self, hooks: Sequence[Hook] = ()) -> None:
        """Take the hooks in their order. Raises PolicyError for what cannot name a tool."""
        self._hooks = [
            (hook, None if hook.tools is None else [read_rule(n, strict=True) for n in hook.tools])
            for hook in hooks
        ]

    def __add__(self, other: Hooks) -> Hooks:
        """Return these hooks and then the others."""
        both = Hooks()
        both._hooks = [*self._hooks, *other._hooks]
        return both

    async def ask(self, point: str, *args: Any, tell: Tell, tool: str | None = None) -> list[Any]:
        """Ask the hooks in turn, up to the first that says Deny or Continue; return the answers.

        Those that look at tools are asked about `tool` alone. A `before_` method that fails is a
        Deny, except that of a stop.
        """
        answers = []
        for hook, rules in self._hooks:
            if tool and rules is not None and not any(r.names(tool, strict=True) for r in rules):
                continue
            if (answer := await _answer(hook, point, args, tell)) is not None:
                answers.append(answer)
            if isinstance(answer, Change):
                args = (msgspec.structs.replace(args[0], input=answer.input), *args[1:])
            if isinstance(answer, Deny | Continue):
                break
        return answers

    async def before_model(self, run: Run, step: int, tell: Tell) -> bool:
        """Return whether the model may be called; what hooks add enters the history."""
        call = ModelCall(step=step, messages=run.messages)
        for answer in await self.ask("before_model", call, tell=tell):
            if isinstance(answer, Deny):
                return False
            if run.add(answer.text):
                tell(MessageAdded(message=run.messages[-1]))
        return True

    async def before_stop(
        self, text: str, messages: Sequence[dict[str, Any]], tell: Tell
    ) -> str | None:
        """Return what the run goes on with; None: it may stop."""
        stopping = Stopping(text=text, messages=messages)
        answers = await self.ask("before_stop", stopping, tell=tell)
        return answers[0].text if answers else None


async def _answer(hook: Hook, point: str, args: tuple[Any, ...], tell: Tell) -> Any:
    method = getattr(hook, point)
    if getattr(method, "__func__", None) is vars(Hook)[point]:
        return None  # it was not overridden
    name = type(hook).__name__
    answer = await attempt(method, *args, seconds=hook.timeout, read=lambda one: _read(point, one))
    if isinstance(answer, Failed):
        tell(HookActed(hook=name, point=point, did="failed", detail=answer.reason))
        is_denial = Deny in _ANSWERS[point]
        return Deny(f"The hook {name} failed: {answer.reason}") if is_denial else None
    if answer is not None:
        tell(HookActed(hook=name, point=point, did=_DID[type(answer)], detail=_detail(answer)))
    return answer


def _read(point: str, answer: Any) -> Any:
    """Return what a method answered. Raises AgentError for what it may not."""
    kinds = _ANSWERS[point]
    if answer is None:
        return None
    if not isinstance(answer, Struct) or not isinstance(answer, kinds):
        names = ", ".join([*(kind.__name__ for kind in kinds), "None"])
        raise AgentError(f"{point} returns {names}, not {answer!r:.100}.")
    return msgspec.convert(msgspec.structs.asdict(answer), type(answer))  # fields of their types


_DID: dict[type, Did] = {
    Deny: "denied",
    Change: "changed",
    AddContext: "added",
    Continue: "continued",
}


def _detail(answer: Any) -> str:
    match answer:
        case Deny(reason=text) | AddContext(text=text) | Continue(text=text):
            return str(text)
        case Change(input=given):
            return as_json(given)
    return ""
