"""Control groups: memory and processes of a whole tree, where the kernel lets us make a group.

Of version 1 and 2 (`cgroups(7)`). A group is made below the own group, or below an ancestor where
version 2 does not let a group with processes have limited children. Its name tells who made it, so
that what a killed process left behind can be found and removed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rookery.sandbox.quota import Quota

_PREFIX = "rookery"
_NEEDED = ("memory", "pids")


class Parent(NamedTuple):
    """A group in which groups can be made for these controllers."""

    folder: Path
    controllers: tuple[str, ...]
    version: int


def parents(root: Path = Path("/")) -> tuple[Parent, ...]:
    """Return where groups for memory and processes can be made; empty: not for both of them."""
    with contextlib.suppress(OSError, ValueError):
        found = tuple(_parents(root))
        if {name for parent in found for name in parent.controllers} == set(_NEEDED):
            return found
    return ()


def _parents(root: Path) -> Iterator[Parent]:
    own = {}
    for line in (root / "proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        own[controllers] = path
    for kind, options, top, point in _mounts(root):
        if kind == "cgroup":
            for controllers, path in own.items():
                names = tuple(name for name in _NEEDED if name in controllers.split(","))
                if names and set(names) <= set(options):
                    folder = _below(root, point, top, path)
                    if _usable(folder):
                        yield Parent(folder, names, 1)
        elif "" in own:
            yield from _unified(_below(root, point, top, own[""]), root / point.lstrip("/"))


def _mounts(root: Path) -> Iterator[tuple[str, list[str], str, str]]:
    """Mounted hierarchies: file system, its options, the group at its root, where it is."""
    for line in (root / "proc/self/mountinfo").read_text().splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.split(" ", 2)
        if kind in ("cgroup", "cgroup2"):
            yield kind, options.split(","), left.split(" ")[3], left.split(" ")[4]


def _below(root: Path, point: str, top: str, path: str) -> Path:
    inside = Path(path).relative_to(top) if path.startswith(top) else Path()
    return root / point.lstrip("/") / inside


def _usable(folder: Path) -> bool:
    return os.access(folder, os.W_OK) and os.access(folder / "cgroup.procs", os.W_OK)


def _unified(own: Path, top: Path) -> Iterator[Parent]:
    """The nearest group that hands both controllers on to its children, and is ours to change."""
    for folder in (own, *own.parents):
        if not folder.is_relative_to(top):
            return
        given = (folder / "cgroup.subtree_control").read_text().split()
        names = tuple(name for name in _NEEDED if name in given)
        if names and _usable(folder):
            yield Parent(folder, names, 2)
            return


class Group:
    """The groups of one supervisor and its commands, one in each hierarchy."""

    def __init__(self, within: tuple[Parent, ...], number: int) -> None:
        """Make them; `number` is another one for each. Raises OSError; then there is none."""
        name = "-".join((_PREFIX, *_maker(os.getpid()), str(number)))
        self._folders = [(parent.folder / name, parent) for parent in within]
        self.limited = Quota()
        """The limits that were set last."""
        try:
            for folder, _ in self._folders:
                folder.mkdir()
        except OSError:
            self.remove()
            raise

    def limit(self, quota: Quota) -> None:
        """Set the limits of the tree, if they are others. Raises OSError."""
        if quota == self.limited:
            return
        for folder, parent in self._folders:
            if "pids" in parent.controllers:
                # The supervisor is in the group, too.
                most = None if quota.processes is None else quota.processes + 1
                _set(folder / "pids.max", most, "max")
            if "memory" in parent.controllers and parent.version == 2:
                _set(folder / "memory.max", quota.memory, "max")
                with contextlib.suppress(OSError):  # the kernel may not count what is swapped out
                    _set(folder / "memory.swap.max", None if quota.memory is None else 0, "max")
            elif "memory" in parent.controllers:
                swap = folder / "memory.memsw.limit_in_bytes"
                with contextlib.suppress(OSError):  # it is never below the limit without swap
                    _set(swap, None, "-1")
                _set(folder / "memory.limit_in_bytes", quota.memory, "-1")
                with contextlib.suppress(OSError):
                    _set(swap, quota.memory, "-1")

    def enter(self) -> None:
        """Move this process into them, and what it starts from now on. Raises OSError.

        Takes the kernel some ten milliseconds in which nothing else is started.
        """
        for folder, _ in self._folders:
            (folder / "cgroup.procs").write_text(str(os.getpid()))

    def used(self) -> int:
        """Return the memory that is counted, in bytes: also files in memory that were left."""
        for folder, parent in self._folders:
            if "memory" in parent.controllers:
                name = "memory.usage_in_bytes" if parent.version == 1 else "memory.current"
                return int((folder / name).read_text())
        return 0

    def remove(self) -> None:
        """Remove them; nothing must be left in them."""
        for folder, _ in self._folders:
            _remove(folder)


def _set(file: Path, value: int | None, unlimited: str) -> None:
    file.write_text(unlimited if value is None else str(value))


def sweep(within: tuple[Parent, ...]) -> None:
    """End and remove what processes that are gone have left of groups like these."""
    for parent in within:
        for folder in parent.folder.glob(f"{_PREFIX}-*-*-*-*"):
            namespace, pid, started = folder.name.split("-")[1:4]
            if namespace == _namespace() and _maker(int(pid)) != (namespace, pid, started):
                with contextlib.suppress(OSError):
                    for line in (folder / "cgroup.procs").read_text().split():
                        os.kill(int(line), signal.SIGKILL)
                _remove(folder)


def _remove(folder: Path) -> None:
    """A group whose last process was just reaped can be busy for a moment."""
    for _ in range(100):
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.002)
        else:
            return


def _namespace() -> str:
    return str(Path("/proc/self/ns/pid").readlink()).strip("pid:[]")


def _maker(pid: int) -> tuple[str, ...]:
    """Name a process for good: its namespace, its number, and when it started."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ()
    return _namespace(), str(pid), text.rpartition(")")[2].split()[19]
