"""The conversation of a request: the task, what was called for it, and what came back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rookery.wire import blocks as b
from rookery.wire.content import InputBlock
from rookery.wire.messages import MessagesRequest

_QUESTION = 2000
"""Characters of a long text's beginning and end in which its question is looked for."""


@dataclass(frozen=True)
class Call:
    """A call of a tool, with its result where there is one."""

    name: str
    input: dict[str, Any]
    result: str | None = None
    failed: bool = False

    @property
    def answered(self) -> bool:
        """Whether a result came back that is no error."""
        return self.result is not None and not self.failed


@dataclass(frozen=True)
class Source:
    """A text to quote from, and what it is called."""

    title: str
    text: str


@dataclass
class Talk:
    """What matters of a conversation."""

    task: str = ""
    calls: list[Call] = field(default_factory=list)
    """The calls since the task was given."""
    earlier: list[Call] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    """The user's and the assistant's earlier texts."""
    rounds: int = 0
    """The assistant's turns with calls since the task was given."""
    unseen: list[str] = field(default_factory=list)
    """What the task has that the engine cannot read: images, PDFs."""
    system: str = ""


def read(request: MessagesRequest) -> Talk:
    """Return the conversation of a request."""
    talk = Talk(system=request.system_text)
    results = _results(request)
    for message in request.messages:
        if message.role == "user":
            _hear(talk, message.blocks)
        elif message.role == "assistant":
            _recall(talk, message.blocks, results)
        else:
            talk.system += "\n" + _text(message.blocks)
    return talk


def _hear(talk: Talk, content: list[InputBlock]) -> None:
    """Take in a user's turn: its last text is a new task, unless the turn brings results."""
    texts = [block.text for block in content if isinstance(block, b.Text) and block.text.strip()]
    brings = any(isinstance(block, b.ToolResult) for block in content)
    asides = [text for text in texts if _is_aside(text)] if brings else texts[:-1]
    talk.sources += [Source("", text) for text in asides]
    for block in content:
        talk.sources.extend(_sources(block))
    unseen = [kind for block in content if (kind := _blind(block))]
    if brings:
        talk.unseen.extend(unseen)
        talk.task = "\n".join([talk.task, *(text for text in texts if text not in asides)])
    elif texts or unseen:
        if talk.task:
            talk.said.append(talk.task)
        talk.earlier.extend(talk.calls)
        talk.task, talk.calls, talk.rounds = texts[-1] if texts else "", [], 0
        talk.unseen = unseen


def _is_aside(text: str) -> bool:
    """Whether a text beside results is a program's, in a tag, and not the user's."""
    return text.lstrip()[:1] == "<" and text.rstrip()[-1:] == ">"


def _recall(talk: Talk, content: list[InputBlock], results: dict[str, tuple[str, bool]]) -> None:
    """Take in an assistant's turn."""
    uses = [block for block in content if isinstance(block, b.ToolUse)]
    for use in uses:
        result, failed = results.get(use.id, (None, False))
        talk.calls.append(Call(use.name, use.input, result, failed))
    talk.rounds += bool(uses)
    if text := _text(content).strip():
        talk.said.append(text)


def _results(request: MessagesRequest) -> dict[str, tuple[str, bool]]:
    """Map the id of each call to its result's text and whether it failed."""
    return {
        block.tool_use_id: (_result_text(block), bool(block.is_error))
        for message in request.messages
        if message.role == "user"
        for block in message.blocks
        if isinstance(block, b.ToolResult)
    }


def _result_text(block: b.ToolResult) -> str:
    if isinstance(block.content, str) or block.content is None:
        return block.content or ""
    parts = [_text(block.content)]
    parts += [source.text for part in block.content for source in _sources(part)]
    if any(isinstance(part, b.Image) for part in block.content):
        parts.append("(an image, which I cannot see)")
    return "\n".join(part for part in parts if part)


def _text(content: Iterable[Any]) -> str:
    return "\n".join(block.text for block in content if isinstance(block, b.Text))


def _blind(block: Any) -> str:
    """Return what a block has that only a model can read."""
    if isinstance(block, b.Image):
        return "image"
    if isinstance(block, b.DocumentBlock) and not list(_sources(block)):
        return "document that is not plain text"
    return "uploaded file" if isinstance(block, b.ContainerUpload) else ""


def _sources(block: Any) -> list[Source]:
    """Return the texts of a document or a search result."""
    if isinstance(block, b.SearchResult):
        return [Source(block.source or block.title, _text(block.content))]
    if not isinstance(block, b.DocumentBlock):
        return []
    title = block.title or "document"
    if isinstance(block.source, b.PlainTextSource):
        return [Source(title, block.source.data)]
    if not isinstance(block.source, b.ContentSource):
        return []
    content = block.source.content
    text = content if isinstance(content, str) else _text(content)
    return [Source(title, text)] if text else []


def split_long(text: str) -> tuple[str, str]:
    """Return the request and the document of a user's text; a short text is all request.

    People put the question before or after what they paste, so both ends are the request.
    """
    if len(text) <= 2 * _QUESTION:
        return text, ""
    return f"{_edge(text[:_QUESTION], 0)}\n{_edge(text[-_QUESTION:], -1)}", text


def _edge(text: str, which: int) -> str:
    """Return the first or the last paragraph of a text, or its line where that is all one."""
    parts = [part for part in text.split("\n\n") if part.strip()]
    part = parts[which] if len(parts) > 1 else text
    lines = [line for line in part.splitlines() if line.strip()]
    return part if len(part) <= 600 else (lines[which] if lines else "")[:600]
