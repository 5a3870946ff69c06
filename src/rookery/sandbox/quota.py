"""What a command may use: limits of each process, and of the whole tree by a control group.

Needs nothing but the standard library, so that it can be used before a program is started.
"""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rookery.sandbox.base import ResourceLimits

_RESERVED = 32 * 1024**3
"""Address space beyond the memory: Node, Java and Go reserve much more of it than they use."""

_GRACE = 5
"""Seconds between SIGXCPU and SIGKILL."""


class Quota(NamedTuple):
    """The limits of a command, as numbers that a message can carry."""

    grouped: bool = False
    """Memory and processes must be limited by a control group."""
    memory: int | None = None
    """Bytes of the whole tree."""
    processes: int | None = None
    """Of the whole tree."""
    each: tuple[tuple[int, int, int], ...] = ()
    """Limits of each process: resource, soft and hard."""

    @classmethod
    def of(cls, limits: ResourceLimits, *, grouped: bool, namespace: bool = False) -> Quota:
        """Return the limits of a command.

        Args:
            limits: What was asked for.
            grouped: Memory and processes are limited by a control group. Else the memory is by
                the address space of each process.
            namespace: The program has users of its own, so that a limit of processes does not
                count those outside.
        """
        each = [(resource.RLIMIT_CORE, 0, 0)]
        if limits.cpu_seconds is not None:
            each.append((resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + _GRACE))
        if limits.file_size is not None:
            each.append((resource.RLIMIT_FSIZE, limits.file_size, limits.file_size))
        if not grouped and limits.memory is not None:
            space = limits.memory + _RESERVED
            each.append((resource.RLIMIT_AS, space, space))
        if namespace and limits.processes is not None:
            each.append((resource.RLIMIT_NPROC, limits.processes, limits.processes))
        return cls(grouped, limits.memory, limits.processes, tuple(each))

    def encode(self) -> bytes:
        """Return it as ASCII."""
        tree = [-1 if one is None else one for one in (self.memory, self.processes)]
        numbers = [int(self.grouped), *tree]
        numbers += [number for one in self.each for number in one]
        return b",".join(b"%d" % number for number in numbers)

    @classmethod
    def decode(cls, text: bytes) -> Quota:
        """Read what `encode` wrote."""
        grouped, memory, processes, *rest = map(int, text.split(b","))
        each = zip(rest[::3], rest[1::3], rest[2::3], strict=True)
        tree = [None if one < 0 else one for one in (memory, processes)]
        return cls(bool(grouped), tree[0], tree[1], tuple(each))

    def apply(self) -> None:
        """Limit this process, and what it starts; never above a limit that it already has."""
        for kind, soft, hard in self.each:
            highest = resource.getrlimit(kind)[1]
            if highest == resource.RLIM_INFINITY:
                resource.setrlimit(kind, (soft, hard))
            else:
                resource.setrlimit(kind, (min(soft, highest), min(hard, highest)))
