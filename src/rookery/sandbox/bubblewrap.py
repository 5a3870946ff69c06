"""The sandbox with the most guarantees: bubblewrap, with namespaces of its own for everything.

The command sees only what is mounted (`mounts`), has no network, no capabilities and no way to
get new ones, and is alone with what it starts: when it ends, the kernel ends all of that.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

from rookery.errors import SandboxError
from rookery.sandbox import group, probing
from rookery.sandbox.base import Bounds, Child, Guarantees, Probe, ResourceLimits
from rookery.sandbox.environment import DEFAULT_PATH, at_home
from rookery.sandbox.guards import Guards
from rookery.sandbox.mounts import INSIDE_TMP, make_points, mounts
from rookery.sandbox.namespace import Namespace, Wires
from rookery.sandbox.quota import Quota
from rookery.sandbox.seccomp import program
from rookery.sandbox.syscalls import machine

_ALONE = (
    *("--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"),
    *("--unshare-cgroup-try", "--disable-userns", "--cap-drop", "ALL"),
    *("--new-session", "--die-with-parent"),
)
INSTALL = "apt-get install bubblewrap (dnf, pacman, zypper, apk: the same name)"

_SWITCHES = (
    (
        "kernel/unprivileged_userns_clone",
        "0",
        "sysctl -w kernel.unprivileged_userns_clone=1",
    ),
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or a profile for bwrap",
    ),
    ("user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=10000"),
)
"""Settings of Linux that keep users from making namespaces, and how to change them."""

_NOBODY = 65534
"""Who root is inside: programs that believe to be root would try what they may not."""


class Bubblewrap:
    """`bwrap`, found outside of the workspace."""

    name = "bubblewrap"

    def probe(self) -> Probe:
        """Run a program that tries what is forbidden."""
        if not sys.platform.startswith("linux"):
            return Probe(name=self.name, works=False, problem="it is made for Linux")
        if bwrap() is None:
            return Probe(
                name=self.name, works=False, problem="bwrap is not installed", remedy=INSTALL
            )
        try:
            broken = probing.broken(self)
        except SandboxError as error:
            return Probe(
                name=self.name, works=False, problem=error.message, remedy=_remedy(error.message)
            )
        promised = ("fs_read", "fs_write", "net", "kill_tree", "protect_git")
        return Probe(
            name=self.name,
            works="start" not in broken,
            guarantees=Guarantees(**{name: name not in broken for name in promised}),
            problem=f"it was seen not to hold: {', '.join(sorted(broken))}" if broken else "",
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
        """Start a program. See `Sandbox.start`."""
        executable = bwrap()
        if executable is None:
            raise SandboxError("bwrap is not on the PATH: install bubblewrap.")
        _check(argv, cwd)
        found = mounts(bounds, env.get("PATH", ""))
        make_points(bounds.tmp, found.points)
        with ExitStack() as stack:
            guards = Guards(found.workspace, stack) if _mounts_descriptors() else None
            way_out = _way_out(bounds.allow_domains)
            wires = Wires(stack, _filter())
            command = [
                *(executable, *_ALONE, *_identity(), *way_out.arguments, *found.arguments),
                *(guards.arguments if guards else ()),
                *(*wires.arguments, "--chdir", str(cwd), "--", *way_out.command, *argv),
            ]
            start = partial(
                group.start,
                command,
                cwd=None,
                env=at_home(env, INSIDE_TMP),
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                pass_fds=(*wires.passed, *(guards.descriptors if guards else ())),
            )
            process = _spawner(os.getpid()).submit(start).result()
            return Namespace(process, wires, guards, _quota(bounds.limits))


def _quota(limits: ResourceLimits) -> Quota:
    return Quota.of(limits, grouped=False, namespace=True)


@lru_cache(maxsize=1)
def _filter() -> bytes | None:
    """Return the filter of system calls; None: there is none for this machine."""
    on = machine()
    return None if on is None else program(on, namespaces=True)


def _identity() -> tuple[str, ...]:
    if os.geteuid() != 0:
        return ()
    return ("--uid", str(_NOBODY), "--gid", str(_NOBODY))


class _WayOut(NamedTuple):
    """What leads out of the sandbox to the domains that are allowed."""

    arguments: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    """What is put in front of the command."""


def _way_out(domains: tuple[str, ...]) -> _WayOut:
    if not domains:
        return _WayOut()
    from rookery.sandbox.proxy import proxy  # noqa: PLC0415 -- brings asyncio

    socket = proxy(domains).address
    return _WayOut(
        ("--ro-bind", str(socket.parent), "/run/rookery"),
        (_python(), "-I", "-S", "-c", _relay(), f"/run/rookery/{socket.name}"),
    )


@lru_cache(maxsize=1)
def _relay() -> str:
    return Path(__file__).with_name("relay.py").read_text(encoding="utf-8")


def _python() -> str:
    if os.access(sys.executable, os.X_OK):
        return sys.executable
    found = shutil.which("python3", path=DEFAULT_PATH)
    if found is None:
        raise SandboxError("allow_domains needs a Python that every user may run.")
    return found


def _check(argv: Sequence[str], cwd: Path) -> None:
    if not argv or not argv[0].startswith("/"):
        raise SandboxError("A program is started by its absolute path.")
    if not os.access(argv[0], os.X_OK):
        raise SandboxError(f"{argv[0]} could not be started: there is no such program.")
    if any("\0" in part for part in (*argv, str(cwd))):
        raise SandboxError(f"{argv[0]} could not be started: a NUL byte in an argument.")


def _remedy(problem: str) -> str:
    """Tell what lets `bwrap` work, by what the system says about namespaces."""
    for name, refused, remedy in _SWITCHES:
        try:
            value = Path("/proc/sys", name).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if value == refused:
            return remedy
    if Path("/.dockerenv").exists() or Path("/run/.containerenv").exists():
        return (
            "start the container with --security-opt seccomp=unconfined "
            "--security-opt apparmor=unconfined --security-opt systempaths=unconfined"
        )
    if "namespace" in problem or "uid map" in problem:
        return "this user must be allowed to make user namespaces; the sandbox landlock needs none"
    return ""


@lru_cache(maxsize=1)
def bwrap() -> str | None:
    """Return the absolute path of `bwrap`; None: it is not installed."""
    found = shutil.which("bwrap", path="/usr/bin:/usr/local/bin:/bin:" + os.environ.get("PATH", ""))
    return os.path.realpath(found) if found and found.startswith("/") else None


@lru_cache(maxsize=1)
def _mounts_descriptors() -> bool:
    """Tell whether this `bwrap` can mount what was opened before; some since 0.8."""
    options = subprocess.run([bwrap() or "bwrap", "--help"], capture_output=True, check=False)  # noqa: S603
    return b"--ro-bind-fd" in options.stdout + options.stderr


@lru_cache(maxsize=1)
def _spawner(_pid: int) -> ThreadPoolExecutor:
    """Return the thread that starts all commands: they die with the thread that started them."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="rookery-sandbox")
