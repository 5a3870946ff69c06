"""Places that the configuration of a repository names: folders of hooks, included files."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path, PurePath

from rookery.sandbox.beneath import Beneath

_SECONDS = 5
_NEUTRAL = {
    "PATH": "/usr/bin:/bin",
    "GIT_CONFIG_NOSYSTEM": "1",
    "HOME": "/nonexistent",
    "LC_ALL": "C",
}


def places(config: bytes, store: Path, tree: Path) -> tuple[Path, ...]:
    """Return the absolute paths, not resolved, that hooks and further configuration come from.

    Args:
        config: The text of the configuration.
        store: The folder of the repository's own files; included files are relative to it.
        tree: The folder in which hooks run; their folder is relative to it.
    """
    found = []
    for key, value in _entries(config):
        if key == "core.hookspath":
            found.append(tree / value)
        elif key == "include.path" or (key.startswith("includeif.") and key.endswith(".path")):
            found.append(store / value)
    return tuple(Path(os.path.normpath(path)) for path in found)


def inside(at: Beneath, store: PurePath) -> Iterator[PurePath]:
    """Find the places inside of a workspace that the configuration of a repository names."""
    config = at.read((*store.parts, "config")) or b""
    for path in places(config, at.folder / store, at.folder / store.parent):
        if path.is_relative_to(at.folder) and path != at.folder:
            yield path.relative_to(at.folder)


@lru_cache(maxsize=256)
def _entries(config: bytes) -> tuple[tuple[str, str], ...]:
    """Return key and value of each line, as git reads them; nothing where there is no git."""
    program = shutil.which("git", path=_NEUTRAL["PATH"] + ":/usr/local/bin:/opt/homebrew/bin")
    if program is None or not (b"hookspath" in config.lower() or b"include" in config.lower()):
        return ()
    try:
        done = subprocess.run(  # noqa: S603 -- no shell; only reads its input
            [program, "config", "--file", "-", "--null", "--list"],
            input=config,
            capture_output=True,
            cwd="/",
            env=_NEUTRAL,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(_split(done.stdout.decode(errors="surrogateescape")))


def _split(text: str) -> Iterator[tuple[str, str]]:
    for entry in text.split("\0"):
        key, _, value = entry.partition("\n")
        if value:
            yield key.lower(), value
