"""Opens what lies beneath a folder, and nothing else, whatever happens to the tree meanwhile.

A path is checked before it is opened, so somebody may swap a folder for a link in between. Here
every component is opened relative to the one before and must not be a link: a swap makes the
open fail, and can never lead outside. Callers give paths whose links are already resolved.

This module and what it imports use the standard library only: the search process of grep runs
it without installed packages.
"""

from __future__ import annotations

import contextlib
import functools
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

from rookery.errors import ToolError
from rookery.tools.place import Place

Kind = Literal["file", "folder", "link", "other"]

LEFTOVER = ".rookery-new-"
"""How the names of files begin that are being written; a process that was killed leaves one."""

HAS_OPENAT = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")

_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
# O_NONBLOCK: opening a FIFO for reading would else wait for a writer, perhaps for ever.
_FILE = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)


class Entry(NamedTuple):
    """What a folder holds under one name."""

    name: str
    kind: Kind
    size: int | None = None
    """Bytes of a file, where they were asked for."""


def open_file(place: Place) -> BinaryIO:
    """Open a regular file for reading. Raises ToolError."""
    with explained(place):
        if not HAS_OPENAT:
            return _open_checked(place)
        with open_folder(place.parent) as parent:
            # Before the open, because to open some devices is to use them.
            demand_file(os.stat(place.name, dir_fd=parent, follow_symlinks=False), place)
            file = os.open(place.name, _FILE, dir_fd=parent)
        return _checked(file, place)


def list_folder(place: Place, *, sizes: bool = False) -> list[Entry]:
    """Return what a folder holds, in the order of the paths beneath it. Raises ToolError."""
    with explained(place):
        try:
            if not HAS_OPENAT:
                return _listed(place.path, sizes)
            with open_folder(place) as folder:
                return _listed(folder, sizes)
        except NotADirectoryError as error:
            raise ToolError(f"{place} is not a folder.") from error


@contextlib.contextmanager
def open_folder(place: Place, *, make: bool = False) -> Iterator[int]:
    """Give a descriptor of a folder; with `make`, folders that are missing are made.

    Raises OSError, and ToolError where something else stands where a folder should be made.
    """
    folder = os.open(place.root, _FOLDER & ~getattr(os, "O_NOFOLLOW", 0))
    try:
        for depth, part in enumerate(place.parts, 1):
            try:
                inner = _enter(folder, part, make)
            except NotADirectoryError as error:
                if not make:
                    raise
                shown = place._replace(parts=place.parts[:depth])
                raise ToolError(f"{shown} is not a folder.") from error
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)


def _enter(folder: int, name: str, make: bool) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=folder)
    except FileNotFoundError:
        if not make:
            raise
    with contextlib.suppress(FileExistsError):  # Somebody else made it just now.
        os.mkdir(name, dir_fd=folder)
    return os.open(name, _FOLDER, dir_fd=folder)


def _listed(folder: int | str, sizes: bool) -> list[Entry]:
    with os.scandir(folder) as entries:
        found = [_entry(e, sizes) for e in entries if not e.name.startswith(LEFTOVER)]
    # "a/b" comes after "a.txt": sorting folders with their slash makes a walk sort its paths.
    return sorted(found, key=lambda e: e.name + "/" if e.kind == "folder" else e.name)


def _entry(entry: os.DirEntry[str], sizes: bool) -> Entry:
    kind = _kind(entry)
    if not sizes or kind != "file":
        return Entry(entry.name, kind)
    with contextlib.suppress(OSError):  # It was just removed.
        return Entry(entry.name, kind, entry.stat(follow_symlinks=False).st_size)
    return Entry(entry.name, kind)


def _kind(entry: os.DirEntry[str]) -> Kind:
    if entry.is_symlink():
        return "link"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if entry.is_file(follow_symlinks=False) else "other"


def _open_checked(place: Place) -> BinaryIO:
    """Do as `open_file` where the system has no openat: open, then see that it was the file."""
    before = os.lstat(place.path)
    demand_file(before, place)
    file = os.open(place.path, _FILE)
    if os.path.realpath(place.path) != place.path or not os.path.samestat(before, os.fstat(file)):
        os.close(file)
        raise ToolError(f"{place} changed while it was opened.")
    return _checked(file, place)


def _checked(file: int, place: Place) -> BinaryIO:
    try:
        demand_file(os.fstat(file), place)
    except ToolError:
        os.close(file)
        raise
    return os.fdopen(file, "rb")


def demand_file(found: os.stat_result, place: Place) -> None:
    """Refuse what is no regular file of a disk. Raises ToolError."""
    if stat.S_ISDIR(found.st_mode):
        raise ToolError(f"{place} is a folder; list_dir shows what is in it.")
    if stat.S_ISLNK(found.st_mode):
        raise ToolError(f"{place} became a link while it was opened.")
    if not stat.S_ISREG(found.st_mode):
        raise ToolError(f"{place} is a pipe, socket or device, and no regular file.")
    if found.st_dev in _kernel_devices():
        raise ToolError(f"{place} is made by the kernel (/proc, /sys), and no regular file.")


@functools.cache
def _kernel_devices() -> set[int]:
    """Return the devices of the trees whose files are calls into the kernel: some never end."""
    found = set()
    for path in ("/proc", "/sys"):
        with contextlib.suppress(OSError):
            found.add(Path(path).stat().st_dev)
    return found - {Path("/").stat().st_dev}  # plain folders, where nothing is mounted there


@contextlib.contextmanager
def explained(place: Place) -> Iterator[None]:
    """Translate the errors of the operating system into words that a model can act on."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ToolError(f"{place} does not exist; glob can find the path.") from error
    except PermissionError as error:
        raise ToolError(f"{place}: permission denied.") from error
    except OSError as error:
        raise ToolError(f"{place}: {error.strerror or error}.") from error
