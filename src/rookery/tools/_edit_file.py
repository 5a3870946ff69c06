"""edit_file: one passage of a text file, replaced by another."""

from __future__ import annotations

import os
from typing import Annotated

from rookery.errors import ToolError
from rookery.tools.base import current_context
from rookery.tools.beneath import open_file
from rookery.tools.function import tool
from rookery.tools.passage import Found, find_passage, nearest
from rookery.tools.place import Place
from rookery.tools.replace import alone, find, replace_file
from rookery.tools.state import SeenFiles
from rookery.tools.text import decode, encode, has_crlf, printable, to_crlf

EDITABLE_BYTES = 32 << 20
_AROUND = 3
_SHOWN_LINES = 40
_LINE_CHARACTERS = 300


@tool
def edit_file(
    path: Annotated[str, "The file, relative to the workspace"],
    old_string: Annotated[str, "The text to replace, exactly as it is in the file"],
    new_string: Annotated[str, "The text to put in its place"],
    *,
    replace_all: Annotated[bool, "Replace every occurrence, not just the only one"] = False,
) -> str:
    """Edit a text file: replace a passage that occurs once. Give it without line numbers, with
    its indentation, and with enough lines around it to be the only one. The answer shows the
    changed lines.
    """
    ctx = current_context()
    place = ctx.workspace.place(path)
    if not old_string:
        raise ToolError("old_string is empty; to write a whole file, use write_file.")
    if old_string == new_string:
        raise ToolError("old_string and new_string are the same: nothing would change.")
    with alone(place):
        before = find(place)
        if before is None:
            raise ToolError(f"{place} does not exist; write_file makes new files.")
        text = _read(place, before)
        old, new = _with_line_ends_of(text, old_string, new_string)
        found = _demand_clear(place, text, old, replace_all=replace_all)
        edited = text.replace(old, new)
        known = ctx.state.of(SeenFiles).knows(place, before)
        after = replace_file(place, encode(edited, place), before, proceed=ctx.demand_going_on)
        if known:
            ctx.state.of(SeenFiles).note(place, after)
    if found.times > 1:
        return f"Replaced {text.count(old)} occurrences in {place} ({found})."
    return f"Edited {place} at line {found.lines[0]}:\n{_excerpt(edited, found.lines[0], new)}"


def _read(place: Place, before: os.stat_result) -> str:
    if before.st_size > EDITABLE_BYTES:
        raise ToolError(
            f"{place} has {before.st_size:,} bytes; files up to {EDITABLE_BYTES:,} can be edited."
        )
    with open_file(place) as file:
        data = file.read()
    if b"\0" in data:
        raise ToolError(f"{place} is a binary file; only text can be edited.")
    return decode(data)


def _with_line_ends_of(text: str, old: str, new: str) -> tuple[str, str]:
    """Return the two passages with the line ends of the file: models write LF."""
    variants = [(old, new), (to_crlf(old), to_crlf(new))]
    if has_crlf(text):
        variants.reverse()
    return next((variant for variant in variants if variant[0] in text), variants[0])


def _demand_clear(place: Place, text: str, old: str, *, replace_all: bool) -> Found:
    found = find_passage(text, old)
    if not found.times:
        raise ToolError(f"{place} does not contain old_string.{nearest(text, old)}")
    if found.times > 1 and not replace_all:
        raise ToolError(
            f"old_string occurs {found.times} times in {place} ({found}). "
            "Give more of the lines around the one you mean, or set replace_all."
        )
    return found


def _excerpt(text: str, line: int, new: str) -> str:
    """Return the changed lines and some around them, numbered as read_file does."""
    first = max(1, line - _AROUND)
    last = min(line + new.count("\n") + _AROUND, first + _SHOWN_LINES - 1)
    lines = text.split("\n")[first - 1 : last]
    return "\n".join(f"{number}\t{_shown(line)}" for number, line in enumerate(lines, first))


def _shown(line: str) -> str:
    return printable(line.removesuffix("\r")[:_LINE_CHARACTERS])
