"""Checks what an agent is given, so that a mistake is told where it is made, in plain words."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

import msgspec

from rookery.agent.loop import Content
from rookery.errors import AgentError
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


def positive(name: str, value: Any) -> int:
    """Return a limit. Raises AgentError."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise AgentError(f"{name} must be a whole number above 0, not {value!r}.")
    return value


def by_name(tools: Any) -> dict[str, Tool]:
    """Return tools and functions as tools by name. Raises AgentError; also for two of a name."""
    if not isinstance(tools, Iterable) or isinstance(tools, str | bytes):
        raise AgentError(f"tools must be a list of tools and functions, not {tools!r:.100}.")
    named: dict[str, Tool] = {}
    for value in tools:
        tool = as_tool(value)
        _sendable(f"Tool {tool.name!r}", definition(tool))  # found here, not at the first call
        if tool.name in named:
            raise AgentError(f"Two tools have the name {tool.name!r}.")
        named[tool.name] = tool
    return named


def task_content(task: Any) -> Content:
    """Return a task in wire form: text, or a copy of its blocks. Raises AgentError."""
    is_blocks = isinstance(task, list) and all(isinstance(block, dict) for block in task)
    if not (isinstance(task, str) or is_blocks) or not task:
        raise AgentError(f"A task is text or a list of content blocks, not {task!r:.100}.")
    content: Content = _sendable("The task", task)
    return content


def _sendable(what: str, value: Any) -> Any:
    """Return a value as it is after it was sent as JSON. Raises AgentError where it cannot be."""
    try:
        return msgspec.json.decode(msgspec.json.encode(value))
    except (TypeError, ValueError, RecursionError) as error:
        raise AgentError(f"{what} cannot be sent: {error}.") from error


def listener(on_event: Any) -> None:
    """Check that events can be told to `on_event`. Raises AgentError."""
    if on_event is not None and not callable(on_event):
        raise AgentError(f"on_event must be a function, not {on_event!r:.100}.")
    if inspect.iscoroutinefunction(on_event):
        raise AgentError("on_event must be a plain function: nothing awaits what it returns.")
