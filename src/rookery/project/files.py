"""Reads the files of a folder that a stranger may have filled."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rookery.errors import ToolError
from rookery.project.note import Notes
from rookery.project.text import clean
from rookery.tools.beneath import list_folder
from rookery.tools.workspace import StrPath, Workspace

LARGEST = 256 * 1024
"""Bytes of a file that is read at all."""

MOST = 50
"""Agents, and skills, that are read."""


class Files:
    """A folder, whose files are read without ever leaving it: not by `..`, nor by a link."""

    def __init__(
        self, root: StrPath, settings: str = ".claude", roots: Mapping[str, StrPath] | None = None
    ) -> None:
        """Take the folder `root` and `roots` by name; agents and skills are in `settings` of it.

        Raises AgentError where one is no folder.
        """
        self.workspace = Workspace(root, roots=roots)
        self.root = self.workspace.root
        self._settings = settings

    def below(self, *names: str) -> str:
        """Return the path of something in the folder of settings."""
        return "/".join(name for name in (self._settings, *names) if name)

    def has(self, path: str) -> bool:
        """Whether there is anything under this path, be it a link that leads nowhere."""
        try:
            (self.root / path).lstat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            pass  # who reads it is told why it cannot be read
        return True

    def read(self, path: str) -> str:
        """Return the text of a file. Raises ToolError with the reason why it cannot be had."""
        with self.workspace.open(path) as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise ToolError(f"it is larger than {LARGEST // 1024} KiB, and not read")
        if b"\0" in data:
            raise ToolError("it is no text")
        return clean(data.decode("utf-8-sig", "replace"))

    def names(self, path: str) -> list[str]:
        """Return what a folder holds, in the order of names; nothing where it is not there.

        Raises ToolError.
        """
        if not self.has(path):
            return []
        found = list_folder(self.workspace.place(path))
        return sorted(entry.name for entry in found if not entry.name.startswith("."))

    def folder(self, path: str) -> Path:
        """Return the absolute path of a folder, its links resolved. Raises ToolError."""
        return self.workspace.resolve(path)


def names_told(files: Files, folder: str, notes: Notes) -> list[str]:
    """Return what a folder of settings holds; why it cannot be had is told."""
    path = files.below(folder)
    try:
        return files.names(path)
    except ToolError as error:
        notes.add("problem", path, error.message)
        return []
