"""What a function returned or raised, as the result of a tool call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from rookery.errors import ToolError
from rookery.tools.base import Content, ToolResult
from rookery.tools.images import sendable

BLOCK_TYPES = frozenset({"text", "image", "document", "search_result", "tool_reference"})
"""The content blocks that a tool_result may hold."""

_MESSAGE = 2_000


def success(value: Any) -> ToolResult:
    """Return the result that says `value`: text as it is, content blocks as blocks, else JSON."""
    try:
        if isinstance(value, ToolResult):
            return ToolResult(_content(value.content, _is_wire), bool(value.is_error))
        return ToolResult(_content(value, _are_blocks))
    except (TypeError, ValueError, RecursionError) as error:
        kind = type(value).__name__
        return ToolResult(f"The tool returned {kind}, which is not JSON: {error}", is_error=True)


def _content(value: Any, are_blocks: Callable[[Any], bool]) -> Content:
    if value is None:
        return "(no output)"
    if isinstance(value, str):
        return _sendable(str.__str__(value))
    data = msgspec.json.encode(value, enc_hook=_plain)
    if are_blocks(value):
        # A copy, as it will be sent: what the tool does to its own afterwards changes nothing.
        blocks: list[dict[str, Any]] = msgspec.json.decode(data)
        return [sendable(block) for block in blocks]
    return data.decode()


def added(result: ToolResult, *, before: str = "", after: str = "") -> ToolResult:
    """Return a result with texts before and after its content."""
    content = result.content
    if isinstance(content, str):
        whole: Content = "\n".join(filter(None, (before, content, after)))
    else:
        ends = [[{"type": "text", "text": text}] if text else [] for text in (before, after)]
        whole = [*ends[0], *content, *ends[1]]
    return ToolResult(whole, result.is_error)


def failure(error: BaseException) -> ToolResult:
    """Return the result that says what was raised, without the traceback."""
    text = _sendable(str(error))
    if not isinstance(error, ToolError):
        text = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return ToolResult(text if len(text) <= _MESSAGE else text[:_MESSAGE] + "…", is_error=True)


def _sendable(text: str) -> str:
    """Replace lone surrogates, which file names can bring and no request can carry."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _are_blocks(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(item, dict) and item.get("type") in BLOCK_TYPES for item in value)
    )


def _is_wire(value: Any) -> bool:
    """Whether a tool that made its result itself made blocks, also such as are not known here."""
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _plain(value: Any) -> str:
    if isinstance(value, str):  # of a class of its own
        return str.__str__(value)
    if hasattr(value, "__fspath__"):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
