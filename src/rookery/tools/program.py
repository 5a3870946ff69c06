"""Finds programs as bash does, but never in a folder that commands can write to."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

NOT_FOUND = 127
NOT_EXECUTABLE = 126


class Missing(NamedTuple):
    """A program that cannot be run, in the words and with the status of bash."""

    status: int
    problem: str


class Programs:
    """Where the programs of commands are."""

    def __init__(self, path: str, writable: Sequence[Path]) -> None:
        """Take the folders of a PATH that are absolute and outside the `writable` ones."""
        self._writable = [os.path.realpath(folder) for folder in writable]
        self.folders = tuple(
            folder
            for folder in path.split(os.pathsep)
            if Path(folder).is_absolute() and not self._can_change(folder)
        )
        self._known: dict[str, str] = {}

    def command(self, argv: tuple[str, ...], folder: str) -> tuple[str, ...] | Missing:
        """Return a command with its program found: that of a script that names none is bash."""
        path = self.find(argv[0], folder)
        if isinstance(path, Missing):
            return path
        shell = self.find("bash", folder) if _names_nothing(path) else None
        if isinstance(shell, str):
            return (shell, "--", argv[0] if "/" in argv[0] else path, *argv[1:])
        return (path, *argv[1:])

    def find(self, name: str, folder: str) -> str | Missing:
        """Return the absolute path of a program; a name with a slash is one from `folder`."""
        if "/" in name:
            path = str(Path(folder, name))
            return _unusable(path, name) or path
        if not name or name in {".", ".."}:
            return Missing(NOT_FOUND, f"{name}: command not found")
        if name not in self._known:
            found = self._search(name)
            if isinstance(found, Missing):
                return found
            self._known[name] = found
        return self._known[name]

    def _search(self, name: str) -> str | Missing:
        second: Missing | None = None
        for folder in self.folders:
            path = f"{folder}/{name}"
            problem = _unusable(path, path)
            if problem is None and not self._can_change(path):
                return path
            if problem is not None and problem.status == NOT_EXECUTABLE and not _is_folder(path):
                second = second or problem
        return second or Missing(NOT_FOUND, f"{name}: command not found")

    def _can_change(self, path: str) -> bool:
        real = Path(os.path.realpath(path))
        return any(real.is_relative_to(folder) for folder in self._writable)


def _unusable(path: str, shown: str) -> Missing | None:
    """Return why bash could not run a file; None: it could."""
    try:
        mode = Path(path).stat().st_mode
    except OSError as error:
        refused = isinstance(error, PermissionError)
        return Missing(NOT_EXECUTABLE if refused else NOT_FOUND, f"{shown}: {error.strerror}")
    if stat.S_ISDIR(mode):
        return Missing(NOT_EXECUTABLE, f"{shown}: Is a directory")
    if not os.access(path, os.X_OK):
        return Missing(NOT_EXECUTABLE, f"{shown}: Permission denied")
    return None


def _names_nothing(path: str) -> bool:
    """Whether a file is text without `#!`; bash tells text by the first line of 80 bytes."""
    try:
        with Path(path).open("rb") as file:
            head = file.read(80)
    except OSError:
        return False
    return not head.startswith(b"#!") and b"\0" not in head.partition(b"\n")[0]


def _is_folder(path: str) -> bool:
    return Path(path).is_dir()
