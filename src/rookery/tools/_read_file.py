"""read_file: the lines of a text file, numbered."""

from __future__ import annotations

import os
from typing import Annotated, BinaryIO

from msgspec import Meta

from rookery.errors import ToolError
from rookery.tools.base import current_context
from rookery.tools.beneath import open_file
from rookery.tools.function import tool
from rookery.tools.lines import is_binary, read_lines, skip_lines
from rookery.tools.location import OUTPUT_CHARACTERS
from rookery.tools.state import SeenFiles

LINE_CHARACTERS = 2_000
COUNTED_BYTES = 64 << 20
"""How much after the lines shown is read to tell how many lines there are."""


@tool(read_only=True)
def read_file(
    path: Annotated[str, "The file, relative to the workspace"],
    offset: Annotated[int, Meta(ge=1), "Number of the first line to read"] = 1,
    limit: Annotated[int, Meta(ge=1), "How many lines to read at most"] = 2_000,
) -> str:
    """Read a text file. The first line of the answer names the file and the range of lines; each
    further one is a line's number, a tab, and the line. A last line in parentheses says with
    which offset to continue.
    """
    context = current_context()
    place = context.workspace.place(path)
    name = str(place)
    with open_file(place) as file:
        found = os.fstat(file.fileno())
        size = found.st_size
        if is_binary(file):
            raise ToolError(f"{name} is a binary file of {size:,} bytes; only text can be read.")
        passed = skip_lines(file, offset - 1)
        shown = _lines(file, offset, limit)
        context.state.of(SeenFiles).note(place, found)
        if not shown:
            return _nothing(name, passed)
        total = _total(file, size, offset + len(shown) - 1)
    last = offset + len(shown) - 1
    header = f"{name} (lines {offset}-{last} of {total or 'many more'})"
    more = [] if total == last else [f"(continue with offset={last + 1})"]
    return "\n".join([header, *shown, *more])


def _lines(file: BinaryIO, offset: int, limit: int) -> list[str]:
    """Return the numbered lines that fit into the output, one at least."""
    shown: list[str] = []
    room = OUTPUT_CHARACTERS
    position = file.tell()
    # Four bytes make at most one character more than is shown, so a cut is always noticed.
    for number, raw in enumerate(read_lines(file, 4 * (LINE_CHARACTERS + 1)), offset):
        line = f"{number}\t{_cut(raw.decode('utf-8', 'replace'))}"
        room -= len(line) + 1
        if len(shown) == limit or (room < 0 and shown):
            file.seek(position)
            break
        shown.append(line)
        position = file.tell()
    return shown


def _cut(text: str) -> str:
    return text if len(text) <= LINE_CHARACTERS else text[:LINE_CHARACTERS] + "… (line cut)"


def _nothing(name: str, lines: int) -> str:
    if lines == 0:
        return f"{name} (empty)"
    raise ToolError(f"{name} has {lines} lines: there is nothing at the offset.")


def _total(file: BinaryIO, size: int, last: int) -> int | None:
    """Return the number of lines in the file; None if that takes too long to find out."""
    if size - file.tell() > COUNTED_BYTES:
        return None
    return last + skip_lines(file, COUNTED_BYTES)
