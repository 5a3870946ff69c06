"""How many files, connections among them, this process may have open."""

from __future__ import annotations

import logging
import resource

RESERVE = 64
"""Files that are not connections: logs, sockets that listen, the standard library's own."""

WANTED = 65_536

_log = logging.getLogger(__name__)


def raise_limit() -> int:
    """Allow this process as many open files as it may allow itself; return how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return WANTED if soft == resource.RLIM_INFINITY else soft


def connections_for(files: int, wanted: int) -> int:
    """Return how many connections fit, each with another to a backend, and tell if not `wanted`."""
    possible = max(1, (files - RESERVE) // 2)
    if possible < wanted:
        _log.warning(
            "only %d connections at a time instead of %d: the limit of open files is %d",
            *(possible, wanted, files),
        )
    return min(possible, wanted)
