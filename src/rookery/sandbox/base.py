"""What every sandbox is: bounds in which a program runs, and how much of them it can enforce."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

MIB = 1024 * 1024


class Guarantees(Struct, frozen=True, kw_only=True):
    """What a sandbox enforces on this machine; false where it cannot, or can only partly."""

    fs_read: bool = False
    """Only what the bounds name can be read; the home directory cannot."""
    fs_write: bool = False
    """Only the workspace, its writable roots and a private folder for temporary files change."""
    net: bool = False
    """No network: no TCP, no UDP, no socket of another program."""
    kill_tree: bool = False
    """When the command is over, nothing it started is left, however it hid."""
    limits: bool = False
    """Memory and the number of processes are limited for the whole tree, not for each process."""
    protect_git: bool = False
    """Hooks and configuration of git repositories in the workspace cannot be changed."""

    def lacks(self, required: Guarantees) -> tuple[str, ...]:
        """Return the names of the guarantees that are required and not given."""
        return tuple(
            name
            for name in self.__struct_fields__
            if getattr(required, name) and not getattr(self, name)
        )


class ResourceLimits(Struct, frozen=True, kw_only=True):
    """What a command may use. None: no limit."""

    seconds: float = 120.0
    """Wall time."""
    cpu_seconds: int | None = 300
    processes: int | None = 512
    memory: int | None = 4096 * MIB
    """Bytes."""
    file_size: int | None = 1024 * MIB
    """Bytes of one file."""
    output: int = 8 * MIB
    """Bytes of output from which on the command is stopped."""


class Bounds(Struct, frozen=True, kw_only=True):
    """Where a command may act."""

    workspace: Path
    """The folder that can be written to."""
    readable: tuple[Path, ...] = ()
    """Further folders that can be read."""
    writable: tuple[Path, ...] = ()
    """Further folders that can be written to."""
    tmp: Path
    """A private folder, `/tmp` inside, or what TMPDIR names where a tier has no mounts."""
    allow_domains: tuple[str, ...] = ()
    """Hosts that can be reached, through a proxy; none: no network."""
    limits: ResourceLimits = ResourceLimits()


class Probe(Struct, frozen=True, kw_only=True):
    """Whether a sandbox works on this machine."""

    name: str
    works: bool
    guarantees: Guarantees = Guarantees()
    problem: str = ""
    """Why it does not work, or what of it does not."""
    remedy: str = ""
    """What to do about that: a command, or a sentence."""


class Child(Protocol):
    """A program that was started in a sandbox, and all that it starts."""

    @property
    def pid(self) -> int:
        """The process to be waited for, in the numbering of the host."""
        ...

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the program; return its exit status (128 + n for signal n), None: it runs on.

        Raises SandboxError where the sandbox failed before the program ran; what the system said
        is then in its standard error.
        """
        ...

    def kill(self) -> None:
        """End the whole tree, also what left its session; returns when nothing is left."""
        ...


class Sandbox(Protocol):
    """A way to confine programs. Blocking, and safe to use from several threads."""

    @property
    def name(self) -> str:
        """`bubblewrap`, `landlock`, `seatbelt` or `none`."""
        ...

    def probe(self) -> Probe:
        """Try it for real, once a process, and tell what it guarantees here."""
        ...

    def start(
        self,
        argv: Sequence[str],
        bounds: Bounds,
        *,
        cwd: Path,
        env: Mapping[str, str],
        stdin: int,
        stdout: int,
        stderr: int,
    ) -> Child:
        """Start a program, found by an absolute path, with these file descriptors as its own.

        Nothing else is inherited. `env` is the whole environment (`environment.kept()` makes
        one), but for HOME and TMPDIR, which are the private folder by its name inside, and
        the proxy variables where domains are allowed. Raises SandboxError where the program or
        the sandbox cannot be started: it is never run with less than the guarantees.
        """
        ...
