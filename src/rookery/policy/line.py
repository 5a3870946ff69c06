"""What a plain line of shell is, as data: programs with their arguments, and how they are joined.

A plain line means the same to bash and to whoever runs these lists without a shell: each word is
literal, nothing is expanded, and nothing is redirected except to nowhere.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Command(Struct, frozen=True):
    """One program and its arguments, after quotes are removed."""

    argv: tuple[str, ...]
    """The name as it was written, then the arguments; never empty."""
    merge_stderr: bool = False
    """`2>&1`: what goes to descriptor 2 goes where 1 went before anything was discarded. With 1 in
    `discard` (`2>&1 >/dev/null`) only errors are left; `>/dev/null 2>&1` is `discard=(1, 2)`."""
    discard: tuple[int, ...] = ()
    """The descriptors that go to /dev/null, out of 1 and 2."""


class ChangeFolder(Struct, frozen=True):
    """`cd DIR`, as a step of its own: relative to where the line has come to."""

    path: str


class Pipeline(Struct, frozen=True):
    """Commands of which each reads what the one before writes; the last one's status counts."""

    commands: tuple[Command, ...]
    negated: bool = False
    """`! a | b`: status 0 becomes 1, any other 0."""


class Step(Struct, frozen=True):
    """A part of a line, and when it is run."""

    operator: Literal["", ";", "&&", "||"]
    """What joins it to the steps before; the first has none. `&&` and `||` are of one rank and
    read from the left; a newline is a `;`."""
    what: Pipeline | ChangeFolder


class Line(Struct, frozen=True):
    """A whole line."""

    steps: tuple[Step, ...]
