"""What the kernel does with a filter of system calls, in Python."""

from __future__ import annotations

import struct
from collections.abc import Sequence

ALLOW, KILL, NOTIFY, ERRNO = 0x7FFF0000, 0x80000000, 0x7FC00000, 0x00050000


def run(program: bytes, audit: int, number: int, arguments: Sequence[int] = ()) -> int:
    """Return the verdict on a call; refuses what the kernel's verifier refuses."""
    words = [value & (1 << 64) - 1 for value in (*arguments, 0, 0, 0, 0, 0, 0)][:6]
    data = struct.pack("=IIQ6Q", number & 0xFFFFFFFF, audit, 0, *words)
    code = list(struct.iter_unpack("=HBBI", program))
    assert 0 < len(code) <= 4096
    accumulator, at = 0, 0
    while True:
        operation, yes, no, value = code[at]
        at += 1
        match operation:
            case 0x20:
                assert value % 4 == 0
                (accumulator,) = struct.unpack_from("=I", data, value)
            case 0x54:
                accumulator &= value
            case 0x15:
                at += yes if accumulator == value else no
            case 0x25:
                at += yes if accumulator > value else no
            case 0x06:
                return int(value)
            case _:
                raise AssertionError(f"no such operation: {operation:#x}")
