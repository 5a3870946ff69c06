"""list_dir: what a folder holds, with types and sizes."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta

from rookery.errors import ToolError
from rookery.tools.base import current_context
from rookery.tools.beneath import Entry, list_folder
from rookery.tools.function import tool
from rookery.tools.location import OUTPUT_CHARACTERS
from rookery.tools.patterns import SKIPPED
from rookery.tools.place import Place, show
from rookery.tools.workspace import Workspace

MAX_ENTRIES = 1_000


@tool(read_only=True)
def list_dir(
    path: Annotated[str, "The folder, relative to the workspace"] = ".",
    depth: Annotated[int, Meta(ge=1, le=8), "How many levels of folders to show"] = 1,
) -> str:
    """List a folder, sorted: folders end with a slash, files are followed by their size in bytes,
    links by what they lead to. Folders such as .git and node_modules are named, not entered.
    """
    ctx = current_context()
    place = ctx.workspace.place(path)
    deadline = time.monotonic() + ctx.time_limit
    lines = [f"{place}:"]
    if not (place.parts or place.prefix):
        lines += [f"{name}/ (another folder)" for name in ctx.workspace.names]
    room = OUTPUT_CHARACTERS
    for line in _walk(ctx.workspace, place, depth, list_folder(place, sizes=True)):
        room -= len(line) + 1
        if len(lines) > MAX_ENTRIES or room < 0:
            lines.append("(there is more; list the folders one by one, or use glob)")
            break
        if time.monotonic() > deadline:
            lines.append(f"(stopped after {ctx.time_limit:g} s)")
            break
        lines.append(line)
    return "\n".join(lines) if len(lines) > 1 else f"{place} (empty)"


def _walk(
    workspace: Workspace, place: Place, depth: int, entries: list[Entry], level: int = 0
) -> Iterator[str]:
    """Yield a line for each entry, those of inner folders below them and further in."""
    indent = "  " * level
    for entry in entries:
        inner = place.below(entry.name)
        skipped = entry.name in SKIPPED
        yield f"{indent}{_line(workspace, inner, entry)}{' (not entered)' * skipped}"
        if entry.kind == "folder" and level + 1 < depth and not skipped:
            with contextlib.suppress(ToolError):  # It cannot be read, or was just removed.
                below = list_folder(inner, sizes=True)
                yield from _walk(workspace, inner, depth, below, level + 1)


def _line(workspace: Workspace, place: Place, entry: Entry) -> str:
    name = show([entry.name])
    if entry.kind == "folder":
        return f"{name}/"
    if entry.kind == "link":
        return f"{name} -> {_target(workspace, place)}"
    if entry.kind == "other":
        return f"{name} (pipe, socket or device)"
    return name if entry.size is None else f"{name} {entry.size:,}"


def _target(workspace: Workspace, place: Place) -> str:
    try:
        return workspace.relative(place.path)
    except ToolError:
        return "(outside the workspace)"
