"""write_file: a whole file, new or in place of the old one."""

from __future__ import annotations

import os
from typing import Annotated

from rookery.errors import ToolError
from rookery.tools.base import ToolContext, current_context
from rookery.tools.beneath import open_file
from rookery.tools.function import tool
from rookery.tools.place import Place
from rookery.tools.replace import alone, find, replace_file
from rookery.tools.state import SeenFiles
from rookery.tools.text import BOM, decode, encode, has_crlf, to_crlf

_LOOK = 1 << 20
"""How much of the old file is read to tell its line ends."""


@tool
def write_file(
    path: Annotated[str, "The file, relative to the workspace; folders are made as needed"],
    content: Annotated[str, "The whole new content of the file"],
) -> str:
    """Write a text file as a whole. A file that exists must have been read before, and be as it
    was then; permissions and line ends stay as they are. To change a part of a file, use
    edit_file.
    """
    ctx = current_context()
    place = ctx.workspace.place(path)
    with alone(place):
        before = find(place)
        if before is not None:
            _demand_known(place, before, ctx)
            content = _in_style_of(place, content)
        data = encode(content, place)
        after = replace_file(place, data, before, proceed=ctx.demand_going_on)
        ctx.state.of(SeenFiles).note(place, after)
    lines = data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
    what = "Wrote new file" if before is None else "Replaced"
    return f"{what} {place} ({lines:,} lines, {len(data):,} bytes)."


def _demand_known(place: Place, before: os.stat_result, ctx: ToolContext) -> None:
    """Refuse to destroy what the model never saw."""
    if not ctx.read_before_write:
        return
    known = ctx.state.of(SeenFiles).knows(place, before)
    if known is None:
        raise ToolError(
            f"{place} exists and was not read in this run. Read it first, "
            "change it with edit_file, or write to another path."
        )
    if not known:
        raise ToolError(f"{place} was changed since it was read. Read it again first.")


def _in_style_of(place: Place, content: str) -> str:
    with open_file(place) as file:
        start = decode(file.read(_LOOK))
    if has_crlf(start):
        content = to_crlf(content)
    return BOM + content if start.startswith(BOM) and not content.startswith(BOM) else content
