"""Modes, owners, times and extended attributes of files: changed only below given folders.

Landlock does not look at these calls. So the filter of system calls hands them to the supervisor
(`seccomp_unotify(2)`), which looks at the file and makes the change itself, or refuses. It never
lets the call of the program go on: the program could change the path after it was looked at.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from typing import NamedTuple

from rookery.sandbox.linux import call
from rookery.sandbox.syscalls import Machine, number

_RECEIVE, _SEND, _VALID = 0xC0502100, 0xC0182101, 0x40082102  # SECCOMP_IOCTL_NOTIF_...
_NOTIFICATION, _RESPONSE = "=QIIiIQ6Q", "=QqiI"

_AT_FDCWD = -100
_NOFOLLOW, _EMPTY = 0x100, 0x1000  # AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH
_PATH_MAX, _NAME_MAX, _VALUE_MAX = 4096, 256, 65536


class Row(NamedTuple):
    """Where a call has what: indices of its arguments."""

    change: str
    values: int
    """The first argument after the file."""
    folder: int | None = None
    path: int | None = None
    flags: int | None = None
    follow: bool = True


ROWS = {
    "chmod": Row("mode", 1, path=0),
    "fchmod": Row("mode", 1, folder=0),
    "fchmodat": Row("mode", 2, folder=0, path=1),
    "fchmodat2": Row("mode", 2, folder=0, path=1, flags=3),
    "chown": Row("owner", 1, path=0),
    "lchown": Row("owner", 1, path=0, follow=False),
    "fchown": Row("owner", 1, folder=0),
    "fchownat": Row("owner", 2, folder=0, path=1, flags=4),
    "utime": Row("seconds", 1, path=0),
    "utimes": Row("microseconds", 1, path=0),
    "futimesat": Row("microseconds", 2, folder=0, path=1),
    "utimensat": Row("times", 2, folder=0, path=1, flags=3),
    "setxattr": Row("set", 1, path=0),
    "lsetxattr": Row("set", 1, path=0, follow=False),
    "fsetxattr": Row("set", 1, folder=0),
    "removexattr": Row("remove", 1, path=0),
    "lremovexattr": Row("remove", 1, path=0, follow=False),
    "fremovexattr": Row("remove", 1, folder=0),
}
"""A call without a path, or with none given, means the open file `folder`."""


class Attributes:
    """Decides on the calls of one command, and makes them."""

    def __init__(self, listener: int, on: Machine) -> None:
        """Take the listener of the filter."""
        self.listener = listener
        self.roots: list[bytes] = []
        """Resolved folders in which changes are made."""
        self._rows = {number(name, on): row for name, row in ROWS.items()}

    def serve(self) -> None:
        """Answer one call; there must be one, or have been one."""
        buffer = bytearray(struct.calcsize(_NOTIFICATION))
        try:
            fcntl.ioctl(self.listener, _RECEIVE, buffer)
        except OSError:  # who called is gone
            return
        mark, thread, _, call_number, _, _, *arguments = struct.unpack(_NOTIFICATION, buffer)
        try:
            self._do(mark, thread, self._rows[call_number], arguments)
            code = 0
        except OSError as error:
            code = -(error.errno or errno.EPERM)
        except (OverflowError, ValueError, KeyError):
            code = -errno.EINVAL
        answer = struct.pack(_RESPONSE, mark, 0, code, 0)
        try:
            fcntl.ioctl(self.listener, _SEND, answer)
        except OSError:
            return

    def _do(self, mark: int, thread: int, row: Row, arguments: list[int]) -> None:
        memory = os.open(f"/proc/{thread}/mem", os.O_RDONLY | os.O_CLOEXEC)
        opened = [memory]
        try:
            folder, path = _place(thread, memory, row, arguments)
            opened.append(folder)
            values = _values(memory, row, arguments[row.values :])
            # What was opened and read so far is of this thread if it still waits for the answer.
            fcntl.ioctl(self.listener, _VALID, struct.pack("=Q", mark))
            file = folder
            if path:
                options = os.O_PATH | os.O_CLOEXEC
                options |= 0 if _follows(row, arguments) else os.O_NOFOLLOW
                file = os.open(_of(thread, path), options, dir_fd=folder)
                opened.append(file)
            self._check(file)
            _change(file, row.change, values)
        finally:
            for one in opened:
                os.close(one)

    def _check(self, file: int) -> None:
        where = os.readlink(b"/proc/self/fd/%d" % file)  # noqa: PTH115 -- bytes
        if not any(where == root or where.startswith(root + b"/") for root in self.roots):
            raise PermissionError(errno.EPERM, "outside of the workspace")


def _follows(row: Row, arguments: list[int]) -> bool:
    return row.follow and not (row.flags is not None and arguments[row.flags] & _NOFOLLOW)


def _place(thread: int, memory: int, row: Row, arguments: list[int]) -> tuple[int, bytes]:
    """Open what a path starts from; an empty path means just that."""
    flags = 0 if row.flags is None else arguments[row.flags] & 0xFFFFFFFF
    if flags & ~(_NOFOLLOW | _EMPTY):
        raise OSError(errno.EINVAL, "flags")
    path = b""
    if row.path is not None and arguments[row.path]:
        path = _text(memory, arguments[row.path], _PATH_MAX, errno.ENAMETOOLONG)
        if not path and not flags & _EMPTY:
            raise OSError(errno.ENOENT, "no path")
    elif row.path is not None and not row.change.endswith(("times", "microseconds")):
        raise OSError(errno.EFAULT, "no path")
    start = _AT_FDCWD if row.folder is None else _signed(arguments[row.folder])
    if start == _AT_FDCWD or path.startswith(b"/"):
        return os.open(f"/proc/{thread}/cwd", os.O_PATH | os.O_CLOEXEC), path
    try:
        return os.open(f"/proc/{thread}/fd/{start}", os.O_PATH | os.O_CLOEXEC), path
    except FileNotFoundError as error:
        raise OSError(errno.EBADF, "no such file descriptor") from error


def _of(thread: int, path: bytes) -> bytes:
    """What a path names for that thread: `/proc/self` is another folder for the supervisor."""
    for name in (b"/proc/self/", b"/proc/thread-self/"):
        if path.startswith(name):
            return b"/proc/%d/%s" % (thread, path[len(name) :])
    if path.startswith(b"/dev/fd/"):
        return b"/proc/%d/fd/%s" % (thread, path[len(b"/dev/fd/") :])
    return path


def _values(memory: int, row: Row, given: list[int]) -> tuple[int | bytes | None, ...]:
    match row.change:
        case "mode":
            return (given[0] & 0o7777,)
        case "owner":
            return given[0] & 0xFFFFFFFF, given[1] & 0xFFFFFFFF
        case "set":
            if given[2] > _VALUE_MAX:
                raise OSError(errno.E2BIG, "value")
            value = _read(memory, given[1], given[2])
            return _text(memory, given[0], _NAME_MAX, errno.ERANGE), value, given[3] & 0xFFFFFFFF
        case "remove":
            return (_text(memory, given[0], _NAME_MAX, errno.ERANGE),)
        case unit:
            return (_times(memory, unit, given[0]),)


def _times(memory: int, unit: str, address: int) -> bytes | None:
    """Access and change as two `struct timespec`; None: now."""
    if not address:
        return None
    if unit == "seconds":
        accessed, changed = struct.unpack("=qq", _read(memory, address, 16))
        return struct.pack("=qqqq", accessed, 0, changed, 0)
    given = _read(memory, address, 32)
    if unit == "times":
        return given
    seconds, micro, changed, changed_micro = struct.unpack("=qqqq", given)
    if not (0 <= micro < 1_000_000 and 0 <= changed_micro < 1_000_000):
        raise OSError(errno.EINVAL, "microseconds")
    return struct.pack("=qqqq", seconds, micro * 1000, changed, changed_micro * 1000)


def _change(file: int, change: str, values: tuple[int | bytes | None, ...]) -> None:
    link = f"/proc/self/fd/{file}"
    match change, values:
        case "mode", (int(mode),):
            os.chmod(link, mode)  # noqa: PTH101 -- it is a descriptor
        case "owner", (int(user), int(group)):
            call("fchownat", file, b"", user, group, _EMPTY)
        case "set", (bytes(name), bytes(value), int(flags)):
            os.setxattr(link, name, value, flags)
        case "remove", (bytes(name),):
            os.removexattr(link, name)
        case _, (bytes() | None as times,):
            call("utimensat", file, b"", times, _EMPTY)


def _signed(word: int) -> int:
    word &= 0xFFFFFFFF
    return word - (1 << 32) if word >> 31 else word


def _read(memory: int, address: int, length: int) -> bytes:
    try:
        found = os.pread(memory, length, address)
    except (OSError, OverflowError) as error:
        raise OSError(errno.EFAULT, "address") from error
    if len(found) < length:
        raise OSError(errno.EFAULT, "address")
    return found


def _text(memory: int, address: int, longest: int, too_long: int) -> bytes:
    try:
        found = os.pread(memory, longest, address)
    except (OSError, OverflowError) as error:
        raise OSError(errno.EFAULT, "address") from error
    text, end, _ = found.partition(b"\0")
    if not end:
        raise OSError(too_long if len(found) == longest else errno.EFAULT, "text")
    return text
