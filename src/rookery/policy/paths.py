"""Path patterns of rules, in the language of gitignore (git-scm.com/docs/gitignore).

`//etc/**` is absolute, `~/notes` is in the home directory, `@docs/**` in the further folder of
that name; `/src`, `./src` and `src/app` begin at the workspace. A pattern without a slash before
its end, or that begins with `**/`, holds at any depth of every folder of the workspace. A pattern
that matches a folder holds for all that is in it. Regular expressions come out, so that a search
in another process can keep to them, too.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from rookery.errors import PolicyError, ToolError

_NAMED = re.compile(r"@[A-Za-z0-9_-]{1,64}")
_MAGIC = re.compile(r"[\\*?\[]")
_ESCAPE = re.compile(r"[\\*?\[\]]")


class Place(Protocol):
    """Where a path leads."""

    @property
    def root(self) -> str:
        """The folder of the workspace that it is in, absolute."""
        ...

    @property
    def path(self) -> str:
        """The absolute path, without links."""
        ...


class Folders(Protocol):
    """The folders that tools work in."""

    @property
    def names(self) -> Sequence[str]:
        """How paths into the further folders begin, such as `@docs`."""
        ...

    def place(self, path: str) -> Place:
        """Return where a path leads, its links resolved. Raises ToolError for one outside."""
        ...


class PathPattern(Struct, frozen=True):
    """A pattern: names, of what is below `base`."""

    base: str | None
    """An absolute folder, the name of a further one (`@docs`), `.` for the workspace; None: any
    folder of it."""
    parts: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> PathPattern:
        """Read a pattern. Raises PolicyError that says what is wrong with it."""
        if text.startswith("!"):
            raise PolicyError(f"{text}: a pattern cannot be negated; use another list of rules.")
        start, rest, anchored = _base(text)
        base: str | None = start
        parts = [part for part in rest.split("/") if part not in {"", "."}]
        if ".." in parts:
            raise PolicyError(f"{text}: a pattern cannot contain '..'.")
        if not parts and not anchored:
            raise PolicyError("The pattern of a path is empty; ** matches every file.")
        if not anchored and (len(parts) == 1 or parts[0] == "**"):
            parts, base = ["**", *parts], None
        _expression(parts)
        return cls(base, tuple(parts))

    def expressions(self, folders: Folders, *, links: bool) -> list[str]:
        """Return what absolute paths must match in full; none if the folder does not exist.

        With `links`, a link among the names that the pattern begins with stands for its target.
        """
        found = []
        for base in [".", *folders.names] if self.base is None else [self.base]:
            try:
                root = folders.place(base).path if base[0] in ".@" else os.path.realpath(base)
            except ToolError:
                continue
            found.append(_below(root, self.parts))
            if links:
                plain = list(itertools.takewhile(lambda part: not _MAGIC.search(part), self.parts))
                target = os.path.realpath(os.path.join(root, *plain))  # noqa: PTH118 -- text in, text out
                found.append(_below(target, self.parts[len(plain) :]))
        return found


def _base(text: str) -> tuple[str, str, bool]:
    """Return the folder, the rest of the pattern, and whether it was said where it begins."""
    first, slash, rest = text.partition("/")
    if text.startswith("//"):
        return "/", text[2:], True
    if first == "~":
        return str(Path.home()), rest, True
    if _NAMED.fullmatch(first) and slash:
        return first, rest, True
    return ".", text, first == "." or text.startswith("/")


def _below(root: str, parts: Sequence[str]) -> str:
    return re.escape(root.rstrip("/")) + _expression(parts)


def _expression(parts: Sequence[str]) -> str:
    """Return what these names match, and all that is in it."""
    pieces = [
        r"(?:/[^/]+)*" if part == "**" else "/" + _name(part)
        for before, part in itertools.pairwise(["", *parts])
        if not before == part == "**"  # which says nothing more
    ]
    return "".join(pieces) + r"(?:/.*)?"


def _name(part: str) -> str:
    """Translate one name of a pattern."""
    out, at = [], 0
    while at < len(part):
        char = part[at]
        at += 1
        if char == "*":
            out.append("[^/]*")
        elif char == "?":
            out.append("[^/]")
        elif char == "[":
            end = part.find("]", at + 2 if part[at : at + 1] in {"!", "^"} else at + 1)
            if end < 0:
                raise PolicyError(f"{part}: '[' without ']'; a bracket itself is \\[.")
            out.append(_set(part[at:end]))
            at = end + 1
        elif char == "\\" and at < len(part):
            out.append(re.escape(part[at]))
            at += 1
        else:
            out.append(re.escape(char))
    return "".join(out)


def _set(inner: str) -> str:
    negated = inner[:1] in {"!", "^"}
    body = inner[1:] if negated else inner
    body = re.sub(r"[\\\[&~|^]", lambda match: "\\" + match[0], body)
    expression = f"(?!/)[{'^' if negated else ''}{body}]"
    try:
        re.compile(expression)
    except re.error as error:
        raise PolicyError(f"[{inner}] is not a set of characters: {error}.") from error
    return expression


def literal(folders: Folders, path: str) -> str:
    """Return the pattern of exactly this path of the workspace. Raises ToolError outside it."""
    place = folders.place(path)
    roots = {folders.place(name).path: name for name in folders.names}
    below = os.path.relpath(place.path, place.root)
    return f"{roots.get(place.root, '.')}/{_ESCAPE.sub(lambda match: chr(92) + match[0], below)}"


class Folder:
    """One folder, where no workspace is at hand."""

    names: tuple[str, ...] = ()

    def __init__(self, path: str = ".") -> None:
        """Take the folder at `path`."""
        self.root = self.path = os.path.realpath(path)

    def place(self, path: str) -> Place:
        """Return where a path leads. Raises ToolError for one outside."""
        real = os.path.realpath(os.path.join(self.root, path))  # noqa: PTH118 -- text in, text out
        if real != self.root and not real.startswith(self.root.rstrip("/") + "/"):
            raise ToolError(f"{path} is outside the folder.")
        found = Folder(self.root)
        found.path = real
        return found
