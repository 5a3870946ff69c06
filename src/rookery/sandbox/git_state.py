"""What a command changed of what makes programs outside run something.

A look before and one after: for sandboxes that cannot keep commands from it, and for what none can
keep them from, such as repositories that a command makes.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import NamedTuple

from rookery.sandbox.beneath import Beneath
from rookery.sandbox.configured import inside
from rookery.sandbox.repositories import KEPT, MOST, SETTINGS, Found, look

_DEEP = 4
"""Levels of folders of hooks and settings that are looked at."""
_CHUNK = 1 << 16


class GitState(NamedTuple):
    """Hooks, configuration and settings of a workspace at one moment."""

    repositories: frozenset[str]
    marks: dict[str, str]
    """A digest for each file that counts, by its path in the workspace."""
    unprotected: tuple[str, ...]
    """What no sandbox can keep commands from changing, in words."""

    def changes(self, after: GitState) -> tuple[str, ...]:
        """Return a line for people for each thing that is different in a later state."""
        new = sorted(after.repositories - self.repositories)
        lines = [
            f"{path} is a new git repository: git run in it by you runs its hooks and what its "
            "configuration names"
            for path in new
        ]
        lines += [
            f"{path} is no longer a git repository"
            for path in sorted(self.repositories - after.repositories)
        ]
        for path in sorted(self.marks.keys() | after.marks.keys()):
            old, now = self.marks.get(path), after.marks.get(path)
            if old != now and not any(_is_in(path, repository) for repository in new):
                verb = (
                    "was made" if old is None else "was removed" if now is None else "was changed"
                )
                lines.append(f"{path} {verb}")
        return tuple(lines)


def git_state(workspace: Path) -> GitState:
    """Look at a workspace now; takes about a millisecond for a hundred folders."""
    root = Path(os.path.realpath(workspace))
    found = look(root)
    marks: dict[str, str] = {}
    with Beneath(root) as at:
        for path in _counting(at, found):
            marks.update(_marks(str(root), str(path), _DEEP))
    return GitState(
        frozenset(map(str, found.stores)),
        marks,
        tuple(_unprotected(root, found)),
    )


def _counting(at: Beneath, found: Found) -> Iterator[PurePath]:
    yield from map(PurePath, SETTINGS)
    yield from found.pointers
    for store in found.stores:
        yield from (store / name for name in KEPT)
        for other in _names(at.folder / store / "worktrees"):
            yield from (store / "worktrees" / other / name for name in ("commondir", "gitdir"))
        yield from inside(at, store)


def _marks(root: str, path: str, depth: int) -> Iterator[tuple[str, str]]:
    """Find the digest of a file, or those of the files in a folder; links are not followed."""
    place = f"{root}/{path}"
    try:
        info = os.lstat(place)
        if stat.S_ISDIR(info.st_mode):
            if depth and not f"/{path}".endswith("/.rookery/output"):  # what tools put aside
                for name in _names(place):
                    yield from _marks(root, f"{path}/{name}", depth - 1)
            return
        content = _content(place, info.st_mode)
    except OSError:
        return
    kind = f"{stat.S_IFMT(info.st_mode)} {info.st_mode & 0o111}"
    yield path, f"{kind} {hashlib.sha256(content).hexdigest()}"


def _content(place: str, mode: int) -> bytes:
    """Return what is in a file, or where a link leads. Raises OSError."""
    if stat.S_ISLNK(mode):
        return os.fsencode(Path(place).readlink())
    if not stat.S_ISREG(mode):
        return b""
    # Not by `open`, which takes twice as long: there are a dozen of these before each command.
    descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return b"".join(iter(lambda: os.read(descriptor, _CHUNK), b""))
    finally:
        os.close(descriptor)


def _unprotected(root: Path, found: Found) -> Iterator[str]:
    if not found.complete:
        yield "the workspace has more folders than were looked at for git repositories"
    if len(found.stores) > MOST:
        yield f"of {len(found.stores)} git repositories {MOST} are protected"
    for path in found.pointers:
        if (root / path).is_symlink():
            yield f"{path} is a link, which can be replaced"
    for store in found.stores:
        for name in KEPT:
            if (root / store / name).is_symlink():
                yield f"{store / name} is a link, which can be replaced"


def _names(folder: Path | str) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 -- names
    except OSError:
        return []


def _is_in(path: str, repository: str) -> bool:
    return PurePath(path).is_relative_to(repository)
