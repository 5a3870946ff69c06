"""Checks what an agent is given, so that a mistake is told where it is made, in plain words."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
from typing import Any, get_args

import msgspec

from rookery.agent.asked import check_body
from rookery.agent.breakpoints import Ttl
from rookery.agent.budget import Budget
from rookery.agent.hooks import Hook, Hooks
from rookery.agent.loop import Content
from rookery.agent.permissions import Permissions
from rookery.errors import AgentError
from rookery.policy.commands import ShellOnly
from rookery.policy.narrowing import Narrowing
from rookery.policy.policy import Policy
from rookery.tools import numbers
from rookery.tools.base import Tool, definition
from rookery.tools.function import as_tool


def name_of_model(value: Any) -> str:
    """Return the name of a model. Raises AgentError."""
    if not isinstance(value, str) or not value.strip():
        raise AgentError(f"The model must be a name such as 'claude-sonnet-4-6', not {value!r}.")
    _sendable("The model", value)
    return value


def text_or_none(name: str, value: Any) -> str | None:
    """Return a text that may be missing. Raises AgentError."""
    if value is not None and not isinstance(value, str):
        raise AgentError(f"{name} must be text, not {type(value).__name__}.")
    _sendable(name, value)
    return value


def ttl(value: Any) -> Ttl | None:
    """Return how long the prompt cache is to keep what is marked; None: no marks. AgentError."""
    if value is False:
        return None
    if value not in get_args(Ttl):
        raise AgentError(f"cache must be '5m', '1h' or False, not {value!r:.100}.")
    found: Ttl = value
    return found


def budget(value: Any) -> Budget | None:
    """Return a budget, or None for none. Raises AgentError."""
    if value is not None and not isinstance(value, Budget):
        raise AgentError(f"budget must be a Budget, such as Budget(usd=1), not {value!r:.100}.")
    return value


def threshold(value: Any) -> int | None:
    """Return at how many tokens room is made; 0: never, None: by the model. Raises AgentError."""
    if value is None or value is False:
        return None if value is None else 0
    return numbers.positive("compact_at", value)


def by_name(tools: Any) -> dict[str, Tool]:
    """Return tools and functions as tools by name. Raises AgentError; also for two of a name."""
    named: dict[str, Tool] = {}
    for value in _listed(tools):
        tool = as_tool(value)
        _sendable(f"Tool {tool.name!r}", definition(tool))  # found here, not at the first call
        if tool.name in named:
            raise AgentError(f"Two tools have the name {tool.name!r}.")
        named[tool.name] = tool
    return named


def added(own: dict[str, Tool], tools: Any) -> dict[str, Tool]:
    """Return an agent's tools with those of a run. Raises AgentError; also for two of a name."""
    return own if tools is None else by_name((*own.values(), *_listed(tools)))


def _listed(tools: Any) -> Iterable[Any]:
    if not isinstance(tools, Iterable) or isinstance(tools, str | bytes):
        raise AgentError(f"tools must be a list of tools and functions, not {tools!r:.100}.")
    return tools


def apart(tools: Mapping[str, Tool], server_tools: Iterable[Mapping[str, Any]]) -> None:
    """Check that tools of the agent and of the API have names of their own. Raises AgentError."""
    for tool in server_tools:
        if tool.get("name") in tools:
            raise AgentError(f"Two tools have the name {tool['name']!r}: one is a server tool.")


def sandbox(value: Any) -> Any:
    """Return what says where commands run. Raises AgentError."""
    if value != "auto":
        from rookery.tools.sandboxed import sandboxed  # noqa: PLC0415 -- seldom needed

        sandboxed(value)
    return value


def task_content(task: Any) -> Content:
    """Return a task in wire form: text, or a copy of its blocks. Raises AgentError."""
    is_blocks = isinstance(task, list) and all(isinstance(block, dict) for block in task)
    if not (isinstance(task, str) or is_blocks) or not task:
        raise AgentError(f"A task is text or a list of content blocks, not {task!r:.100}.")
    content: Content = _sendable("The task", task)
    return content


