"""How tools print: places in files as `path:LINE:text`, and no more than fits.

Standard library only: the search process of grep runs it without installed packages.
"""

from __future__ import annotations

import re
from typing import NamedTuple

OUTPUT_CHARACTERS = 30_000
"""How much one call of a built-in tool may print; a note more, or one line where it is longer."""

_LOCATION = re.compile(r"(?P<path>[^\n]+?):(?P<line>[1-9]\d*):(?P<text>[^\n]*)\n?")


class Location(NamedTuple):
    """A line of a file."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.text}"


def split_location(line: str) -> Location | None:
    """Return the parts of a line that grep printed; None if it names no place.

    Context lines (`path-LINE-text`) and notes in parentheses name none.
    """
    match = _LOCATION.fullmatch(line)
    return Location(match["path"], int(match["line"]), match["text"]) if match else None
