"""Puts an answer that is too long for a conversation into a file, and shows its ends."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from rookery.errors import ToolError
from rookery.tools.base import Content, ToolContext, ToolResult
from rookery.tools.place import Place
from rookery.tools.replace import replace_file
from rookery.tools.thread import in_thread
from rookery.tools.workspace import PRIVATE, Workspace

HEAD = 16_000
TAIL = 4_000
"""How many characters of a long text are shown, of its beginning and of its end."""


async def bounded(result: ToolResult, name: str, context: ToolContext) -> ToolResult:
    """Return the result with each text of more than `context.output_limit` characters cut."""
    if not any(len(text) > context.output_limit for text in _texts(result.content)):
        return result
    content = await in_thread(lambda: _cut(result.content, name, context))
    return ToolResult(content, result.is_error)


_SAVED = re.compile(r"left out here; (the whole is in [^\n]*), [\d,]+ lines\)$", re.MULTILINE)


def where_saved(text: str) -> str | None:
    """Return what a text that was cut says of the file with the whole; None: it says nothing."""
    found = _SAVED.search(text)
    return found[1] if found else None


def _texts(content: Content) -> list[str]:
    if isinstance(content, str):
        return [content]
    return [block["text"] for block in content if isinstance(block.get("text"), str)]


def _cut(content: Content, name: str, context: ToolContext) -> Content:
    if isinstance(content, str):
        return _cut_text(content, name, context)
    return [_cut_block(block, name, context) for block in content]


def _cut_block(block: dict[str, Any], name: str, context: ToolContext) -> dict[str, Any]:
    text = block.get("text")
    return {**block, "text": _cut_text(text, name, context)} if isinstance(text, str) else block


def _cut_text(text: str, name: str, context: ToolContext) -> str:
    if len(text) <= context.output_limit:
        return text
    head, tail = min(HEAD, context.output_limit * 4 // 5), min(TAIL, context.output_limit // 5)
    where = _save(text, f"{name}-{os.urandom(4).hex()}.txt", context.workspace)
    lines = text.count("\n") + 1
    return (
        f"{text[:head]}\n"
        f"({len(text) - head - tail:,} characters left out here; {where}, {lines:,} lines)\n"
        f"{text[len(text) - tail :]}"
    )


def _save(text: str, file: str, workspace: Workspace) -> str:
    """Write the text into the workspace's private folder, or a private one of the system."""
    data = text.encode("utf-8", "replace")
    try:
        place = Place(str(workspace.root)).below(PRIVATE, "output", file)
        _hide(place.parent.parent)
        replace_file(place, data, None)
    except ToolError:
        try:
            path = Path(_temporary_folder(), file)
            path.write_bytes(data)
        except OSError:
            return "the whole could not be saved"
        return f"the whole is in {path}, where the file tools cannot read it"
    return f"the whole is in {place}"


def _temporary_folder() -> str:
    import tempfile  # noqa: PLC0415 -- seldom needed, and not light

    return tempfile.mkdtemp(prefix="rookery-")


def _hide(private: Place) -> None:
    """Keep the private folder out of version control."""
    with suppress(ToolError):  # It is there already.
        replace_file(private.below(".gitignore"), b"*\n", None)
