"""The log files below a path, as entries: bounded, and nothing outside of the workspace."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from rookery.demo.loglines import Entry, read_entries, year_of
from rookery.errors import ToolError
from rookery.tools.workspace import Workspace

MOST_FILES = 500
MOST_LINES = 2_000_000


class Logs:
    """The entries of all log files below a path of a workspace, each with the file's name."""

    def __init__(self, workspace: Workspace, path: str) -> None:
        """Read what is below `path`, a file or a folder. Raises ToolError: there is none."""
        self._workspace = workspace
        self._target = workspace.resolve(path)
        self.notes: list[str] = []
        """What was passed over, and why; complete once all entries were read."""
        if not _exists(self._target):
            raise ToolError(f"There is no file or folder {path!r} in the workspace.")

    def __iter__(self) -> Iterator[tuple[str, Entry]]:
        """Yield the entries, file by file."""
        files = list(islice(_files(self._workspace, self._target), MOST_FILES + 1))
        if len(files) > MOST_FILES:
            self.notes.append(f"Note: only the first {MOST_FILES} files were read.")
        readable = [file for file in files[:MOST_FILES] if self._is_readable(file)]
        # Where one log leaves out the year, another of the same system may tell it.
        year = next((found for file in readable if (found := year_of(file)) is not None), None)
        count = 0
        for file in readable:
            name = self._workspace.relative(file)
            assumed = year or datetime.fromtimestamp(file.stat().st_mtime, UTC).year
            for entry in islice(read_entries(file, year=assumed), MOST_LINES - count):
                count += 1
                yield name, entry
        if count >= MOST_LINES:
            self.notes.append(f"Note: reading stopped after {MOST_LINES} lines.")

    def _is_readable(self, file: Path) -> bool:
        name = self._workspace.relative(file)
        try:
            with file.open("rb") as opened:
                is_text = b"\0" not in opened.read(4096)
        except OSError as error:
            self.notes.append(f"Note: {name} could not be read ({error.strerror}).")
            return False
        if not is_text:
            self.notes.append(f"Note: {name} is not text and was skipped.")
        return is_text


def _exists(target: Path) -> bool:
    try:
        return target.exists()
    except OSError:  # such as a name that is too long
        return False


def _files(workspace: Workspace, target: Path) -> Iterator[Path]:
    """Regular files below the target in order, hidden ones and links that lead outside left out."""
    if target.is_file():
        yield target
        return
    for folder, folders, names in os.walk(target):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(folder, name)
            if not name.startswith(".") and _is_inside(workspace, file):
                yield file


def _is_inside(workspace: Workspace, file: Path) -> bool:
    try:
        return file.is_file() and workspace.resolve(file).is_file()
    except (OSError, RuntimeError, ToolError):
        return False
