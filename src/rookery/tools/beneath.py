"""Opens what lies beneath a folder, and nothing else, whatever happens to the tree meanwhile.

A path is checked before it is opened, so somebody may swap a folder for a link in between. Here
every component is opened relative to the one before and must not be a link: a swap makes the
open fail, and can never lead outside. Callers give paths whose links are already resolved.

This module and what it imports use the standard library only: the search process of grep runs
it without installed packages.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Literal, NamedTuple

from rookery.errors import ToolError

Kind = Literal["file", "folder", "link", "other"]

_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
# O_NONBLOCK: opening a FIFO for reading would else wait for a writer, perhaps for ever.
_FILE = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)
_HAS_OPENAT = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")


class Entry(NamedTuple):
    """What a folder holds under one name."""

    name: str
    kind: Kind


def open_file(root: str, parts: Sequence[str]) -> BinaryIO:
    """Open a regular file for reading. Raises ToolError."""
    with _explained(parts):
        if not _HAS_OPENAT:
            return _open_checked(root, parts)
        with _folder(root, parts[:-1]) as parent:
            name = parts[-1] if parts else "."
            # Before the open, because to open some devices is to use them.
            _demand_file(os.stat(name, dir_fd=parent, follow_symlinks=False), parts)
            file = os.open(name, _FILE, dir_fd=parent)
        return _checked(file, parts)


def list_folder(root: str, parts: Sequence[str]) -> list[Entry]:
    """Return what a folder holds, in the order of the paths beneath it. Raises ToolError."""
    with _explained(parts):
        try:
            if not _HAS_OPENAT:
                return _listed(os.path.join(root, *parts))  # noqa: PTH118 -- text in, text out
            with _folder(root, parts) as folder:
                return _listed(folder)
        except NotADirectoryError as error:
            raise ToolError(f"{show(parts)} is not a folder.") from error


@contextlib.contextmanager
def _folder(root: str, parts: Sequence[str]) -> Iterator[int]:
    folder = os.open(root, _FOLDER & ~getattr(os, "O_NOFOLLOW", 0))
    try:
        for part in parts:
            inner = os.open(part, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)


def _listed(folder: int | str) -> list[Entry]:
    with os.scandir(folder) as entries:
        found = [Entry(entry.name, _kind(entry)) for entry in entries]
    # "a/b" comes after "a.txt": sorting folders with their slash makes a walk sort its paths.
    return sorted(found, key=lambda e: e.name + "/" if e.kind == "folder" else e.name)


def _kind(entry: os.DirEntry[str]) -> Kind:
    if entry.is_symlink():
        return "link"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if entry.is_file(follow_symlinks=False) else "other"


def _open_checked(root: str, parts: Sequence[str]) -> BinaryIO:
    """Do as `open_file` where the system has no openat: open, then see that it was the file."""
    path = os.path.join(root, *parts)  # noqa: PTH118 -- text in, text out
    before = os.lstat(path)
    _demand_file(before, parts)
    file = os.open(path, _FILE)
    if os.path.realpath(path) != path or not os.path.samestat(before, os.fstat(file)):
        os.close(file)
        raise ToolError(f"{show(parts)} changed while it was opened.")
    return _checked(file, parts)


def _checked(file: int, parts: Sequence[str]) -> BinaryIO:
    try:
        _demand_file(os.fstat(file), parts)
    except ToolError:
        os.close(file)
        raise
    return os.fdopen(file, "rb")


def _demand_file(found: os.stat_result, parts: Sequence[str]) -> None:
    if stat.S_ISREG(found.st_mode):
        return
    path = show(parts)
    if stat.S_ISDIR(found.st_mode):
        inside = "*" if path == "." else f"{path}/*"
        raise ToolError(f"{path} is a folder; glob with the pattern {inside} shows what is in it.")
    if stat.S_ISLNK(found.st_mode):
        raise ToolError(f"{path} became a link while it was opened.")
    raise ToolError(f"{path} is a pipe, socket or device; only regular files can be read.")


@contextlib.contextmanager
def _explained(parts: Sequence[str]) -> Iterator[None]:
    """Translate the errors of the operating system into words that a model can act on."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ToolError(f"{show(parts)} does not exist; glob can find the path.") from error
    except PermissionError as error:
        raise ToolError(f"{show(parts)}: permission denied.") from error
    except OSError as error:
        raise ToolError(f"{show(parts)}: {error.strerror or error}.") from error


def show(parts: Sequence[str]) -> str:
    """Return a path as text that can be printed on one line and sent as JSON.

    File names may hold line breaks and bytes that are not UTF-8; these become U+FFFD, so that a
    name can neither forge a line of output nor break the request it goes into.
    """
    path = "/".join(parts) or "."
    return path if path.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in path)
