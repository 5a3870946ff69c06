"""Waiting for processes by descriptors, without looking again and again."""

from __future__ import annotations

import contextlib
import os
import select
import weakref


def watch(pid: int) -> int | None:
    """Return a descriptor that becomes readable when a process ends; None: it is gone."""
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None


def ended(descriptor: int | None, timeout: float | None = None) -> bool:
    """Wait until a watched process has ended; tell whether it has."""
    if descriptor is None:
        return True
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(None if timeout is None else max(0.0, timeout * 1000)))


def close_with(owner: object, *descriptors: int | None) -> None:
    """Close descriptors when their owner is no longer used by any thread."""
    for descriptor in descriptors:
        if descriptor is not None:
            weakref.finalize(owner, _close, descriptor)


def _close(descriptor: int) -> None:
    with contextlib.suppress(OSError):
        os.close(descriptor)
