"""The sandbox with the most guarantees: bubblewrap, with namespaces of its own for everything.

The command sees only what is mounted (`mounts`), has no network, no capabilities and no way to
get new ones, and is alone with what it starts: when it ends, the kernel ends all of that.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

from rookery.errors import SandboxError
from rookery.sandbox import group, probing
from rookery.sandbox.base import Bounds, Child, Guarantees, Probe
from rookery.sandbox.environment import DEFAULT_PATH, at_home
from rookery.sandbox.guards import Guards
from rookery.sandbox.mounts import INSIDE_TMP, make_points, mounts
from rookery.sandbox.waiting import close_with, ended, watch

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
        program = bwrap()
        if program is None:
            raise SandboxError("bwrap is not on the PATH: install bubblewrap.")
        _check(argv, cwd)
        found = mounts(bounds, env.get("PATH", ""))
        make_points(bounds.tmp, found.points)
        with ExitStack() as stack:
            guards = Guards(found.workspace, stack) if _mounts_descriptors() else None
            status, told = os.pipe()
            stack.callback(os.close, told)
            way_out = _way_out(bounds.allow_domains)
            command = [
                *(program, *_ALONE, *_identity(), *way_out.arguments, *found.arguments),
                *(guards.arguments if guards else ()),
                *("--json-status-fd", str(told), "--chdir", str(cwd), "--"),
                *way_out.command,
                *argv,
            ]
            start = partial(
                group.start,
                command,
                cwd=None,
                env=at_home(env, INSIDE_TMP),
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                pass_fds=(told, *(guards.descriptors if guards else ())),
            )
            try:
                process = _spawner(os.getpid()).submit(start).result()
            except BaseException:
                os.close(status)
                raise
        return _Confined(process, status, guards)


class _Confined:
    """A command and all that it started: the processes of one namespace."""

    def __init__(
        self, process: subprocess.Popen[bytes], status: int, guards: Guards | None
    ) -> None:
        """Take the `bwrap` process and the pipe on which it tells how it goes."""
        self._process = process
        self._guards = guards
        self._status = status
        self._lock = threading.Lock()
        self._outer = watch(process.pid)
        self._told = b""
        while b"\n" not in self._told and (more := os.read(status, 4096)):
            self._told += more
        first = self._told.partition(b"\n")[0]
        self._inner = watch(json.loads(first)["child-pid"]) if first else None
        close_with(self, status, self._outer, self._inner)

    @property
    def pid(self) -> int:
        """The `bwrap` process on the host."""
        return self._process.pid

    def wait(self, timeout: float | None = None) -> int | None:
        """Return the exit status when the namespace is empty; see `Child.wait`."""
        if not ended(self._outer, timeout):
            return None
        ended(self._inner)  # the first process of a namespace ends after all the others
        with self._lock:
            status = self._process.wait()
            while more := os.read(self._status, 4096):
                self._told += more
        self._finish()
        if status < 0:
            return 128 - status
        if b'"exit-code"' not in self._told:
            raise SandboxError("The sandbox could not be set up; its standard error says why.")
        return status

    def kill(self) -> None:
        """Kill the namespace with all that is in it."""
        if self._inner is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._inner, signal.SIGKILL)
        if self._process.returncode is None:
            self._process.kill()
        ended(self._inner)
        with self._lock:
            self._process.wait()
        self._finish()

    def _finish(self) -> None:
        if self._guards is not None:
            self._guards.withdraw()


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
