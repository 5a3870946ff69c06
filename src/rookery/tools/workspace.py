"""The folders that an agent's file tools work in, and cannot leave."""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import BinaryIO

from rookery.errors import AgentError, ToolError
from rookery.tools.beneath import open_file
from rookery.tools.place import Place, show

StrPath = str | os.PathLike[str]

PRIVATE = ".rookery"
"""The folder in a workspace that holds what tools put aside; searches do not enter it."""

_LONGEST = 4096
"""Bytes of a path from which on Linux takes it no more; longer ones could be made step by step."""

_SHOWN = 200
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Workspace:
    """A folder, and further ones by name.

    Paths are relative to the folder; or begin with `@name/` and go on from the folder of that
    name; or are absolute and inside one of them. Every method that takes a path raises ToolError
    with a message for the model: for a path that leads outside (through `..`, as an absolute path
    or by a link), and for what the operating system refuses.
    """

    def __init__(
        self,
        root: StrPath,
        *,
        roots: Mapping[str, StrPath] | None = None,
        writable: Collection[str] = (),
    ) -> None:
        """Take the folder `root` and those of `roots` by name; all must exist.

        Of the further folders only those named in `writable` may be written to. Where one folder
        is inside of another, the inner one's rule holds. Raises AgentError.
        """
        self.root = _folder(root)
        self._check: Callable[[Place], None] | None = None
        self._root = str(self.root)
        self._roots = [Place(self._root)]
        for name, folder in (roots or {}).items():
            if not _NAME.fullmatch(name):
                raise AgentError(
                    f"{name!r} cannot name a folder of the workspace: letters, digits, '_', '-'."
                )
            place = Place(str(_folder(folder)), (), (f"@{name}",), name in writable)
            self._roots.append(place)
        if isinstance(writable, str) or not set(writable) <= set(roots or {}):
            raise AgentError(f"writable must hold names of the further folders, not {writable!r}.")
        self._by_prefix = {place.prefix[0]: place for place in self._roots if place.prefix}
        self._roots.sort(key=lambda place: -len(place.root))  # the innermost is found first

    def __repr__(self) -> str:
        return f"Workspace({self._root!r})"

    @property
    def names(self) -> list[str]:
        """How paths into the further folders begin, such as `@docs`."""
        return list(self._by_prefix)

    @property
    def others(self) -> list[Place]:
        """The further folders."""
        return list(self._by_prefix.values())

    def resolve(self, path: StrPath) -> Path:
        """Return the absolute path with its links resolved; it need not exist.

        What is at a path can change after it was resolved: to read a file, use `open`.
        """
        return Path(self.place(path).path)

    def relative(self, path: StrPath) -> str:
        """Return the path from the root, with `/`, as tools print it; the root is `.`."""
        return str(self.place(path))

    def open(self, path: StrPath) -> BinaryIO:
        """Open a regular file for reading bytes. Never waits, not even on a FIFO."""
        return open_file(self.place(path))

    def guarded(self, check: Callable[[Place], None]) -> Workspace:
        """Return the same folders, where only places that `check` lets pass can be had.

        It raises ToolError for others. What it was asked about is what is opened.
        """
        guarded = copy.copy(self)
        guarded._check = check
        return guarded

    def place(self, path: StrPath) -> Place:
        """Return where a path leads, its links resolved; it need not exist."""
        place = self._find(path)
        if self._check is not None:
            self._check(place)
        return place

    def _find(self, path: StrPath) -> Place:
        text = os.fspath(path)
        if not isinstance(text, str):
            raise ToolError(f"A path is text, not {type(text).__name__}.")
        if "\0" in text:
            raise ToolError("A path cannot contain NUL characters.")
        first, _, rest = text.partition("/")
        named = self._by_prefix.get(first)
        start = os.path.join(named.root, rest.lstrip("/")) if named else text  # noqa: PTH118 -- text in, text out
        try:
            real = os.path.realpath(os.path.join(self._root, start))  # noqa: PTH118
            if len(os.fsencode(real)) >= _LONGEST:
                raise ToolError(f"The path is too long: {show([text[:_SHOWN]])}…")
        except (OSError, ValueError) as error:
            raise ToolError(f"{show([text])} is not a path: {error}") from error
        for place in self._roots:
            if real == place.root:
                return place
            inside = place.root if place.root.endswith(os.sep) else place.root + os.sep
            if real.startswith(inside):
                return place.below(*Path(real.removeprefix(inside)).parts)
        others = f" Other folders: {', '.join(self.names)}." if self.names else ""
        raise ToolError(
            f"{show([text])} is outside the workspace. Use a path relative to its root, "
            f"such as src/main.py.{others}"
        )


def _folder(path: StrPath) -> Path:
    try:
        folder = Path(os.path.realpath(path))
        is_folder = folder.is_dir()
    except (TypeError, ValueError):  # it is no path at all, or has a NUL
        is_folder = False
    if not is_folder:
        raise AgentError(f"The workspace {path!s} is not a folder.")
    return folder
