"""Path patterns: `*`, `?`, `[...]`, `**` for any number of folders, `{a,b}` for alternatives.

A pattern is followed along a tree, one name at a time, with the set of places it may have
reached; so each folder is visited once, whatever the pattern. Standard library only: the search
process of grep runs it without installed packages.
"""

from __future__ import annotations

import fnmatch
import itertools
import re
from collections.abc import Callable, Iterable, Sequence

from rookery.errors import ToolError

SKIPPED = frozenset({".git", ".hg", ".rookery", ".svn", ".venv", "__pycache__", "node_modules"})
"""Folders that hold no work of the user's: searches enter them only when they are named."""

Places = frozenset[tuple[int, int]]
"""Where a path stands in a pattern: (alternative, how many of its parts are used up)."""

_ALTERNATIVES = 256
_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")
_MAGIC = re.compile(r"[*?\[]")
_ANY_DEPTH = "**"


class Pattern:
    """A compiled pattern."""

    def __init__(self, text: str, *, hidden: bool = False) -> None:
        """Compile `text`; with `hidden`, `*` and `**` match names that start with a dot, too.

        Raises ToolError for a pattern that leaves its folder.
        """
        self._hidden = hidden
        self._parts = [_split(alternative) for alternative in _expand(text)]
        self._tests = [[_test(part) for part in parts] for parts in self._parts]
        self.start: Places = self._settle((number, 0) for number in range(len(self._parts)))

    def step(self, places: Places, name: str) -> Places:
        """Return the places after going to `name`; none if nothing below can match."""
        reached = set()
        for alternative, used in places:
            parts = self._parts[alternative]
            if used == len(parts):
                continue
            if parts[used] == _ANY_DEPTH:
                if self._crosses(name):
                    reached.add((alternative, used))
            elif self._matches(alternative, used, name):
                reached.add((alternative, used + 1))
        return self._settle(reached)

    def ends(self, places: Places) -> bool:
        """Whether a path that reached these places matches as a whole."""
        return any(used == len(self._parts[alternative]) for alternative, used in places)

    def goes_on(self, places: Places) -> bool:
        """Whether a path below one that reached these places may match."""
        return any(used < len(self._parts[alternative]) for alternative, used in places)

    def matches(self, names: Sequence[str]) -> bool:
        """Whether a path, given as its components, matches."""
        places = self.start
        for name in names:
            places = self.step(places, name)
        return self.ends(places)

    def _settle(self, places: Iterable[tuple[int, int]]) -> Places:
        """Add the places reached by letting `**` stand for no folder at all."""
        settled = set()
        for alternative, used in places:
            settled.add((alternative, used))
            empty = itertools.takewhile(_ANY_DEPTH.__eq__, self._parts[alternative][used:])
            settled.update((alternative, used + count) for count, _ in enumerate(empty, 1))
        return frozenset(settled)

    def _crosses(self, name: str) -> bool:
        return name not in SKIPPED and (self._hidden or not name.startswith("."))

    def _matches(self, alternative: int, used: int, name: str) -> bool:
        if name.startswith(".") and not self._hidden:
            part = self._parts[alternative][used]
            return part.startswith(".") and self._tests[alternative][used](name)
        return self._tests[alternative][used](name)


def file_filter(text: str) -> Pattern:
    """Compile a filter of files: a pattern without `/` is one of the name, at any depth."""
    return Pattern(text if "/" in text else f"**/{text}", hidden=True)


def _test(part: str) -> Callable[[str], bool]:
    if not _MAGIC.search(part):
        return part.__eq__
    match = re.compile(fnmatch.translate(part)).match
    return lambda name: match(name) is not None


def _split(text: str) -> list[str]:
    if text.startswith("/"):
        raise ToolError(f"{text}: a pattern is relative to the workspace; leave out the first /.")
    parts = [part for part in text.split("/") if part not in {"", "."}]
    if ".." in parts:
        raise ToolError(f"{text}: a pattern cannot contain '..'; give the folder as path.")
    if not parts:
        raise ToolError("The pattern is empty; **/* matches every file.")
    # Repeated ** say nothing more, and every one of them costs a place.
    return [
        part
        for index, part in enumerate(parts)
        if not (part == _ANY_DEPTH and parts[index - 1 : index] == [_ANY_DEPTH])
    ]


def _expand(text: str) -> list[str]:
    """Return the alternatives that `{a,b}` stands for."""
    waiting, found = [text], []
    while waiting:
        braced = waiting.pop()
        match = _BRACES.search(braced)
        if match is None:
            found.append(braced)
        else:
            before, after = braced[: match.start()], braced[match.end() :]
            waiting += [before + choice + after for choice in match[1].split(",")]
        if len(waiting) + len(found) > _ALTERNATIVES:
            raise ToolError(f"The pattern has more than {_ALTERNATIVES} alternatives.")
    return found
