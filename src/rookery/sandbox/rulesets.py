"""Rulesets of Landlock for bounds, kept while the bounds are in use."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from rookery.errors import SandboxError
from rookery.sandbox import ruleset
from rookery.sandbox.base import Bounds
from rookery.sandbox.reads import readable

_DEVICES = tuple(Path("/dev") / name for name in ("null", "zero", "full"))
_SEEN = tuple(Path(name) for name in ("/proc", "/dev/random", "/dev/urandom"))

_KEPT = 16


class Rulesets:
    """The rulesets of the bounds that were used last, each a file descriptor."""

    def __init__(self, version: int) -> None:
        """Take the version of Landlock to use."""
        self._version = version
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], int] = OrderedDict()

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
                os.close(self._kept.popitem()[1])

    def _find(self, bounds: Bounds, path: str) -> tuple[int, list[bytes]]:
        paths = _paths(bounds, path, os.environ.get("HOME"))
        written = (bounds.workspace, *bounds.writable, bounds.tmp)
        changed = [os.path.realpath(one) for one in written]
        found = [path.stat() for path in (*written, *bounds.readable)]
        key = (paths, *changed, *((one.st_dev, one.st_ino) for one in found))
        with self._lock:
            if key not in self._kept:
                writable = [*map(Path, changed), *_DEVICES]
                self._kept[key] = ruleset.make([*paths, *_SEEN], writable, self._version)
            self._kept.move_to_end(key)
            if len(self._kept) > _KEPT:
                os.close(self._kept.popitem(last=False)[1])
            return os.dup(self._kept[key]), [os.fsencode(one) for one in changed]


@lru_cache(maxsize=64)
def _paths(bounds: Bounds, path: str, _: str | None) -> tuple[Path, ...]:
    """Some milliseconds of looking around; the last argument is what else it depends on."""
    return readable(bounds, path)
