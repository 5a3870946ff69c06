"""What of a history is sent: all of it, until it is too long for the model's context.

The history itself stays whole. A `Cut` says what of it is sent otherwise: old results of tools as
placeholders, old turns as a summary. It is made of the events of a run and of nothing else, so
that whoever keeps a history and its events (`Cut.after`) can go on with the same view.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from rookery.agent.events import ContextCleared, ContextCompacted
from rookery.tools.spill import where_saved

SHORT = 1_000
"""Characters of a result that is not worth a placeholder."""
_SHOWN = 120
"""Characters of a result that its placeholder shows."""

SUMMARY = "Earlier turns were left out to make room. This is your own summary of them:\n\n"

THINKING = ("thinking", "redacted_thinking")

Message = dict[str, Any]


class Cut(Struct, frozen=True):
    """What of a history is not sent as it is. Numbers are of messages, counted from its start."""

    cleared: int = 0
    """Long results of tools before this message are placeholders."""
    summarized: int = 0
    """Before this message the summary is sent, and the task that goes on."""
    summary: str = ""
    task: int = 0
    """The message with that task."""
    thought: int = 0
    """Thinking before this message is left out: the API refuses thinking after what has changed
    (platform.claude.com, "Prefix checks on thinking blocks")."""

    def after(self, event: Any) -> Cut:
        """Return the cut after an event; most change nothing. To replay a run, begin with none."""
        match event:
            case ContextCleared(before=before, messages=count):
                return replace(self, cleared=before, thought=count)
            case ContextCompacted(before=before, summary=summary, task=task, messages=count):
                return Cut(self.cleared, before, summary, task, thought=count)
            case _:
                return self


class View:
    """The messages to send for a history that grows."""

    def __init__(
        self,
        cut: Cut | None = None,
        repeatable: Container[str] = (),
        *,
        keeps_thinking: bool = False,
    ) -> None:
        """Begin with a cut. `repeatable` are the tools that may be called again for their result.

        With `keeps_thinking` none is left out, as `thinking.type` enabled demands.
        """
        self.cut = cut or Cut()
        self._repeatable = repeatable
        self._keeps_thinking = keeps_thinking
        self._sent: list[Message] = []
        self._taken: int | None = None

    def of(self, history: Sequence[Message]) -> list[Message]:
        """Return what is sent of a history: that of the last time, or one that goes on from it."""
        if self._taken is None:
            start = self.cut.summarized
            self._sent = [self._summary(history)] if start else []
            self._taken = start
        self._sent += [self.sent(history, at) for at in range(self._taken, len(history))]
        self._taken = len(history)
        return self._sent

    def take(self, event: ContextCleared | ContextCompacted) -> None:
        """Cut as an event says."""
        self.cut = self.cut.after(event)
        self._taken = None

    def sent(self, history: Sequence[Message], at: int, cleared: int | None = None) -> Message:
        """Return one message as it is sent; `cleared` replaces that of the cut."""
        message = history[at]
        if isinstance(message["content"], str):
            return message
        if message["role"] == "assistant":
            strip = at < self.cut.thought and not self._keeps_thinking
            return _without_thinking(message) if strip else message
        if at and at < (self.cut.cleared if cleared is None else cleared):
            return self._cleared(message, history[at - 1])
        return message

    def _cleared(self, message: Message, before: Message) -> Message:
        calls = {b["id"]: b for b in before["content"] if isinstance(b, dict) and "id" in b}
        content = [
            {**block, "content": self._placeholder(block, calls[block["tool_use_id"]]["name"])}
            if is_clearable(block) and block["tool_use_id"] in calls
            else block
            for block in message["content"]
        ]
        return {**message, "content": content}

    def _placeholder(self, block: Message, name: str) -> str:
        text = text_of(block["content"])
        again = (
            f"call {name} again with the same input"
            if name in self._repeatable
            else f"call {name} again only where that changes nothing"
        )
        saved = where_saved(text)
        return (
            f"(Cleared to make room: the result of {name}, {len(text):,} characters, which began "
            f"{text[:_SHOWN]!r}. {f'Of it, {saved}. ' if saved else ''}If it is needed, {again}.)"
        )

    def _summary(self, history: Sequence[Message]) -> Message:
        """Return the summary as a turn of the user, after the task where that is not sent."""
        cut = self.cut
        content = history[cut.task]["content"] if cut.task < cut.summarized else []
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        summary = {"type": "text", "text": f"{SUMMARY}{cut.summary}"}
        return {"role": "user", "content": [*blocks, summary]}


def is_said(message: Message) -> bool:
    """Whether a message is what the user says, and no results of tools."""
    if message["role"] != "user":
        return False
    content = message["content"]
    return isinstance(content, str) or all(b.get("type") != "tool_result" for b in content)


def is_clearable(block: Message) -> bool:
    """Whether a block is a result that is long, or has more than text."""
    if block.get("type") != "tool_result" or not (content := block.get("content")):
        return False
    is_text = isinstance(content, str) or all(part.get("type") == "text" for part in content)
    return not is_text or len(text_of(content)) > SHORT


def text_of(content: Any) -> str:
    """Return the text of a content."""
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if isinstance(part.get("text"), str))


def _without_thinking(message: Message) -> Message:
    content = [block for block in message["content"] if block.get("type") not in THINKING]
    return {**message, "content": content} if content else message