def tasks(value: Any) -> Any:
    """Return many tasks. Raises AgentError; each of them is looked at when its turn comes."""
    is_one = isinstance(value, str | bytes | Mapping)
    if is_one or not isinstance(value, Iterable | AsyncIterable):
        raise AgentError(f"tasks must be a list of tasks, or another iterable, not {value!r:.100}.")
    return value


def history(messages: Any, betas: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Return a history that a run can go on with. Raises AgentError.

    The list is a new one, its messages are the caller's; None is an empty history.
    """
    if messages is None:
        return []
    if not isinstance(messages, list | tuple):
        raise AgentError(f"messages must be a list of messages, not {messages!r:.100}.")
    if messages:
        check_body({"messages": messages}, betas)
    pairs(messages)
    return list(messages)


def pairs(messages: Sequence[Mapping[str, Any]]) -> None:
    """Check that each call of a tool has its result in the next message. Raises AgentError."""
    waiting: list[str] = []
    for index, message in enumerate(messages):
        content = message.get("content") or ()
        blocks = () if isinstance(content, str) else content
        given = [one["tool_use_id"] for one in blocks if one["type"] == "tool_result"]
        if sorted(given) != sorted(waiting):
            raise AgentError(
                f"messages.{index}: the calls of tools before it and the results in it do not "
                f"match: calls {waiting}, results {given}."
            )
        waiting = [one["id"] for one in blocks if one["type"] == "tool_use"]
    if waiting:
        raise AgentError(f"messages end with calls of tools that have no result: {waiting}.")


def prompt(system: Any, instructions: Any) -> str | None:
    """Return the system prompt, by either of its names. Raises AgentError."""
    if system is not None and instructions is not None:
        raise AgentError("system and instructions are the same: give one of them.")
    if instructions is not None:
        return text_or_none("instructions", instructions)
    return text_or_none("system", system)


def no_format(fields: Mapping[str, Any]) -> None:
    """Check that a request says nothing of the format of its output. Raises AgentError."""
    if "output_format" in fields or (fields.get("output_config") or {}).get("format"):
        raise AgentError("The output has two formats: output_type, and one in request.")


def _sendable(what: str, value: Any) -> Any:
    """Return a value as it is after it was sent as JSON. Raises AgentError where it cannot be."""
    try:
        return msgspec.json.decode(msgspec.json.encode(value))
    except (TypeError, ValueError, RecursionError) as error:
        raise AgentError(f"{what} cannot be sent: {error}.") from error


_NO_HOOKS = Hooks()


def permissions(policy: Any, approve: Any, timeout: Any, hooks: Any) -> Permissions:
    """Return who decides about calls of tools. Raises AgentError."""
    if policy is not None and not isinstance(policy, Policy | Narrowing):
        from rookery.policy.command import CommandPolicy  # noqa: PLC0415 -- brings a parser

        if not isinstance(policy, CommandPolicy):
            raise AgentError(f"policy must be a Policy or CommandPolicy, not {policy!r:.100}.")
        policy = ShellOnly(policy)
    if not (approve is None or approve == "pending" or callable(approve)):
        raise AgentError(f'approve must be a function or "pending", not {approve!r:.100}.')
    numbers.seconds("approve_timeout", timeout)
    if not isinstance(hooks, list | tuple) or not all(isinstance(hook, Hook) for hook in hooks):
        raise AgentError(f"hooks must be a list of Hook, not {hooks!r:.100}.")
    return Permissions(
        policy=policy, approve=approve, timeout=timeout, hooks=Hooks(hooks) if hooks else _NO_HOOKS
    )


def given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a method that say something, by name."""
    said = {name: value for name, value in arguments.items() if value is not None}
    del said["self"]
    return said


def listener(on_event: Any) -> None:
    """Check that events can be told to `on_event`. Raises AgentError."""
    if on_event is not None and not callable(on_event):
        raise AgentError(f"on_event must be a function, not {on_event!r:.100}.")
    if inspect.iscoroutinefunction(on_event):
        raise AgentError("on_event must be a plain function: nothing awaits what it returns.")
