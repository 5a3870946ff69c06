"""Opens what is below a folder, name by name, without following links."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

_PATH = getattr(os, "O_PATH", os.O_RDONLY)
"""macOS has no descriptors that only name what they are of."""


class Beneath:
    """A folder that is held open. A path that leads over a link, or to nothing, is None."""

    def __init__(self, folder: Path) -> None:
        """Open the folder. Raises OSError."""
        self.folder = folder
        self.descriptor = os.open(folder, _PATH | os.O_DIRECTORY | os.O_CLOEXEC)

    def __enter__(self) -> Beneath:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)

    def open(self, parts: Sequence[str], flags: int | None = None) -> int | None:
        """Return a descriptor of what is there; without `flags` one that cannot be read."""
        if not parts:
            return os.dup(self.descriptor)
        wanted = _PATH if flags is None else flags
        at = self.descriptor
        for number, part in enumerate(parts):
            last = number == len(parts) - 1
            how = wanted if last else _PATH | os.O_DIRECTORY
            try:
                inner = os.open(part, how | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=at)
            except OSError:
                return None
            finally:
                if at != self.descriptor:
                    os.close(at)
            at = inner
        if stat.S_ISLNK(os.fstat(at).st_mode):  # O_PATH opens the link itself
            os.close(at)
            return None
        return at

    def read(self, parts: Sequence[str], limit: int = 1 << 20) -> bytes | None:
        """Return the beginning of a regular file."""
        descriptor = self.open(parts, os.O_RDONLY)
        if descriptor is None:
            return None
        with os.fdopen(descriptor, "rb") as file:
            regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            return file.read(limit) if regular else None
