"""The messages of a request, read once: roles, content, pairs of calls and results, thinking.

Neighbours of one role are one turn, as the API joins them; faults name the message as sent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from rookery.catalog.model import Model
from rookery.gateway.checks import system_turns
from rookery.gateway.checks.citations import Citations
from rookery.gateway.checks.context import Summaries
from rookery.gateway.checks.names import Names
from rookery.gateway.checks.pairs import Pairs
from rookery.gateway.checks.tool_changes import check_tool_change
from rookery.providers.base import Call
from rookery.rules import cache as cache_rules
from rookery.rules import prompt as rules
from rookery.rules import thinking as thinking_rules
from rookery.rules import tools as tool_rules
from rookery.wire.blocks import (
    DocumentBlock,
    RedactedThinking,
    SearchResult,
    ServerToolResult,
    ServerToolUse,
    Text,
    Thinking,
    ToolReference,
    ToolResult,
    ToolResultContent,
    ToolUse,
)
from rookery.wire.context import Compaction, ToolAddition, ToolRemoval
from rookery.wire.kinds import tag
from rookery.wire.messages import CountRequest, InputMessage, ThinkingEnabled
from rookery.wire.results import SERVER_RESULTS, ToolSearchResult, ToolsFound
from rookery.wire.shapes import Block
from rookery.wire.versions import V2023

MAX_MESSAGES = 100_000


def check_messages(body: CountRequest, model: Model, call: Call) -> None:
    """Check the messages."""
    messages = body.messages
    if not messages:
        raise rules.MESSAGES_EMPTY.error()
    if len(messages) > MAX_MESSAGES:
        raise rules.MESSAGES_TOO_MANY.error(maximum=MAX_MESSAGES, count=len(messages))
    walk = _Walk(body, call)
    role = ""
    for index, message in enumerate(messages):
        if message.role != role:
            walk.end_turn(last=False)
            role = message.role
            walk.begin_turn(role, index)
        if role == "system":
            system_turns.check(messages, index, model)
            walk.system(message, index)
        else:
            walk.message(message, index)
    walk.end_turn(last=True)
    walk.end(body)


class _Walk:
    """What is known of the conversation up to the block that is read."""

    __slots__ = (
        "_citations",
        "_filled",
        "_first",
        "_last",
        "_loop",
        "_names",
        "_pairs",
        "_references",
        "_role",
        "_since_2026",
        "_start",
        "_summaries",
    )

    def __init__(self, body: CountRequest, call: Call) -> None:
        self._since_2026 = call.version != V2023
        self._pairs = Pairs()
        self._citations = Citations()
        self._summaries = Summaries()
        self._names = Names(body.tools)
        self._references: list[str] = []
        self._role = ""
        self._start = 0
        """The message with which the turn began."""
        self._filled = False
        """Whether the turn has any content."""
        self._first: tuple[int, Block] | None = None
        """The first block of the turn, and its message."""
        self._last: Block | None = None
        self._loop: tuple[int, Block] | None = None
        """The first block of the assistant turn that waits for results."""

    # --- turns -----------------------------------------------------------------------------------

    def begin_turn(self, role: str, index: int) -> None:
        self._role = role
        self._start = index
        self._filled = False
        self._first = self._last = None

    def end_turn(self, *, last: bool) -> None:
        if self._role == "user":
            if not self._filled:
                raise rules.USER_EMPTY.error(f"messages.{self._start}")
            if self._pairs.others:
                self._loop = None
            self._pairs.end_user_turn()
        elif self._role == "assistant":
            if not self._filled and not last:
                raise rules.CONTENT_EMPTY.error(f"messages.{self._start}")
            if type(self._last) in _THINKING:
                raise thinking_rules.THINKING_LAST.error(f"messages.{self._start}")
            if self._loop is None:
                self._loop = self._first

    def end(self, body: CountRequest) -> None:
        self._pairs.end(self._names)
        self._citations.end(body)
        for name in self._references:
            if name not in self._names:
                raise tool_rules.TOOL_REFERENCE_UNKNOWN.error(name=name)
        if isinstance(body.thinking, ThinkingEnabled) and self._loop is not None:
            index, block = self._loop
            if type(block) not in _THINKING:
                raise thinking_rules.THINKING_FIRST.error(
                    f"messages.{index}.content.0.type", block=tag(type(block))
                )

    # --- content ---------------------------------------------------------------------------------

    def message(self, message: InputMessage, index: int) -> None:
        content = message.content
        if not content:
            return
        self._filled = True
        if isinstance(content, str):
            self._plain(content, index)
            return
        if self._first is None:
            self._first = (index, content[0])
        self._last = content[-1]
        for position, block in enumerate(content):
            read = _READ.get(type(block))
            if read is not None:
                read(self, block, index, position)
            elif self._role == "user":
                self._pairs.others = True

    def system(self, message: InputMessage, index: int) -> None:
        for position, block in enumerate(message.blocks):
            if isinstance(block, ToolAddition | ToolRemoval):
                check_tool_change(block, self._names, f"messages.{index}.content.{position}")

    def _plain(self, text: str, index: int) -> None:
        if text.isspace():
            raise rules.TEXT_BLANK.error("messages")
        if self._role == "user":
            self._pairs.others = True
        elif self._first is None:
            self._first = (index, Text(text=text))
        self._last = None

    def text(self, block: Text, index: int, position: int) -> None:
        if not block.text or block.text.isspace():
            _blank(block, f"messages.{index}.content.{position}.text")
        if self._role == "user":
            self._pairs.others = True
            self._uncited(block, f"messages.{index}.content.{position}.text")

    def _uncited(self, block: Text, at: str) -> None:
        """A user does not cite."""
        if block.citations and self._since_2026:
            raise rules.CITATIONS_OF_USER.error(f"{at}.citations")

    def compaction(self, block: Compaction, index: int, position: int) -> None:
        if self._role == "user":
            self._pairs.others = True
        self._summaries.take(block, index, position)

    def document(self, block: DocumentBlock, index: int, position: int) -> None:
        if self._role == "user":
            self._pairs.others = True
            self._citations.document(block, f"messages.{index}.content.{position}.document")
        elif self._since_2026:
            at = f"messages.{index}.content.{position}.document"
            raise rules.DOCUMENT_OF_ASSISTANT.error(at)

    def search_result(self, block: SearchResult, index: int, position: int) -> None:
        if self._role != "user":
            _misplaced("user", block, index)
        self._pairs.others = True
        self._search_result(block, f"messages.{index}.content.{position}.search_result")

    def _search_result(self, block: SearchResult, at: str) -> None:
        for position, text in enumerate(block.content):
            self._uncited(text, f"{at}.content.{position}")
        self._citations.search_result(block, at)

    def tool_use(self, block: ToolUse, index: int, position: int) -> None:
        if self._role != "assistant":
            _misplaced("assistant", block, index)
        self._pairs.call(block, index, position)

    def tool_result(self, block: ToolResult, index: int, position: int) -> None:
        if self._role != "user":
            _misplaced("user", block, index)
        self._pairs.result(block, index, position)
        if isinstance(block.content, list):
            self._inside(block.content, f"messages.{index}.content.{position}.tool_result")

    def _inside(self, content: list[ToolResultContent], at: str) -> None:
        """What is in the result of a tool."""
        found = 0
        for position, block in enumerate(content):
            if isinstance(block, SearchResult):
                found += 1
                path = f"{at}.content.{position}.search_result"
                self._search_result(block, path)
            elif isinstance(block, DocumentBlock):
                self._citations.document(block, f"{at}.content.{position}.document")
            elif isinstance(block, ToolReference):
                self._references.append(block.tool_name)
        if 0 < found < len(content):
            raise rules.SEARCH_RESULTS_MIXED.error(at)

    def server_tool_use(self, block: ServerToolUse, index: int, position: int) -> None:
        if self._role != "assistant":
            _misplaced("assistant", block, index)
        self._pairs.server_call(block, index)

    def server_result(self, block: ServerToolResult, index: int, position: int) -> None:
        if self._role != "assistant":
            _misplaced("assistant", block, index)
        self._pairs.server_result(block, index, position)
        if isinstance(block, ToolSearchResult) and isinstance(block.content, ToolsFound):
            self._references += [found.tool_name for found in block.content.tool_references]

    def thinking(self, block: Block, index: int, position: int) -> None:
        if self._role != "assistant":
            _misplaced("assistant", block, index)


def _misplaced(role: str, block: Block, index: int) -> NoReturn:
    raise rules.BLOCK_OF_ROLE.error(f"messages.{index}", block=tag(type(block)), role=role)


def _blank(block: Text, at: str) -> NoReturn:
    if block.text:
        raise rules.TEXT_BLANK.error("messages")
    if block.cache_control is not None:
        raise cache_rules.CACHE_ON_EMPTY_TEXT.error(at)
    raise rules.TEXT_EMPTY.error("messages")


_THINKING = (Thinking, RedactedThinking)

_READ: dict[type[Block], Callable[[_Walk, Any, int, int], None]] = {
    Text: _Walk.text,
    Compaction: _Walk.compaction,
    DocumentBlock: _Walk.document,
    SearchResult: _Walk.search_result,
    Thinking: _Walk.thinking,
    RedactedThinking: _Walk.thinking,
    ToolUse: _Walk.tool_use,
    ToolResult: _Walk.tool_result,
    ServerToolUse: _Walk.server_tool_use,
    **dict.fromkeys(SERVER_RESULTS, _Walk.server_result),
}
"""What reads a block; those not named here have no rules but that of being content."""
