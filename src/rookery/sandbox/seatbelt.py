"""The sandbox of macOS, by `sandbox-exec` and a profile.

Not tested on macOS: only the text of the profile is. It therefore guarantees what a probe on the
machine shows, and `kill_tree` never, since there a process can leave its group.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rookery.errors import SandboxError
from rookery.sandbox import group, probing
from rookery.sandbox.base import Bounds, Child, Guarantees, Probe
from rookery.sandbox.environment import DEFAULT_PATH, at_home
from rookery.sandbox.reads import installations, named
from rookery.sandbox.repositories import KEPT, SETTINGS, known

PROGRAM = "/usr/bin/sandbox-exec"

SYSTEM = (
    *("/usr", "/bin", "/sbin", "/System", "/Library/Apple", "/Library/Developer", "/opt/homebrew"),
    *("/Library/Frameworks", "/private/etc/ssl", "/private/etc/hosts", "/private/etc/localtime"),
    *("/private/etc/passwd", "/private/etc/profile", "/private/etc/bashrc", "/private/etc/paths"),
    *("/private/etc/shells", "/private/etc/services", "/private/etc/protocols", "/dev/fd"),
    *("/private/var/db/timezone", "/private/var/select", "/private/var/db/dyld"),
    *("/Applications/Xcode.app/Contents/Developer", "/nix/store"),
)
"""Folders and files of the system that are read."""

_LINKS = (Path("/etc"), Path("/tmp"), Path("/var"))  # noqa: S108
"""They lead to folders of the same name in `/private`."""

_MACOS = sys.platform == "darwin"
_DEVICES = ("null", "zero", "random", "urandom", "tty", "stdin", "stdout", "stderr")


class Seatbelt:
    """`sandbox-exec` with a profile that denies what it does not name."""

    name = "seatbelt"

    def probe(self) -> Probe:
        """Run a program that tries what is forbidden; elsewhere than on macOS, do not."""
        if not _MACOS:
            return Probe(name=self.name, works=False, problem="it is made for macOS")
        try:
            broken = probing.broken(self)
        except SandboxError as error:
            return Probe(name=self.name, works=False, problem=error.message)
        promised = ("fs_read", "fs_write", "net", "protect_git")
        return Probe(
            name=self.name,
            works="start" not in broken,
            guarantees=Guarantees(**{name: name not in broken for name in promised}),
            problem="processes that leave their group are not found; nobody tested it on macOS yet",
            remedy="run commands in a container or a virtual machine with Linux",
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
        """Start a program; home and temporary files are in `bounds.tmp`."""
        if bounds.allow_domains:
            raise SandboxError("The sandbox seatbelt has no network: allow_domains needs Linux.")
        tmp = bounds.tmp.resolve()
        process = group.start(
            [PROGRAM, "-p", profile(bounds, env.get("PATH", DEFAULT_PATH)), *argv],
            cwd=cwd,
            env=at_home(env, tmp),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
        )
        return group.GroupChild(process)


def profile(bounds: Bounds, path: str) -> str:
    """Return the profile for these bounds, in the language of `sandbox-exec`; later rules win."""
    workspace, *_, tmp = named(bounds)
    writable = [workspace, tmp, *(folder.resolve() for folder in bounds.writable)]
    readable = [Path(name) for name in SYSTEM]
    readable += [*installations(path), *named(bounds)]
    ancestors = {parent for folder in readable for parent in folder.parents}
    lines = [
        "(version 1)",
        "(deny default)",
        "(allow process-fork)",
        "(allow process-exec)",
        "(allow signal (target same-sandbox))",
        "(allow process-info* (target same-sandbox))",
        "(allow sysctl-read)",
        '(allow mach-lookup (global-name "com.apple.system.opendirectoryd.libinfo"))',
        _rule("allow file-read*", "subpath", readable),
        _rule("allow file-read-metadata", "literal", [*ancestors, *_LINKS]),
        _rule("allow file-read* file-write*", "literal", [Path("/dev", d) for d in _DEVICES]),
        _rule("allow file-write*", "subpath", writable),
    ]
    inner = [folder.resolve() for folder in bounds.readable]
    inner = [folder for folder in inner if any(folder.is_relative_to(top) for top in writable)]
    lines += [_rule("deny file-write*", "subpath", [*inner, *_guarded(workspace)])]
    return "\n".join(line for line in lines if line) + "\n"


def _guarded(workspace: Path) -> Iterable[Path]:
    found = known(workspace)
    yield from (workspace / name for name in SETTINGS)
    for store in found.stores:
        yield from (workspace / store / name for name in KEPT)
    yield from (workspace / path for path in found.pointers)


def _rule(what: str, kind: str, paths: Iterable[Path]) -> str:
    """Return a rule over paths; nothing for no paths, since a rule without any is about all."""
    terms = [f"({kind} {_quoted(path)})" for path in dict.fromkeys(paths)]
    return f"({what}\n  " + "\n  ".join(terms) + ")" if terms else ""


def _quoted(path: Path) -> str:
    """Return a path as a string of the profile. Raises SandboxError where it cannot be one."""
    text = str(path)
    if not text.isprintable():
        raise SandboxError(f"A folder with control characters in its name: {text!r}.")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
