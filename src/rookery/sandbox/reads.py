"""What a command may read: the one rule of every sandbox.

The system's folders, what every user may read of `/etc`, the programs on the PATH with what they
need, and what the bounds name. Not the home directory, `/root`, `/var`, `/srv`, `/mnt` or `/run`.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from rookery.errors import SandboxError
from rookery.sandbox.base import Bounds

if sys.platform != "win32":
    import pwd

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/snap")
"""Folders of programs and libraries, where they exist."""

_PARTS = ("bin", "sbin", "lib", "lib32", "lib64", "libexec", "include", "ssl", "pyvenv.cfg")
"""What of an installation is shown: the folder of the programs, and what lies beside it."""

_MANAGERS = (
    "shims",
    "versions",
    "plugins",
    "toolchains",
    "installs",
    "tools",
    "candidates",
    "version",
)
"""Where version managers (pyenv, rbenv, asdf, rustup, volta, sdkman) keep what they installed."""

_ELSEWHERE = {
    ".cargo/bin": (".rustup/toolchains", ".rustup/settings.toml"),
    ".local/bin": (".local/share/pipx", ".local/share/uv"),
}
"""What programs in a folder of the home directory need of it in another place."""


class Reads(NamedTuple):
    """Paths that can be read with all that is below them, but for what is hidden there."""

    shown: tuple[Path, ...]
    hidden: tuple[Path, ...]


def readable(bounds: Bounds, path: str) -> tuple[Path, ...]:
    """Return every path that may be read, whole, without links; `path` is the command's PATH.

    For sandboxes that can only allow: where something is hidden, its neighbours are listed.
    Raises SandboxError for a workspace that is the home directory or contains it.
    """
    system = system_reads()
    shown = [part for top in system.shown for part in _without(top, set(system.hidden))]
    return tuple(dict.fromkeys([*shown, *installations(path), *named(bounds)]))


def named(bounds: Bounds) -> tuple[Path, ...]:
    """Return what the bounds name, without links.

    Raises SandboxError for a folder that does not exist, and for a workspace that is the home
    directory or contains it: all its secrets could be read.
    """
    try:
        workspace = bounds.workspace.resolve(strict=True)
        others = [path.resolve(strict=True) for path in (*bounds.readable, *bounds.writable)]
        tmp = bounds.tmp.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise SandboxError(f"A folder of the sandbox cannot be used: {error}.") from error
    for home in homes():
        if home.is_relative_to(workspace):
            raise SandboxError(
                f"The workspace {workspace} has the home directory {home} in it, and with it keys "
                "and passwords that commands must not read. Choose a folder below it."
            )
    return (workspace, *others, tmp)


@lru_cache(maxsize=1)
def system_reads() -> Reads:
    """Return the system's part: the same for every command of the process."""
    shown = [Path(name) for name in SYSTEM if Path(name).is_dir()]
    etc = Path("/etc")
    hidden = tuple(_private(etc)) if etc.is_dir() else ()
    return Reads((*shown, *([etc] if etc.is_dir() else [])), hidden)


def installations(path: str) -> tuple[Path, ...]:
    """Return what programs on this PATH consist of, outside of the system's folders."""
    return _installations(path, homes())


@lru_cache(maxsize=64)
def _installations(path: str, home: tuple[Path, ...]) -> tuple[Path, ...]:
    found: list[Path] = []
    prefixes = [Path(prefix) for prefix in (sys.prefix, sys.base_prefix)]
    folders = [Path(part) for part in path.split(":") if part.startswith("/")]
    for folder in folders:
        found.append(folder)
        if folder.name in {"bin", "sbin", "shims"}:
            prefixes.append(folder.parent)
    for prefix in prefixes:
        parts = _PARTS if prefix.name == ".local" else (*_PARTS, "share", *_MANAGERS)
        if prefix in home:
            continue
        found += [prefix] if _is_only(prefix, parts) else [prefix / part for part in parts]
    for folder in home:
        for programs, elsewhere in _ELSEWHERE.items():
            if folder / programs in folders:
                found += [folder / part for part in elsewhere]
    return _tidy(found, home)


def _is_only(prefix: Path, parts: tuple[str, ...]) -> bool:
    """Tell whether a folder is nothing but an installation: one mount is cheaper than six."""
    try:
        names = {entry.name for entry in os.scandir(prefix)}
    except OSError:
        return False
    return "bin" in names and names <= {*parts, ".gitignore", "doc", "man"}


def _tidy(found: Iterable[Path], home: tuple[Path, ...]) -> tuple[Path, ...]:
    """Drop what is not there, what cannot be read, what has a home in it, and repetitions."""
    real = {
        Path(os.path.realpath(path)) for path in found if os.access(path, os.R_OK) and path.exists()
    }
    real = {path for path in real if not any(h.is_relative_to(path) for h in home)}
    known = {Path(os.path.realpath(name)) for name in (*SYSTEM, "/etc")}
    real = {path for path in real if not known & {path, *path.parents}}
    return tuple(sorted(path for path in real if not real & set(path.parents)))


def homes() -> tuple[Path, ...]:
    """Return the home directories of this user, without links: of the system and of HOME."""
    found = {os.environ.get("HOME", "")}
    if sys.platform != "win32":
        with contextlib.suppress(KeyError):  # a user without an entry, as in containers
            found.add(pwd.getpwuid(os.getuid()).pw_dir)
    real = {Path(os.path.realpath(home)) for home in found if home.startswith("/")}
    return tuple(sorted(home for home in real if home != Path("/") and home.is_dir()))


def _private(folder: Path) -> Iterator[Path]:
    """Find what is below a folder and not for every user's eyes."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.is_symlink():
            continue
        mode = entry.stat(follow_symlinks=False).st_mode
        needed = stat.S_IROTH | stat.S_IXOTH if stat.S_ISDIR(mode) else stat.S_IROTH
        if mode & needed != needed:
            yield Path(entry.path)
        elif stat.S_ISDIR(mode):
            yield from _private(Path(entry.path))


def _without(top: Path, hidden: set[Path]) -> Iterator[Path]:
    """Return paths that are together all of `top` but for what is hidden."""
    if top in hidden:
        return
    if not any(top in path.parents for path in hidden):
        yield Path(os.path.realpath(top))
        return
    for entry in os.scandir(top):
        if not entry.is_symlink():  # what a link leads to is listed by itself, or is outside
            yield from _without(Path(entry.path), hidden)
