"""Rules of Landlock: which files a process may use, and that it reaches no other process.

See `landlock(7)`. What a kernel can refuse depends on its version of Landlock (its ABI):
1 files, 2 links and renames between folders, 3 truncation, 4 TCP, 5 requests to devices,
6 abstract sockets and signals.
"""

from __future__ import annotations

import contextlib
import os
import stat
import struct
from collections.abc import Iterable
from pathlib import Path

from rookery.sandbox.linux import call

_VERSION = 1  # LANDLOCK_CREATE_RULESET_VERSION
_BENEATH = 1  # LANDLOCK_RULE_PATH_BENEATH

_FILES = (1 << 13) - 1  # execute, write, read, list, remove (2), make (7)
_READ = 0b1101  # LANDLOCK_ACCESS_FS_EXECUTE, READ_FILE, READ_DIR
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_MAKE_DEVICES = 1 << 6 | 1 << 11  # character and block
_OF_A_FILE = 0b111 | _TRUNCATE | _IOCTL_DEV
_NET = 0b11  # bind and connect, TCP
_SCOPES = 0b11  # abstract unix sockets, signals


def abi() -> int:
    """Return the version of Landlock; 0: the kernel has none, or it is off."""
    with contextlib.suppress(OSError):
        return call("landlock_create_ruleset", None, 0, _VERSION)
    return 0


def make(readable: Iterable[Path], writable: Iterable[Path], version: int) -> int:
    """Return a file descriptor for `restrict`: all that is not named is refused.

    Args:
        readable: Files and folders that can be read and run, with what is below.
        writable: Files and folders that can be changed as well. Paths that are not there, or
            that this process cannot see, are left out.
        version: The ABI to use, at most what `abi` says.

    Raises:
        OSError: The kernel does not take it.
    """
    handled = _FILES
    for since, right in ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEV)):
        handled |= right if version >= since else 0
    attributes = struct.pack("=Q", handled)
    attributes += struct.pack("=Q", _NET) if version >= 4 else b""
    attributes += struct.pack("=Q", _SCOPES) if version >= 6 else b""
    rules = call("landlock_create_ruleset", attributes, len(attributes), 0)
    try:
        for path in readable:
            _allow(rules, path, _READ)
        for path in writable:
            _allow(rules, path, handled & ~_MAKE_DEVICES)
    except BaseException:
        os.close(rules)
        raise
    return rules


def _allow(rules: int, path: Path, access: int) -> None:
    try:
        found = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    try:
        if not stat.S_ISDIR(os.fstat(found).st_mode):
            access &= _OF_A_FILE
        call("landlock_add_rule", rules, _BENEATH, struct.pack("=Qi", access, found), 0)
    finally:
        os.close(found)


def restrict(rules: int) -> None:
    """Obey these rules from now on, with all that is started; needs no_new_privs."""
    call("landlock_restrict_self", rules, 0)
