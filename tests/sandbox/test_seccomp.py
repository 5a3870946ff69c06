"""The filter of system calls: as a program, on tables of calls; for real, in a child."""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.sandbox import seccomp, syscalls
from tests.sandbox import machine

EPERM, EACCES, ENOSYS = (machine.ERRNO | code for code in (errno.EPERM, errno.EACCES, errno.ENOSYS))
ON = sorted(syscalls.MACHINES)
SOCK_STREAM, SOCK_DGRAM, SOCK_CLOEXEC = 1, 2, 0o2000000

BOTH = [
    *[(name, (), EPERM) for name in seccomp._REFUSED],
    *[(name, (), ENOSYS) for name in seccomp._ABSENT],
    ("clone", (0x11,), machine.ALLOW),  # fork
    ("clone", (0x3D0F00,), machine.ALLOW),  # a thread
    *[("clone", (0x11 | 1 << bit,), EPERM) for bit in (17, 25, 26, 27, 28, 29, 30)],
    ("ioctl", (0, 0x5401), machine.ALLOW),  # TCGETS
    ("ioctl", (0, 0x5412), EPERM),
    ("ioctl", (0, 0x5412 | 1 << 32), EPERM),  # the kernel reads 32 bits
    ("ioctl", (0, 0x541C), EPERM),
    ("ioctl", (0, 0x40086602), EPERM),
    ("fcntl", (3, 1030, 0), machine.ALLOW),
    ("fcntl", (3, 8, 1), EPERM),
    ("personality", (0xFFFFFFFF,), machine.ALLOW),
    ("personality", (0x0400000,), EPERM),  # READ_IMPLIES_EXEC
    ("prlimit64", (0, 7, 0, 1), machine.ALLOW),
    ("prlimit64", (1234, 7, 1, 0), EPERM),
    ("socket", (40, SOCK_STREAM, 0), EACCES),  # AF_VSOCK
    ("socket", (17, 3, 0), EACCES),  # AF_PACKET
    ("socket", (38, 5, 0), EACCES),  # AF_ALG
    ("socket", (16, 3, 0), machine.ALLOW),  # routes, which getifaddrs asks for
    ("socket", (16, 3, 9), EACCES),  # audit
    ("kill", (1, 9), machine.ALLOW),
    ("openat", (3, 0, 0o100, 0o755), machine.ALLOW),
    ("openat", (3, 0, 0o100, 0o4755), EPERM),
    ("openat", (3, 0, 0o20200001, 0o4755), EPERM),  # O_TMPFILE
    ("openat", (3, 0, 0o200000, 0o4755), machine.ALLOW),  # what is no mode
    ("fchmod", (3, 0o4755), EPERM),
    ("fchmodat", (3, 0, 0o104755), EPERM),
    ("mknodat", (3, 0, 0o104755), EPERM),
]
SHARED = [
    ("socket", (1, SOCK_STREAM, 0), EACCES),
    ("socket", (2, SOCK_STREAM, 0), EACCES),
    ("socket", (2, SOCK_DGRAM, 0), EACCES),
    ("socket", (10, SOCK_DGRAM, 0), EACCES),
    ("socketpair", (1, SOCK_STREAM | SOCK_CLOEXEC, 0, 0), machine.ALLOW),
    ("socketpair", (1, SOCK_DGRAM, 0, 0), EACCES),
    ("socketpair", (1, 3, 0, 0), EACCES),  # the kernel makes datagrams of it
    ("socketpair", (30, SOCK_STREAM, 0, 0), EACCES),
    ("shmget", (1,), EPERM),
    *[(name, (), machine.NOTIFY) for name in seccomp.ATTRIBUTES],
]
ALONE = [
    ("socket", (1, SOCK_STREAM, 0), machine.ALLOW),
    ("socket", (2, SOCK_DGRAM, 0), machine.ALLOW),
    ("socketpair", (1, SOCK_DGRAM, 0, 0), machine.ALLOW),
    ("shmget", (1,), machine.ALLOW),
    *[(name, (), machine.ALLOW) for name in seccomp.ATTRIBUTES],
]


@pytest.mark.parametrize("name", ON)
@pytest.mark.parametrize("namespaces", [False, True])
def test_verdicts(name: str, namespaces: bool) -> None:
    on = syscalls.MACHINES[name]
    program = seccomp.program(on, namespaces=namespaces)
    for call, arguments, verdict in BOTH + (ALONE if namespaces else SHARED):
        number = syscalls.number(call, on)
        if number is not None:
            found = machine.run(program, on.audit, number, arguments)
            assert found == verdict, (call, arguments)


@pytest.mark.parametrize("name", ON)
def test_another_architecture_kills_whatever_it_calls(name: str) -> None:
    on = syscalls.MACHINES[name]
    program = seccomp.program(on, namespaces=True)
    for audit in (0x40000003, 0xC0000016, 0, *(m.audit for m in syscalls.MACHINES.values())):
        for number in (0, 1, 59, 41, 500):
            verdict = machine.run(program, audit, number)
            assert (verdict == machine.KILL) == (audit != on.audit)


