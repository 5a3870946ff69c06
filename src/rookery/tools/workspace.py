"""The folder that an agent's file tools work in, and cannot leave."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from rookery.errors import AgentError, ToolError
from rookery.tools.beneath import open_file, show


class Workspace:
    """A folder. Paths given to it are relative to it, or absolute and inside it.

    Every method raises ToolError with a message for the model: for a path that leads outside
    (through `..`, as an absolute path or by a link), and for what the operating system refuses.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        """Take the folder `root`, which must exist. Raises AgentError."""
        try:
            self.root = Path(os.path.realpath(root))
            is_folder = self.root.is_dir()
        except (TypeError, ValueError):  # it is no path at all, or has a NUL
            is_folder = False
        if not is_folder:
            raise AgentError(f"The workspace {root!s} is not a folder.")
        self._root = str(self.root)

    def __repr__(self) -> str:
        return f"Workspace({self._root!r})"

    def resolve(self, path: str | os.PathLike[str]) -> Path:
        """Return the absolute path with its links resolved; it need not exist.

        What is at a path can change after it was resolved: to read a file, use `open`.
        """
        return self.root.joinpath(*self.parts(path))

    def relative(self, path: str | os.PathLike[str]) -> str:
        """Return the path from the root, with `/`, as tools print it; the root is `.`."""
        return show(self.parts(path))

    def open(self, path: str | os.PathLike[str]) -> BinaryIO:
        """Open a regular file for reading bytes. Never waits, not even on a FIFO."""
        return open_file(self._root, self.parts(path))

    def parts(self, path: str | os.PathLike[str]) -> tuple[str, ...]:
        """Return the components of the resolved path below the root."""
        text = os.fspath(path)
        if "\0" in text:
            raise ToolError("A path cannot contain NUL characters.")
        try:
            real = os.path.realpath(os.path.join(self._root, text))  # noqa: PTH118 -- text in, text out
        except (OSError, ValueError) as error:
            raise ToolError(f"{show([text])} is not a path: {error}") from error
        if real == self._root:
            return ()
        inside = self._root if self._root.endswith(os.sep) else self._root + os.sep
        if not real.startswith(inside):
            raise ToolError(
                f"{show([text])} is outside the workspace. Use a path relative to its root, "
                "such as src/main.py."
            )
        return Path(real.removeprefix(inside)).parts
