"""glob: paths that match a pattern."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Annotated

from rookery.errors import ToolError
from rookery.tools.base import ToolContext, current_context
from rookery.tools.beneath import Entry, Kind, list_folder
from rookery.tools.function import tool
from rookery.tools.location import OUTPUT_CHARACTERS
from rookery.tools.patterns import Pattern, Places
from rookery.tools.place import Place
from rookery.tools.workspace import Workspace

MAX_PATHS = 1_000

_Step = tuple[Kind, Place, Places]


@tool(read_only=True)
def glob(
    pattern: Annotated[str, "Such as **/*.py, src/*/test_*.py or docs/**/*.{md,txt}"],
    path: Annotated[str, "The folder to start in, relative to the workspace"] = ".",
) -> str:
    """List the files and folders that match a pattern, sorted, one path a line; folders end with
    a slash. `**` stands for any number of folders. Names that start with a dot match only where
    the pattern has the dot.
    """
    context = current_context()
    matches = _walk(context, Pattern(pattern), path)
    found: list[str] = []
    room = OUTPUT_CHARACTERS
    note = ""
    try:
        for match in matches:
            room -= len(match) + 1
            if len(found) == MAX_PATHS or room < 0:
                note = f"({len(found)} paths shown, there are more; make the pattern narrower)"
                break
            found.append(match)
    except TimeoutError:
        note = f"(stopped after {context.time_limit:g} s; make the pattern or path narrower)"
    if not found and not note:
        return f"No matches in {context.workspace.relative(path)}."
    return "\n".join([*found, *([note] if note else [])])


def _walk(context: ToolContext, pattern: Pattern, start: str) -> Iterator[str]:
    """Yield the matching paths in order. Raises TimeoutError when the time is up."""
    workspace = context.workspace
    deadline = time.monotonic() + context.time_limit
    base = workspace.place(start)
    waiting = _steps(list_folder(base), base, pattern, pattern.start)
    while waiting:
        if time.monotonic() > deadline:
            raise TimeoutError
        kind, place, places = waiting.pop()
        if kind == "link":
            kind = _behind(workspace, place)
        elif kind == "folder" and pattern.goes_on(places):
            with contextlib.suppress(ToolError):  # It cannot be read, or was just removed.
                waiting += _steps(list_folder(place), place, pattern, places)
        if kind != "other" and pattern.ends(places):
            yield f"{place}/" if kind == "folder" else str(place)


def _steps(entries: list[Entry], place: Place, pattern: Pattern, at: Places) -> list[_Step]:
    """Return what the pattern still allows, the first entry last, as a stack wants it."""
    steps = [
        (entry.kind, place.below(entry.name), pattern.step(at, entry.name)) for entry in entries
    ]
    return [step for step in reversed(steps) if step[2]]


def _behind(workspace: Workspace, place: Place) -> Kind:
    """Return what a link leads to: `other` where that is nothing, or outside the workspace."""
    try:
        target = workspace.resolve(place.path)
    except ToolError:
        return "other"
    if target.is_dir():
        return "folder"
    return "file" if target.is_file() else "other"
