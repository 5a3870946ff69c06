"""Reads text files line by line in bounded memory, however long the lines are.

Standard library only: the search process of grep runs it without installed packages.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

_CHUNK = 1 << 20
_SNIFF = 8_192
_BOM = b"\xef\xbb\xbf"


def is_binary(file: BinaryIO) -> bool:
    """Whether the start of the file has a NUL byte, as text never does. Rewinds the file."""
    start = file.read(_SNIFF)
    file.seek(0)
    return b"\0" in start


def read_lines(file: BinaryIO, keep: int) -> Iterator[bytes]:
    """Yield the lines without their ends, at most `keep` bytes of each; the rest is dropped."""
    first = file.tell() == 0
    while piece := file.readline(keep + 2):
        if first:
            piece = piece.removeprefix(_BOM)
            first = False
        whole = piece.endswith(b"\n")
        # Before the yield, so that the file always stands at the start of a line.
        while not whole:
            rest = file.readline(_CHUNK)
            whole = not rest or rest.endswith(b"\n")
        yield piece.removesuffix(b"\n").removesuffix(b"\r")[:keep]


def skip_lines(file: BinaryIO, count: int) -> int:
    """Move to the start of the line after the next `count`; return how many lines were passed.

    Fewer than `count` are passed where the file ends before.
    """
    passed = 0
    ended = True
    while passed < count:
        start = file.tell()
        chunk = file.read(_CHUNK)
        if not chunk:
            return passed if ended else passed + 1
        ends = chunk.count(b"\n")
        if passed + ends >= count:
            file.seek(start + _after(chunk, count - passed))
            return count
        passed += ends
        ended = chunk.endswith(b"\n")
    return passed


def _after(chunk: bytes, count: int) -> int:
    """Return the position after the `count`-th line end of the chunk."""
    position = 0
    for _ in range(count):
        position = chunk.index(b"\n", position) + 1
    return position
