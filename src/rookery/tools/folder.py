"""`cd`, as bash does it, within a workspace."""

from __future__ import annotations

import os
from pathlib import Path

from rookery.errors import ToolError
from rookery.tools.workspace import Workspace


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
