"""What a command sees: the file system of the bubblewrap sandbox, as arguments of `bwrap`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from rookery.errors import SandboxError
from rookery.sandbox.base import MIB, Bounds
from rookery.sandbox.reads import homes, installations, named, system_reads

INSIDE_TMP = Path("/tmp")  # noqa: S108 -- a name inside, of the private folder
"""What the private folder is called inside."""

_OTHER_TMP = Path("/var/tmp")  # noqa: S108
"""The same folder inside, unless something in it is to be seen: nothing is mounted in a link."""

_SHARED_MEMORY = 64 * MIB


class Mounts(NamedTuple):
    """Arguments of `bwrap`, and the folders below the private one that others are mounted on."""

    workspace: Path
    """Without links."""
    arguments: tuple[str, ...]
    points: tuple[str, ...]
    """Relative paths, outermost first; they must be folders, and no links, whenever it starts."""


def mounts(bounds: Bounds, path: str) -> Mounts:
    """Return what is mounted for these bounds and this PATH; found once and kept."""
    return _mounts(bounds, path, homes())


@lru_cache(maxsize=64)
def _mounts(bounds: Bounds, path: str, _: tuple[Path, ...]) -> Mounts:
    workspace, *_others, tmp = named(bounds)
    writable = {workspace, *(Path(os.path.realpath(path)) for path in bounds.writable)}
    readable = {Path(os.path.realpath(path)) for path in bounds.readable}
    # A virtual environment in the workspace is the agent's own.
    programs = {p for p in installations(path) if not writable & {p, *p.parents}}
    arguments = [
        *_system(),
        *("--proc", "/proc", "--dev", "/dev"),
        *("--size", str(_SHARED_MEMORY), "--tmpfs", "/dev/shm"),  # noqa: S108
        *("--bind", str(tmp), str(INSIDE_TMP), "--dir", "/var"),
    ]
    points: dict[str, None] = {}
    places = sorted(writable | readable | programs)  # what is outside comes first
    if not any(place.is_relative_to(_OTHER_TMP) for place in places):
        arguments += ("--symlink", str(INSIDE_TMP), str(_OTHER_TMP))
    for place in places:
        if place.is_relative_to(INSIDE_TMP):
            arguments += _pins(place, tmp, points)
        kind = "--bind" if place in writable else "--ro-bind"
        arguments += (kind, str(place), str(place))
    arguments += ("--remount-ro", "/dev", "--remount-ro", "/proc", "--remount-ro", "/")
    return Mounts(workspace, tuple(arguments), tuple(points))


def _system() -> Iterator[str]:
    shown, hidden = system_reads()
    for top in shown:
        if top.is_symlink():
            yield from ("--symlink", str(top.readlink()), str(top))
        else:
            yield from ("--ro-bind", str(top), str(top))
    for path in hidden:
        if os.access(path, os.R_OK) and path.stat().st_size:
            empty = ("--tmpfs",) if path.is_dir() else ("--ro-bind", os.devnull)
            yield from (*empty, str(path))


def _pins(place: Path, tmp: Path, points: dict[str, None]) -> Iterator[str]:
    """Mount each folder above a mount in the private folder on itself.

    The command may write there, but cannot rename or remove what is a mount, so it cannot lead
    the mounts of the next command elsewhere by a link.
    """
    parts = place.relative_to(INSIDE_TMP).parts
    # Where a file is mounted, bwrap makes one itself.
    for depth in range(1, len(parts) + place.is_dir()):
        point = "/".join(parts[:depth])
        if point in points:
            continue
        points[point] = None
        if depth < len(parts):
            yield from ("--bind", str(tmp / point), str(INSIDE_TMP / point))


def make_points(tmp: Path, points: tuple[str, ...]) -> None:
    """Make the folders that are mounted on, in the private folder.

    Raises SandboxError where something else is in their place.
    """
    for point in points:
        path = tmp / point
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            if path.is_symlink() or not path.is_dir():
                raise SandboxError(f"{path} must be a folder for the sandbox; remove it.") from None
        except OSError as error:
            raise SandboxError(f"{path} cannot be made: {error.strerror}.") from error
