"""What the tools of one run remember between calls."""

from __future__ import annotations

import os
import threading
from typing import Any, TypeVar, cast

from rookery.tools.place import Place
from rookery.tools.replace import Stamp, stamp

T = TypeVar("T")


class State:
    """One value of each type, made when a tool first asks for it. Safe to use from threads."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._values: dict[type, Any] = {}
        self._lock = threading.Lock()

    def of(self, kind: type[T]) -> T:
        """Return the value of this type; the first call makes it, without arguments."""
        with self._lock:
            if kind not in self._values:
                self._values[kind] = kind()
            return cast("T", self._values[kind])

    def reminders(self) -> list[str]:
        """Return what must be known of the values where older turns are left out.

        A value tells by a method `reminder`, which returns text, empty where there is nothing.
        """
        with self._lock:
            values = list(self._values.values())
        told = [value.reminder() for value in values if hasattr(value, "reminder")]
        return [text for text in told if text]

    def close(self) -> None:
        """Forget the values that have a method `close`, the newest first, and call it."""
        with self._lock:
            closing = {
                kind: value for kind, value in self._values.items() if hasattr(value, "close")
            }
            for kind in closing:
                del self._values[kind]
        for value in reversed(closing.values()):
            value.close()


class SeenFiles:
    """The files whose content a run knows, and the state they were in."""

    def __init__(self) -> None:
        """Start with none."""
        self._stamps: dict[str, Stamp] = {}

    def note(self, place: Place, found: os.stat_result) -> None:
        """Remember that the content of a file is known, as it is now."""
        self._stamps[place.path] = stamp(found)

    def knows(self, place: Place, found: os.stat_result) -> bool | None:
        """Whether the file is as it was when it was noted; None if it never was."""
        known = self._stamps.get(place.path)
        return None if known is None else known == stamp(found)
