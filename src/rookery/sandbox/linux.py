"""Calls of Linux that Python has no names for, by ctypes. Importing it works on every system."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from functools import lru_cache

from rookery.sandbox.syscalls import machine, number

PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 24, 36, 38
_SET_FILTER, _NEW_LISTENER, _WAIT_KILLABLE = 1, 1 << 3, 1 << 5  # seccomp(2)
_CAPABILITY_VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3


@lru_cache(maxsize=1)
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: int | bytes | None) -> int:
    """Make a system call; raises OSError where it fails, or where this machine has no such call."""
    on = machine()
    found = None if on is None else number(name, on)
    if found is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    given = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    result: int = _libc().syscall(ctypes.c_long(found), *given)
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def prctl(option: int, value: int) -> None:
    """Change something of this thread or process; raises OSError."""
    zero = ctypes.c_ulong(0)
    if _libc().prctl(option, ctypes.c_ulong(value), zero, zero, zero) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def drop_capabilities() -> None:
    """Give up every capability of this process, for good; also of root."""
    last = 0
    try:
        while True:
            prctl(PR_CAPBSET_DROP, last)
            last += 1
    except OSError:  # EINVAL: there are no more; EPERM: there are none to give up
        pass
    header = struct.pack("=Ii", _CAPABILITY_VERSION, 0)
    call("capset", header, bytes(24))


def obey(program: bytes) -> int:
    """Obey a filter of system calls from now on; return the listener for those it asks about.

    Args:
        program: An array of `struct sock_filter`.
    """
    filters = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(filters))
    try:
        return call("seccomp", _SET_FILTER, _NEW_LISTENER | _WAIT_KILLABLE, header)
    except OSError:  # before Linux 5.19
        return call("seccomp", _SET_FILTER, _NEW_LISTENER, header)