@pytest.mark.parametrize("name", ON)
@given(number=st.integers(syscalls.LAST + 1, 2**32 - 1))
def test_unknown_calls_and_those_of_x32_are_not_there(name: str, number: int) -> None:
    on = syscalls.MACHINES[name]
    program = seccomp.program(on, namespaces=True)
    assert machine.run(program, on.audit, number) == ENOSYS


@given(
    number=st.integers(0, syscalls.LAST),
    arguments=st.lists(st.integers(0, 2**64 - 1), min_size=6, max_size=6),
)
def test_high_words_never_change_the_verdict(number: int, arguments: list[int]) -> None:
    on = syscalls.MACHINES["x86_64"]
    program = seccomp.program(on, namespaces=False, guarded=(77,))
    low = [value & 0xFFFFFFFF for value in arguments]
    assert machine.run(program, on.audit, number, arguments) == machine.run(
        program, on.audit, number, low
    )


def test_guarded_processes_get_no_signals() -> None:
    on = syscalls.MACHINES["x86_64"]
    program = seccomp.program(on, namespaces=False, guarded=(77, 99))
    for call in ("kill", "tkill", "rt_sigqueueinfo"):
        for target, refused in ((77, True), (-99, True), (-1, True), (0, False), (78, False)):
            number = syscalls.number(call, on)
            assert number is not None
            verdict = machine.run(program, on.audit, number, (target, 9))
            assert verdict == (EPERM if refused else machine.ALLOW), (call, target)
    assert machine.run(program, on.audit, 234, (78, 99, 9)) == EPERM
    assert machine.run(program, on.audit, 424, (3, 9)) == EPERM


def test_a_machine_without_a_table_has_no_program(monkeypatch: pytest.MonkeyPatch) -> None:
    known = os.uname()
    other = os.uname_result((*known[:4], "riscv64"))
    monkeypatch.setattr(os, "uname", lambda: other)
    assert syscalls.machine() is None


def _numbers() -> dict[str, int]:
    header = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
    if not header.exists():
        pytest.skip("the kernel's headers are not installed")
    words = [line.split() for line in header.read_text().splitlines()]
    return {w[1].removeprefix("__NR_"): int(w[2]) for w in words if len(w) == 3 and w[2].isdigit()}


def test_numbers_are_those_of_the_kernels_headers() -> None:
    header = _numbers()
    wrong = {
        name: number
        for name, (number, _) in syscalls.NUMBERS.items()
        if number is not None and header.get(name, number) != number
    }
    assert not wrong
    assert len(header.keys() & syscalls.NUMBERS.keys()) > 100


SCRIPT = """
import ctypes, json, os, socket, sys
program = sys.stdin.buffer.read()
class Fprog(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.byref(Fprog(len(program) // 8, program))) == 0
def tell(call):
    try:
        return call() and None
    except OSError as error:
        return error.errno
def raw(*arguments):
    ctypes.set_errno(0)
    libc.syscall(*map(ctypes.c_long, arguments))
    return ctypes.get_errno()
print(json.dumps({
    "tcp": tell(lambda: socket.socket(socket.AF_INET)),
    "udp": tell(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)),
    "unix": tell(lambda: socket.socket(socket.AF_UNIX)),
    "pair": tell(lambda: socket.socketpair()),
    "datagrams": tell(lambda: socket.socketpair(type=socket.SOCK_DGRAM)),
    "fork": tell(lambda: os.waitpid(os.fork() or os._exit(0), 0)),
    "io_uring": raw(425, 1, 0),
    "ptrace": raw(%(ptrace)d, 0, 0, 0, 0),
    "x32": raw(0x40000000 + 39),
    "unshare": raw(%(unshare)d, 0x10000000),
}))
"""


def test_the_kernel_takes_the_program_and_obeys_it() -> None:
    on = syscalls.machine()
    if on is None:
        pytest.skip("no table for this machine")
    numbers = {name: syscalls.number(name, on) for name in ("ptrace", "unshare")}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", SCRIPT % numbers],
        input=seccomp.program(on, namespaces=False),
        capture_output=True,
        timeout=30,
        check=True,
    )
    assert eval(done.stdout, {"null": None}) == {  # noqa: S307 -- our own output
        "tcp": errno.EACCES,
        "udp": errno.EACCES,
        "unix": errno.EACCES,
        "pair": None,
        "datagrams": errno.EACCES,
        "fork": None,
        "io_uring": errno.ENOSYS,
        "ptrace": errno.EPERM,
        "x32": errno.ENOSYS,
        "unshare": errno.EPERM,
    }


def test_a_process_of_32_bits_is_not_mistaken_for_this_machine() -> None:
    assert ctypes.sizeof(ctypes.c_void_p) == 8
    assert syscalls.machine() in (None, *syscalls.MACHINES.values())
    assert socket.AF_INET == seccomp.AF_INET
    assert socket.AF_INET6 == seccomp.AF_INET6
