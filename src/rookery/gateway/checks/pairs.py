"""Calls of tools and their results, followed through a conversation.

Client tools: each `tool_use` has one `tool_result`, and the results are the first blocks of the
user turn that follows. Server tools: each `server_tool_use` has its result before the turn of the
assistant is over; a user turn of nothing but `tool_result` blocks does not end it.
"""

from __future__ import annotations

from typing import NamedTuple

from rookery.gateway.checks.names import Names
from rookery.rules import prompt as rules
from rookery.rules.rule import Rule
from rookery.wire.blocks import ServerToolResult, ServerToolUse, ToolResult, ToolUse
from rookery.wire.kinds import tag

_RESULTS = {
    "tool_search_tool_bm25": "tool_search_tool_result",
    "tool_search_tool_regex": "tool_search_tool_result",
}
"""Results whose block is not called after the tool."""
_DEFINED_BY = {
    "bash_code_execution": "code_execution",
    "text_editor_code_execution": "code_execution",
}
"""Server tools that come with another one's definition."""


class _Place(NamedTuple):
    message: int
    name: str


class Pairs:
    """The open calls, and what the user turn that is being read answers."""

    __slots__ = ("_open", "_open_server", "_results", "_seen", "others")

    def __init__(self) -> None:
        self._open: dict[str, int] = {}
        """The calls without a result, by id, and the message of each."""
        self._open_server: dict[str, _Place] = {}
        self._seen: set[str] = set()
        self._results: list[tuple[str, int, int]] = []
        """The results of the turn: id, message, position."""
        self.others = False
        """Whether the user turn has had a block that is no result."""

    # --- what the blocks say ---------------------------------------------------------------------

    def call(self, block: ToolUse, index: int, position: int) -> None:
        """Take a call of a client tool."""
        if block.id in self._seen:
            raise rules.TOOL_USE_AGAIN.error(f"messages.{index}.content.{position}")
        self._seen.add(block.id)
        self._open[block.id] = index

    def result(self, block: ToolResult, index: int, position: int) -> None:
        """Take a result; behind other content it answers nothing."""
        if not (self.others and block.tool_use_id in self._open):
            self._results.append((block.tool_use_id, index, position))

    def server_call(self, block: ServerToolUse, index: int) -> None:
        """Take a call of a server tool."""
        self._open_server[block.id] = _Place(index, block.name)

    def server_result(self, block: ServerToolResult, index: int, position: int) -> None:
        """Take the result of a server tool."""
        if self._open_server.pop(block.tool_use_id, None) is None:
            raise rules.SERVER_RESULT_UNEXPECTED.error(
                f"messages.{index}.content.{position}",
                block=tag(type(block)),
                id=block.tool_use_id,
            )

    # --- what the turns say ----------------------------------------------------------------------

    def end_user_turn(self) -> None:
        """Compare the results with the calls before them."""
        if self._open or self._results:
            self._answer()
        if self.others:
            if self._open_server:
                self._unresolved(rules.SERVER_TOOL_UNRESOLVED)
            self.others = False

    def end(self, tools: Names) -> None:
        """Check what is open at the end of the conversation; `tools` are those provided."""
        if self._open:
            self._unanswered(list(self._open))
        for place in self._open_server.values():
            if _DEFINED_BY.get(place.name, place.name) not in tools:
                self._unresolved(rules.SERVER_TOOL_MISSING)

    def _answer(self) -> None:
        answered = {result[0] for result in self._results}
        if answered != self._open.keys() or len(answered) < len(self._results):
            if missing := [name for name in self._open if name not in answered]:
                self._unanswered(missing)
            self._one_too_many()
        self._open = {}
        self._results = []

    def _one_too_many(self) -> None:
        """Refuse the first result that has no call of its own."""
        done: set[str] = set()
        for name, index, position in self._results:
            at = f"messages.{index}.content.{position}"
            if name not in self._open:
                raise rules.TOOL_RESULT_UNEXPECTED.error(at, id=name)
            if name in done:
                raise rules.TOOL_RESULT_AGAIN.error(at, id=name)
            done.add(name)

    def _unanswered(self, missing: list[str]) -> None:
        index = self._open[missing[0]]
        raise rules.TOOL_USE_UNANSWERED.error(f"messages.{index}", ids=", ".join(missing))

    def _unresolved(self, rule: Rule) -> None:
        found, place = next(iter(self._open_server.items()))
        block = _RESULTS.get(place.name, f"{place.name}_tool_result")
        raise rule.error(f"messages.{place.message}", tool=place.name, id=found, block=block)
