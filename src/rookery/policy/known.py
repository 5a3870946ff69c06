"""The tools that rules know more of than a name: what a rule calls them, and what it compares."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct


class Compared(Enum):
    """What of a call the part of a rule in parentheses is compared with."""

    PATH = "path"
    COMMAND = "command"
    URL = "url"


class Known(Struct, frozen=True):
    """A tool, and what rules may call it besides its own name."""

    names: tuple[str, ...]
    """The names of Claude Code's rules that mean it, in every list; the last is the tool's own."""
    compared: Compared
    field: str
    """The field of the input that is compared."""
    default: str | None = None
    """What it is where the input leaves it out."""
    also: tuple[str, ...] = ()
    """Names that mean it in the lists `deny` and `ask` only."""
    edits: bool = False
    """Whether it changes files of the workspace and nothing else: the mode accept_edits."""


_PATH, _COMMAND, _URL = Compared

KNOWN: dict[str, Known] = {
    "read_file": Known(("Read",), _PATH, "path"),
    "grep": Known(("Read", "Grep"), _PATH, "path", "."),
    "glob": Known(("Read", "Glob"), _PATH, "path", "."),
    "list_dir": Known(("Read", "LS"), _PATH, "path", "."),
    "write_file": Known(("Edit", "Write"), _PATH, "path", edits=True),
    # Its answers show the lines around a change.
    "edit_file": Known(("Edit",), _PATH, "path", also=("Read",), edits=True),
    "bash": Known(("Bash",), _COMMAND, "command"),
    "web_fetch": Known(("WebFetch",), _URL, "url"),
}
"""By the tool's own name, which rules may use, too."""


def compares(tool: str) -> Compared | None:
    """Return what of calls of a tool is compared; None: fields."""
    known = KNOWN.get(tool)
    return known.compared if known else None


def compared_by(name: str) -> Compared | None:
    """Return what the parentheses of rules that say `name` are compared with; None: fields."""
    for tool, known in KNOWN.items():
        if name in {tool, *known.names}:
            return known.compared
    return None
