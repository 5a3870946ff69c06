"""Filters of system calls as programs of classic BPF (`linux/filter.h`, `linux/seccomp.h`)."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import NamedTuple

LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS: a word of struct seccomp_data
AND = 0x54  # BPF_ALU | BPF_AND | BPF_K
IF_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
IF_ABOVE = 0x25  # BPF_JMP | BPF_JGT | BPF_K
RETURN = 0x06  # BPF_RET | BPF_K

KILL = 0x80000000  # SECCOMP_RET_KILL_PROCESS
NOTIFY = 0x7FC00000  # SECCOMP_RET_USER_NOTIF
ALLOW = 0x7FFF0000
_ERRNO = 0x00050000

_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_WORD = 0xFFFFFFFF


class Instruction(NamedTuple):
    """One `struct sock_filter`."""

    code: int
    yes: int
    no: int
    value: int


class Test(NamedTuple):
    """Holds when the low word of an argument, after the mask, is among the values, or is not.

    The high word is not looked at: use it for arguments that the kernel reads as 32 bits.
    """

    argument: int
    values: tuple[int, ...]
    mask: int = _WORD
    among: bool = True


class Case(NamedTuple):
    """What happens to a system call when all the tests hold; without tests: always."""

    action: int
    tests: tuple[Test, ...] = ()


def fail(code: int) -> int:
    """Return the action by which a call fails with that errno."""
    return _ERRNO | code


def assemble(audit: int, last: int, absent: int, calls: Mapping[int, Sequence[Case]]) -> bytes:
    """Return a filter, an array of `struct sock_filter`.

    Args:
        audit: The machine; calls of another one kill the process.
        last: Calls of a greater number, and so those of x32, meet `absent`.
        absent: The action for calls nobody knows.
        calls: Cases of a call by its number; the first that holds decides. All else is allowed.
    """
    code = [
        Instruction(LOAD, 0, 0, _ARCHITECTURE),
        Instruction(IF_EQUAL, 1, 0, audit),
        Instruction(RETURN, 0, 0, KILL),
        Instruction(LOAD, 0, 0, _NUMBER),
        Instruction(IF_ABOVE, 0, 1, last),
        Instruction(RETURN, 0, 0, absent),
    ]
    for number, cases in sorted(calls.items()):
        block = _block(cases)
        code += [Instruction(IF_EQUAL, 0, len(block), number), *block]
    code.append(Instruction(RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("=HBBI", *one) for one in code)


def _block(cases: Sequence[Case]) -> list[Instruction]:
    """One call's cases; always ends the program, as the tests overwrite the call's number."""
    code: list[Instruction] = []
    for case in cases:
        code += _case(case)
    if cases[-1].tests:
        code.append(Instruction(RETURN, 0, 0, ALLOW))
    if len(code) > 255:  # a jump is a byte
        raise ValueError(f"a block of {len(code)} instructions")
    return code


def _case(case: Case) -> list[Instruction]:
    code = [Instruction(RETURN, 0, 0, case.action)]
    for test in reversed(case.tests):
        code = _test(test, len(code)) + code
    return code


def _test(test: Test, rest: int) -> list[Instruction]:
    """Go on with the next instruction when it holds, else leave out the `rest` of the case."""
    code = [Instruction(LOAD, 0, 0, _ARGUMENTS + 8 * test.argument)]
    if test.mask != _WORD:
        code.append(Instruction(AND, 0, 0, test.mask))
    count = len(test.values)
    for index, value in enumerate(test.values):
        left = count - 1 - index
        if test.among:
            code.append(Instruction(IF_EQUAL, left, 0 if left else rest, value & _WORD))
        else:
            code.append(Instruction(IF_EQUAL, left + rest, 0, value & _WORD))
    return code
