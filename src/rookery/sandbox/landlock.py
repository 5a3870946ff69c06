"""The sandbox that needs nothing installed: Landlock and a filter of system calls.

A command is confined by the kernel (Linux 6.2 or newer), without namespaces. It sees the host's
processes and that files exist, but reads, changes and reaches only what its bounds name. Each one
has a supervisor that ends all that it started.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from rookery.errors import SandboxError
from rookery.sandbox import cgroup, probing, ruleset
from rookery.sandbox.base import Bounds, Child, Guarantees, Probe
from rookery.sandbox.confined import Order
from rookery.sandbox.environment import DEFAULT_PATH, at_home
from rookery.sandbox.quota import Quota
from rookery.sandbox.rulesets import Rulesets
from rookery.sandbox.spawner import Spawner
from rookery.sandbox.syscalls import MACHINES, machine

_WRITES, _SIGNALS = 3, 6
"""The versions of Landlock since which truncation and signals are confined."""


class Landlock:
    """Landlock, seccomp and a supervisor for each command."""

    name = "landlock"

    def __init__(self, version: int | None = None) -> None:
        """Look at the kernel.

        `version`: use Landlock as if the kernel had this version of it (ABI); None: its own.
        """
        highest = ruleset.abi() if _is_linux() else 0
        self._version = highest if version is None else min(version, highest)
        self._spawner = Spawner(guard=self._version < _SIGNALS)
        self._rulesets = Rulesets(self._version)

    def probe(self) -> Probe:
        """Try it for real, and tell what it guarantees here."""
        problem, remedy = self._obstacle()
        if problem:
            return Probe(name=self.name, works=False, problem=problem, remedy=remedy)
        try:
            broken = probing.broken(self)
        except SandboxError as error:
            return Probe(name=self.name, works=False, problem=error.message)
        if "start" in broken:
            return Probe(name=self.name, works=False, problem="programs do not start in it")
        limits = _grouped()
        guarantees = Guarantees(
            fs_read="fs_read" not in broken,
            fs_write="fs_write" not in broken and self._version >= _WRITES,
            net="net" not in broken,
            kill_tree="kill_tree" not in broken,
            limits=limits,
        )
        problem, remedy = self._shortfall(limits)
        return Probe(
            name=self.name, works=True, guarantees=guarantees, problem=problem, remedy=remedy
        )

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
        """Start a program; home and temporary files are in `bounds.tmp`.

        Raises SandboxError, also for `allow_domains`: there is no network to share in part.
        """
        problem, remedy = self._obstacle()
        if problem:
            raise SandboxError(f"The sandbox landlock cannot be used here: {problem}. {remedy}")
        if bounds.allow_domains:
            raise SandboxError(
                "The sandbox landlock has no network, so allow_domains needs bubblewrap."
            )
        environment = at_home(env, bounds.tmp.resolve())
        with self._rulesets.lend(bounds, env.get("PATH", DEFAULT_PATH)) as (rules, roots):
            order = Order(
                quota=Quota.of(bounds.limits, grouped=_grouped()),
                cwd=os.fsencode(cwd),
                roots=roots,
                argv=[os.fsencode(word) for word in argv],
                env=[os.fsencode(f"{name}={value}") for name, value in environment.items()],
            )
            with Path(os.devnull).open("r+b") as nothing:
                standard = [nothing.fileno() if one < 0 else one for one in (stdin, stdout, stderr)]
                return self._spawner.start(order, [*standard, rules])

    def close(self) -> None:
        """End the processes that wait for commands, and give back file descriptors."""
        self._spawner.close()
        self._rulesets.close()

    def _obstacle(self) -> tuple[str, str]:
        """Tell what keeps it from being tried, and what to do about it."""
        if not _is_linux():
            return "it is a part of Linux", ""
        if machine() is None:
            return f"it is written for 64 bits of {' and '.join(MACHINES)}", ""
        if self._version < 1:
            return (
                "the kernel has no Landlock, or it is off",
                "Linux 6.2 or newer with landlock in the list of lsm= (kernel command line)",
            )
        return "", ""

    def _shortfall(self, limits: bool) -> tuple[str, str]:
        """Tell what is not guaranteed, though it works."""
        said = ["hooks and configuration of git can be changed, arguments of processes be seen"]
        remedies = []
        if self._version < _WRITES:
            said.append("files that can be read can be truncated")
            remedies.append("Linux 6.2 or newer")
        if self._version < _SIGNALS:
            said.append("other programs of this user can be sent signals")
            remedies.append("Linux 6.12 or newer")
        if not limits:
            said.append("memory and processes are not limited for the whole tree")
            remedies.append("a control group that this user may change (systemd: Delegate=yes)")
        return "; ".join(said), "; ".join(remedies)


def _is_linux() -> bool:
    return sys.platform == "linux"


def _grouped() -> bool:
    return _can_group(os.geteuid())


@lru_cache(maxsize=4)
def _can_group(_: int) -> bool:
    """Tell whether this user can make control groups."""
    return bool(cgroup.parents())
