"""Writes a file so that it is at every moment either the old one or the new one, whole.

The bytes go into a new file in the same folder, to the disk, and then take the name in one step:
a process that is killed, or a disk that is full, leaves the old file as it was.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import threading
from collections.abc import Callable, Iterator

from rookery.errors import ToolError
from rookery.tools.beneath import HAS_OPENAT, LEFTOVER, demand_file, explained, open_folder
from rookery.tools.place import Place

Stamp = tuple[int, int, int, int]
"""What tells one state of a file from another: device, inode, size, time of the last change."""

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
_CONTROL = re.compile(r"[\0-\x1f\x7f-\x9f\ud800-\udfff]")
_IGNORED = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_DEEPEST = 100
_PATIENCE = 10.0
_locks = [threading.Lock() for _ in range(64)]


@contextlib.contextmanager
def alone(place: Place) -> Iterator[None]:
    """Keep other threads of this process that do the same away from a file. Raises ToolError."""
    lock = _locks[hash(place.path) % len(_locks)]
    if not lock.acquire(timeout=_PATIENCE):
        raise ToolError(f"{place} is being written by another call.")
    try:
        yield
    finally:
        lock.release()


def stamp(found: os.stat_result) -> Stamp:
    """Return what tells this state of the file from another."""
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def find(place: Place) -> os.stat_result | None:
    """Return what is known of a regular file; None if there is none. Raises ToolError."""
    _demand_writable(place)
    with explained(place):
        try:
            with open_folder(place.parent) as parent:
                found = os.stat(place.name, dir_fd=parent, follow_symlinks=False)
        except FileNotFoundError:
            return None
        except NotADirectoryError as error:
            raise ToolError(f"{place.parent} is not a folder.") from error
    demand_file(found, place)
    if not found.st_mode & 0o222:
        raise ToolError(f"{place} is read-only (mode {stat.S_IMODE(found.st_mode):04o}).")
    return found


def replace_file(
    place: Place,
    data: bytes,
    before: os.stat_result | None,
    *,
    proceed: Callable[[], None] = lambda: None,
) -> os.stat_result:
    """Write a file in place of the one that `find` saw, or of none, and return what it is then.

    Permissions are kept, and the owner where the system allows it; folders that are missing are
    made. `proceed` is called just before the new file takes its place, and may raise. Raises
    ToolError, also where the file is no longer the one that was seen.
    """
    if before is None:
        _demand_good_name(place)
    with explained(place), open_folder(place.parent, make=True) as folder:
        new = LEFTOVER + os.urandom(8).hex()
        file = os.open(new, _NEW, 0o666 if before is None else 0o600, dir_fd=folder)
        try:
            after = _fill(file, data, before)
            proceed()
            if before is None:
                _appear(new, place, folder)
            else:
                _take_over(new, place, before, folder)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(new, dir_fd=folder)
            raise
        os.fsync(folder)  # else the new name might not outlive a loss of power
    return after


def _demand_writable(place: Place) -> None:
    if not HAS_OPENAT:
        raise ToolError("Files cannot be written safely on this operating system.")
    if not place.writable:
        raise ToolError(f"{place} is in a folder that can only be read.")
    if not place.parts:
        raise ToolError(f"{place} is a folder; give the path of a file.")
    # Hooks and configuration are programs that run outside of any sandbox; and HFS+ reads the name
    # without these characters, and in any case, as git knows (CVE-2014-9390).
    if any(_IGNORED.sub("", part).lower() == ".git" for part in place.parts):
        raise ToolError(f"{place} belongs to git: only git changes what is in .git.")


def _demand_good_name(place: Place) -> None:
    """Refuse what other programs would stumble over. Raises ToolError."""
    if any(map(_CONTROL.search, place.parts)):
        raise ToolError(f"{place}: a new name cannot have control characters or broken text.")
    if len(place.parts) > _DEEPEST:
        raise ToolError(f"A new file can be {_DEEPEST} folders deep, not {len(place.parts)}.")


def _fill(descriptor: int, data: bytes, before: os.stat_result | None) -> os.stat_result:
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        if before is not None:
            now = os.fstat(descriptor)
            if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
                with contextlib.suppress(OSError):  # Only root may give files away.
                    os.fchown(descriptor, before.st_uid, before.st_gid)
            os.fchmod(descriptor, stat.S_IMODE(before.st_mode) & 0o777)
        os.fsync(descriptor)
        return os.fstat(descriptor)


def _appear(new: str, place: Place, folder: int) -> None:
    """Give the file its name, unless somebody else was quicker."""
    try:
        os.link(new, place.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError as error:
        raise ToolError(f"{place} was made by somebody else meanwhile; read it first.") from error
    except OSError:  # The file system has no hard links.
        os.rename(new, place.name, src_dir_fd=folder, dst_dir_fd=folder)
    else:
        os.unlink(new, dir_fd=folder)


def _take_over(new: str, place: Place, before: os.stat_result, folder: int) -> None:
    now = os.stat(place.name, dir_fd=folder, follow_symlinks=False)
    if stamp(now) != stamp(before):
        raise ToolError(f"{place} was changed by somebody else meanwhile; read it again.")
    os.rename(new, place.name, src_dir_fd=folder, dst_dir_fd=folder)
