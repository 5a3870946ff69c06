"""Every `tool_use` is answered by one `tool_result` in the turn that follows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from rookery.wire.blocks import ToolResult, ToolUse
from rookery.wire.messages import InputMessage


def tool_pairs(messages: Sequence[InputMessage]) -> str | None:
    """Return what is wrong with the pairs, or None.

    Neighbours of one role are one turn, as the API joins them; faults name the message as sent.
    """
    calls = _Calls()
    for role, turn in groupby(enumerate(messages), key=lambda pair: pair[1].role):
        read = calls.made if role == "assistant" else calls.answered
        if fault := read(turn):
            return fault
    return calls.unanswered(set())


class _Calls:
    """The tool calls of the latest assistant turn, by id, and where each was made."""

    def __init__(self) -> None:
        self._open: dict[str, int] = {}
        self._seen: set[str] = set()

    def made(self, turn: Iterable[tuple[int, InputMessage]]) -> str | None:
        for index, message in turn:
            for position, block in enumerate(message.blocks):
                if not isinstance(block, ToolUse):
                    continue
                if block.id in self._seen:
                    return f"messages.{index}.content.{position}: `tool_use` ids must be unique"
                self._seen.add(block.id)
                self._open[block.id] = index
        return None

    def answered(self, turn: Iterable[tuple[int, InputMessage]]) -> str | None:
        results = [
            (f"messages.{index}.content.{position}", block.tool_use_id)
            for index, message in turn
            for position, block in enumerate(message.blocks)
            if isinstance(block, ToolResult)
        ]
        if fault := self.unanswered({name for _, name in results}):
            return fault
        answered: set[str] = set()
        for path, name in results:
            if name not in self._open:
                return (
                    f"{path}: unexpected `tool_use_id` found in `tool_result` blocks: {name}. Each "
                    "`tool_result` block must have a corresponding `tool_use` block in the "
                    "previous message."
                )
            if name in answered:
                return (
                    f"{path}: each tool_use must have a single result. Found multiple "
                    f"`tool_result` blocks with id: {name}"
                )
            answered.add(name)
        self._open = {}
        return None

    def unanswered(self, answered: set[str]) -> str | None:
        missing = [name for name in self._open if name not in answered]
        if not missing:
            return None
        return (
            f"messages.{self._open[missing[0]]}: `tool_use` ids were found without `tool_result` "
            f"blocks immediately after: {', '.join(missing)}. Each `tool_use` block must have a "
            "corresponding `tool_result` block in the next message."
        )
