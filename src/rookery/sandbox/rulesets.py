"""Rulesets of Landlock for bounds, kept while the bounds are in use."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rookery.errors import SandboxError
from rookery.sandbox import ruleset
from rookery.sandbox.base import Bounds
from rookery.sandbox.reads import readable

_DEVICES = tuple(Path("/dev") / name for name in ("null", "zero", "full"))
_SEEN = tuple(Path(name) for name in ("/proc", "/dev/random", "/dev/urandom"))

_KEPT = 16

_Ruleset = tuple[int, list[bytes]]
"""A file descriptor, and the folders that can be changed."""


class Rulesets:
    """The rulesets of the bounds that were used last, each a file descriptor."""

    def __init__(self, version: int) -> None:
        """Take the version of Landlock to use."""
        self._version = version
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], _Ruleset] = OrderedDict()

    @contextmanager
    def lend(self, bounds: Bounds, path: str) -> Iterator[tuple[int, list[bytes]]]:
        """Give a ruleset for bounds and a PATH, and the resolved folders that can be changed.

        A folder that was replaced by another of its name needs, and gets, a new ruleset.
        Raises SandboxError.
        """
        try:
            rules, roots = self._find(bounds, path)
        except OSError as error:
            raise SandboxError(f"Landlock does not take the bounds: {error}.") from error
        try:
            yield rules, roots
        finally:
            os.close(rules)

    def close(self) -> None:
        """Forget them all."""
        with self._lock:
            while self._kept:
                os.close(self._kept.popitem()[1][0])

    def _find(self, bounds: Bounds, path: str) -> tuple[int, list[bytes]]:
        written = (bounds.workspace, *bounds.writable, bounds.tmp)
        found = [folder.stat() for folder in (*written, *bounds.readable)]
        inodes = tuple((one.st_dev, one.st_ino) for one in found)
        key = (bounds, path, os.environ.get("HOME"), inodes)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = self._make(bounds, path, written)
            self._kept.move_to_end(key)
            if len(self._kept) > _KEPT:
                os.close(self._kept.popitem(last=False)[1][0])
            rules, roots = self._kept[key]
            return os.dup(rules), roots

    def _make(self, bounds: Bounds, path: str, written: tuple[Path, ...]) -> _Ruleset:
        """Some milliseconds of looking around."""
        changed = [Path(os.path.realpath(one)) for one in written]
        seen = [*readable(bounds, path), *_SEEN]
        rules = ruleset.make(seen, [*changed, *_DEVICES], self._version)
        return rules, [os.fsencode(one) for one in changed]
