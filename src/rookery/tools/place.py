"""A place in the tree: a folder that is open to a run, and the way from there.

Standard library only: the search process of grep runs it without installed packages.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rookery.errors import ToolError


class Place(NamedTuple):
    """What a path names once its links are resolved; as text, the path that tools print."""

    root: str
    """The absolute path of a folder."""
    parts: tuple[str, ...] = ()
    """The names from there; none of them is a link when the place is made."""
    prefix: tuple[str, ...] = ()
    """What stands for the root in printed paths: nothing, or `@name`."""
    writable: bool = True

    def __str__(self) -> str:
        return show((*self.prefix, *self.parts))

    @property
    def path(self) -> str:
        """The absolute path."""
        return str(Path(self.root, *self.parts))

    @property
    def name(self) -> str:
        """The last name; `.` for the root."""
        return self.parts[-1] if self.parts else "."

    @property
    def parent(self) -> Place:
        """The folder that it is in; the root is its own."""
        return self._replace(parts=self.parts[:-1])

    def below(self, *names: str) -> Place:
        """Return what these names lead to from here. Raises ToolError for what is no name."""
        for name in names:
            if name in {"", ".", ".."} or "/" in name:
                raise ToolError(f"{show([name])} is not the name of a file.")
        return self._replace(parts=(*self.parts, *names))


def show(parts: Sequence[str]) -> str:
    """Return a path as text that can be printed on one line and sent as JSON.

    File names may hold line breaks and bytes that are not UTF-8; these become U+FFFD, so that a
    name can neither forge a line of output nor break the request it goes into.
    """
    path = "/".join(parts) or "."
    return path if path.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in path)
