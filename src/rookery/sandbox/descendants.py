"""All processes below this one, which must be a subreaper: what loses its parent becomes ours."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Collection


def end_all() -> None:
    """End every descendant; return when none is left. No children means no descendants."""
    pause = 0.0005
    while _have_children():
        _kill(())
        time.sleep(pause)  # what was killed takes a moment to end
        pause = min(pause * 2, 0.02)


def end_strays(spared: Collection[int]) -> None:
    """End what became our child because its parent was killed; `spared` and theirs live on."""
    while strays := _kill(spared):
        for pid in strays:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(0.001)


def _have_children() -> bool:
    """Reap what has ended; tell whether there is more."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _kill(spared: Collection[int]) -> list[int]:
    """Send SIGKILL to every descendant that is found; return them."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 -- a kernel may not list the children
        if name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                children.setdefault(_parent(name), []).append(int(name))
    found: list[int] = []
    queue = [os.getpid()]
    while queue:
        below = [pid for pid in children.get(queue.pop(), ()) if pid not in spared]
        found += below
        queue += below
    for pid in found:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    return found


def _parent(pid: str) -> int:
    descriptor = os.open(f"/proc/{pid}/stat", os.O_RDONLY)
    try:
        return int(os.read(descriptor, 1024).rpartition(b")")[2].split()[1])
    finally:
        os.close(descriptor)
