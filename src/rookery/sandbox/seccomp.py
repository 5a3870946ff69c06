"""Which system calls a confined program may make: a filter of the kernel's (seccomp).

A list of what is refused, over calls that are known; a call that is newer than the tables is not
there (ENOSYS), and one of another architecture kills the process.
"""

from __future__ import annotations

import errno

from rookery.sandbox.bpf import NOTIFY, Case, Test, assemble, fail
from rookery.sandbox.syscalls import LAST, Machine, number

AF_UNIX, AF_INET, AF_INET6, AF_NETLINK = 1, 2, 10, 16
_NETLINK_ROUTE = 0
_STREAM, _SEQPACKET, _TYPE = 1, 5, 0xF

_NAMESPACES = 0x7E020000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET

_SET_USER_ID = 0o4000
_MAKES = 0o20000100  # O_TMPFILE without O_DIRECTORY, O_CREAT: else there is no mode

_PERSONALITIES = (0, 0x8, 0x20000, 0x20008, 0x40000, 0xFFFFFFFF)
"""Linux, 32 bits and 2.6 for `uname`, no randomised addresses, and the question what it is."""


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_REFUSED = _names("""
    ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd
    bpf perf_event_open userfaultfd fanotify_init fanotify_mark lookup_dcookie
    add_key keyctl request_key
    mount umount2 mount_setattr move_mount open_tree fsopen fsconfig fsmount fspick
    pivot_root chroot statmount listmount open_by_handle_at name_to_handle_at
    unshare setns
    kexec_load kexec_file_load init_module finit_module delete_module reboot
    swapon swapoff acct quotactl quotactl_fd nfsservctl uselib ustat vhangup syslog
    adjtimex clock_adjtime clock_settime settimeofday sethostname setdomainname
    iopl ioperm modify_ldt migrate_pages move_pages
""")
"""Doors into other processes and into the kernel; none of them is for an ordinary program."""

_ABSENT = _names("""
    io_uring_setup io_uring_enter io_uring_register clone3 openat2 setxattrat removexattrat
""")
"""Programs go on without them. Their arguments cannot be seen, or they act past the filter."""

_IOCTLS = (
    0x5412,  # TIOCSTI: types into the terminal
    0x541C,  # TIOCLINUX: the same by way of the console
    0x8901,  # FIOSETOWN and SIOCSPGRP: who is sent a signal when something arrives
    0x8902,
    0x40086602,  # FS_IOC_SETFLAGS, FS_IOC32_SETFLAGS, FS_IOC_FSSETXATTR: `chattr`, also of a file
    0x40046602,  # that is only open for reading
    0x401C5820,
)

_SIGNALS_OWNER = (8, 10, 15)  # F_SETOWN, F_SETSIG, F_SETOWN_EX: signals past `kill`

_SHARED = _names("""
    shmget shmat shmctl msgget msgsnd msgrcv msgctl semget semop semtimedop semctl mq_open mq_unlink
""")
"""Memory, queues and semaphores that every program of the user shares."""

ATTRIBUTES = _names("""
    chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes futimesat utimensat
    setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr
""")
"""Calls that change what is known of a file; Landlock does not look at them."""


def program(on: Machine, *, namespaces: bool, guarded: tuple[int, ...] = ()) -> bytes:
    """Return the filter for a machine, an array of `struct sock_filter`.

    Args:
        on: The machine; see `syscalls.machine`.
        namespaces: The program has namespaces of its own for the network, IPC and mounts, which
            bound its sockets. Else it gets no socket but pairs of streams, no System V IPC, and
            a listener must decide on every call of ATTRIBUTES.
        guarded: Processes that it may not send a signal, where Landlock does not see to that.
    """
    calls: dict[str, list[Case]] = {name: [Case(fail(errno.EPERM))] for name in _REFUSED}
    calls |= {name: [Case(fail(errno.ENOSYS))] for name in _ABSENT}
    calls |= _by_arguments()
    calls |= _modes()
    calls |= _sockets(namespaces)
    if not namespaces:
        calls |= {name: [Case(fail(errno.EPERM))] for name in _SHARED}
        calls |= {name: [*calls.get(name, ()), Case(NOTIFY)] for name in ATTRIBUTES}
    if guarded:
        calls |= _guards(guarded)
    numbers = {number(name, on): cases for name, cases in calls.items()}
    known = {key: cases for key, cases in numbers.items() if key is not None}
    return assemble(on.audit, LAST, fail(errno.ENOSYS), known)


def _by_arguments() -> dict[str, list[Case]]:
    refused = fail(errno.EPERM)
    return {
        "clone": [
            Case(refused, (Test(0, (0,), mask=_NAMESPACES, among=False),)),
        ],
        "ioctl": [Case(refused, (Test(1, _IOCTLS),))],
        "fcntl": [Case(refused, (Test(1, _SIGNALS_OWNER),))],
        "personality": [Case(refused, (Test(0, _PERSONALITIES, among=False),))],
        "prlimit64": [Case(refused, (Test(0, (0,), among=False),))],  # limits of another process
    }


def _modes() -> dict[str, list[Case]]:
    """Refuse files that run with the rights of their owner: others could use these later."""
    refused = fail(errno.EPERM)
    at = {"chmod": 1, "creat": 1, "fchmod": 1, "fchmodat": 2, "fchmodat2": 2}
    at |= {"mknod": 1, "mknodat": 2}
    cases = {
        name: [Case(refused, (Test(mode, (0,), mask=_SET_USER_ID, among=False),))]
        for name, mode in at.items()
    }
    for name, flags in (("open", 1), ("openat", 2)):
        makes = Test(flags, (0,), mask=_MAKES, among=False)
        mode = Test(flags + 1, (0,), mask=_SET_USER_ID, among=False)
        cases[name] = [Case(refused, (makes, mode))]
    return cases


def _sockets(namespaces: bool) -> dict[str, list[Case]]:
    """Families that are not listed do not exist here: AF_VSOCK, for one, knows no namespace.

    A pair of datagram sockets could send to any address, so it is refused with the others; pairs
    of streams cannot leave one another.
    """
    families = (AF_UNIX, AF_INET, AF_INET6, AF_NETLINK) if namespaces else (AF_NETLINK,)
    refused = fail(errno.EACCES)
    cases = {
        "socket": [
            Case(refused, (Test(0, families, among=False),)),
            Case(
                refused,
                (Test(0, (AF_NETLINK,)), Test(2, (_NETLINK_ROUTE,), among=False)),
            ),
        ],
    }
    if not namespaces:
        cases["socketpair"] = [
            Case(refused, (Test(0, (AF_UNIX,), among=False),)),
            Case(refused, (Test(1, (_STREAM, _SEQPACKET), mask=_TYPE, among=False),)),
        ]
    return cases


def _guards(guarded: tuple[int, ...]) -> dict[str, list[Case]]:
    """Refuse signals to processes, to groups they lead, and to all; also by descriptors."""
    refused = fail(errno.EPERM)
    targets = (*guarded, *(-pid for pid in guarded), -1)
    case = [Case(refused, (Test(0, targets),))]
    calls = dict.fromkeys(("kill", "tkill", "rt_sigqueueinfo"), case)
    calls["tgkill"] = [*case, Case(refused, (Test(1, guarded),))]
    calls["rt_tgsigqueueinfo"] = calls["tgkill"]
    calls["pidfd_send_signal"] = [Case(refused)]
    return calls
