"""What of a workspace is read-only for commands, as arguments of `bwrap`.

Each guard is opened without following links and mounted by its descriptor, so that nothing that
is renamed meanwhile can take its place.
"""

from __future__ import annotations

import contextlib
import os
from contextlib import ExitStack
from pathlib import Path, PurePath

from rookery.sandbox.beneath import Beneath
from rookery.sandbox.configured import inside
from rookery.sandbox.repositories import KEPT, MOST, SETTINGS, known


class Guards:
    """The guards of one start. Close the stack after `bwrap` was started."""

    def __init__(self, workspace: Path, stack: ExitStack) -> None:
        """Open what is to be guarded in a workspace, a path without links."""
        self.arguments: list[str] = []
        self.descriptors: list[int] = []
        self._without: list[PurePath] = []  # repositories that have no file `commondir`
        self._folder = workspace
        self._stack = stack
        self._at = stack.enter_context(Beneath(workspace))
        found = known(workspace)
        for store in found.stores[:MOST]:
            self._guard_store(store)
        for path in [*found.pointers[:MOST], *map(PurePath, SETTINGS)]:
            self._mount("--ro-bind-fd", path)
        for path in found.sockets[:MOST]:
            self.arguments += ("--ro-bind", os.devnull, str(workspace / path))
        configured = [path for store in found.stores[:MOST] for path in inside(self._at, store)]
        for path in dict.fromkeys(configured):
            self._mount("--ro-bind-fd", path)

    def _guard_store(self, store: PurePath) -> None:
        if store.parts and not self._mount("--bind-fd", store):
            return
        self._complete(store)
        for name in KEPT:
            if not self._mount("--ro-bind-fd", store / name) and name == "commondir":
                self._without.append(store)
        self._mount("--bind-fd", store / "modules")  # what is a mount cannot be renamed
        if self._mount("--bind-fd", store / "worktrees"):
            self._guard_worktrees(store / "worktrees")

    def _guard_worktrees(self, folder: PurePath) -> None:
        """Guard where other working trees, elsewhere, find their repository."""
        opened = Path(f"/proc/self/fd/{self.descriptors[-1]}")
        for entry in sorted(opened.iterdir())[:MOST]:
            if self._mount("--bind-fd", folder / entry.name):
                for kept in ("commondir", "gitdir", "config.worktree"):
                    self._mount("--ro-bind-fd", folder / entry.name / kept)

    def _complete(self, store: PurePath) -> None:
        """Make the folder of hooks and the configuration where they are missing: both empty."""
        folder = self._at.open(store.parts)
        if folder is None:
            return
        try:
            with contextlib.suppress(OSError):
                os.mkdir("hooks", dir_fd=folder)
            with contextlib.suppress(OSError):
                flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW
                os.close(os.open("config", flags, 0o644, dir_fd=folder))
        finally:
            os.close(folder)

    def _mount(self, kind: str, path: PurePath) -> bool:
        descriptor = self._at.open(path.parts) if path.parts else None
        if descriptor is None:
            return False
        self._stack.callback(os.close, descriptor)
        self.descriptors.append(descriptor)
        self.arguments += (kind, str(descriptor), str(self._at.folder / path))
        return True

    def withdraw(self) -> None:
        """Remove a `commondir` that was made meanwhile: git would look there for everything."""
        stores, self._without = self._without, []
        if not stores:
            return
        with contextlib.suppress(OSError), Beneath(self._folder) as at:
            for store in stores:
                folder = at.open(store.parts)
                if folder is not None:
                    with contextlib.suppress(OSError):
                        os.unlink("commondir", dir_fd=folder)
                    os.close(folder)
