"""What in a workspace reaches further than its files: git repositories, and sockets.

Whoever runs git in a workspace runs its hooks, and what its configuration names: so a command
that may write there could act outside of its sandbox later. And a socket leads to a program.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from pathlib import Path, PurePath
from typing import NamedTuple

SETTINGS = (".rookery", ".claude", ".mcp.json", "rookery.toml")
"""Of the workspace: what tells agents what they may do, and which programs they start."""

KEPT = ("hooks", "config", "config.worktree", "commondir")
"""Of a repository: what is read-only for commands, where it is there."""

MOST = 256
"""Repositories that are protected; more would make starting a command slow."""

_FOLDERS = 20_000
_UNVISITED = frozenset({"node_modules", "__pycache__", "site-packages", ".tox", ".venv"})
_SHARE = 20
"""Looking for repositories takes at most a twentieth of the time."""


class Found(NamedTuple):
    """Repositories below a folder; paths are relative to it."""

    stores: tuple[PurePath, ...]
    """Folders of a repository's own files: `.git`, those of submodules, bare ones."""
    pointers: tuple[PurePath, ...]
    """Files named `.git`, and links: they say where such a folder is."""
    sockets: tuple[PurePath, ...]
    """Sockets of programs outside."""
    complete: bool
    """Whether all folders were looked at."""


def find(workspace: Path) -> Found:
    """Look for repositories in every folder, up to 20,000; not where packages are installed."""
    stores: list[PurePath] = []
    pointers: list[PurePath] = []
    sockets: list[PurePath] = []
    todo = [PurePath()]
    seen = 0
    while todo and seen < _FOLDERS:
        folder = todo.pop()
        seen += 1
        entries = _entries(workspace / folder)
        names = {entry.name for entry in entries}
        # What is named .git counts, whatever is in it: a command could take that away for a while.
        if folder.name == ".git" or {"HEAD", "objects", "refs"} <= names:
            stores.append(folder)
            todo += [folder / "modules"] if "modules" in names else []
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _UNVISITED:
                    todo.append(folder / entry.name)
            elif entry.name == ".git":
                pointers.append(folder / entry.name)
            elif _is_socket(entry):
                sockets.append(folder / entry.name)
    return Found(tuple(sorted(stores)), tuple(sorted(pointers)), tuple(sockets), not todo)


def _is_socket(entry: os.DirEntry[str]) -> bool:
    if entry.is_file(follow_symlinks=False) or entry.is_symlink():
        return False
    with contextlib.suppress(OSError):
        return stat.S_ISSOCK(entry.stat(follow_symlinks=False).st_mode)
    return False


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []


class _Looked(NamedTuple):
    found: Found
    until: float


_looked: dict[Path, _Looked] = {}


def known(workspace: Path) -> Found:
    """Return what `find` found a moment ago, or look anew; a moment is longer in large folders."""
    last = _looked.get(workspace)
    if last is not None and time.monotonic() < last.until:
        return last.found
    return look(workspace)


def look(workspace: Path) -> Found:
    """Look anew."""
    start = time.monotonic()
    found = find(workspace)
    end = time.monotonic()
    if len(_looked) >= 64:
        _looked.clear()
    _looked[workspace] = _Looked(found, end + _SHARE * (end - start))
    return found
