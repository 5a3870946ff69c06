"""The folder that commands are in, and `cd`, as bash does it, within a workspace."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from rookery.errors import ToolError
from rookery.tools.workspace import Workspace

if TYPE_CHECKING:
    from rookery.tools.base import ToolContext


def begins_in(context: ToolContext) -> str:
    """Return the folder that a command begins in: where it was decided about, if it was.

    Raises ToolError where that is gone.
    """
    if context.folder is None:
        return context.state.of(CurrentFolder).within(context.workspace)
    if not inside(context.folder, context.workspace):
        raise ToolError(f"The folder {context.folder} is gone.")
    return context.folder


class CurrentFolder:
    """The folder that the next command of a run begins in."""

    def __init__(self) -> None:
        """Begin in the root of the workspace."""
        self._path: str | None = None

    def within(self, workspace: Workspace) -> str:
        """Return it; the root, where it is no folder of the workspace any more."""
        if self._path is None or not inside(self._path, workspace):
            return str(workspace.root)
        return self._path

    def reminder(self) -> str:
        """Return what of it must be known where older turns are left out."""
        return f"Commands begin in the folder {self._path}." if self._path else ""

    def move(self, path: str) -> None:
        """Have the next command begin in another one."""
        self._path = path


def change_folder(folder: str, path: str, workspace: Workspace) -> str:
    """Return the folder that `cd path` leads to from `folder`. Raises ToolError.

    As in bash, `..` after a link goes back to where the link is.
    """
    if not path:
        return folder
    wanted = path if path.startswith("/") else f"{folder}/{path}"
    reached: list[str] = []
    for part in wanted.split("/"):
        if part == "..":
            _demand_folder("/" + "/".join(reached), path)
            del reached[-1:]
        elif part not in {"", "."}:
            reached.append(part)
    new = "/" + "/".join(reached)
    _demand_folder(new, path)
    if not inside(new, workspace):
        raise ToolError(
            f"cd: {path}: that is outside the workspace; commands stay in {workspace.root}"
        )
    return new


def inside(folder: str, workspace: Workspace) -> bool:
    """Whether this is a folder of the workspace."""
    try:
        place = workspace.place(folder)
    except ToolError:
        return False
    return Path(place.path).is_dir()


def _demand_folder(path: str, shown: str) -> None:
    try:
        os.stat(f"{path}/.")  # noqa: PTH116 -- Path drops the dot
        problem = "" if os.access(path, os.X_OK) else "Permission denied"
    except OSError as error:
        problem = error.strerror or str(error)
    if problem:
        raise ToolError(f"cd: {shown}: {problem}")
