"""What was found in a project, and what became of it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from rookery.project.text import one_line

Kind = Literal["used", "ignored", "problem"]

_MOST = 200
"""Notes that are kept: a stranger's folder may give cause for any number."""


class Note(Struct, frozen=True):
    """One thing that was found."""

    kind: Kind
    """`ignored`: it is left out by rule; `problem`: it cannot be used as it is."""
    where: str
    """The file, and the line where one is known: `.claude/agents/test.md:3`."""
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


class Notes:
    """The notes of a project, in the order in which things were found."""

    def __init__(self) -> None:
        """Begin with none."""
        self.folder = ""
        """What is written before the names of files: that of the folder they are in."""
        self._notes: list[Note] = []
        self._more = 0

    @property
    def all(self) -> tuple[Note, ...]:
        """All that were kept, and how many more there were."""
        if not self._more:
            return tuple(self._notes)
        return (*self._notes, Note("problem", "project", f"and {self._more} more of these"))

    def add(self, kind: Kind, where: str, text: str) -> None:
        """Keep a note; what it quotes is made safe to print on one line."""
        if len(self._notes) < _MOST:
            self._notes.append(Note(kind, one_line(self.folder + where), one_line(text)))
        else:
            self._more += 1
