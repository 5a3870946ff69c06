"""What is safe of the arguments of each program, as data: a row is a program or its subcommand."""

from __future__ import annotations

from rookery.policy.options import Table
from rookery.policy.tables import build, files, git

TABLES: dict[str, Table] = {**files.TABLES, **git.TABLES, **build.TABLES}
"""The name, or the name and subcommands with a blank between."""

GLOBALS: dict[str, frozenset[str]] = {
    "git": frozenset({"--no-pager", "-P", "--no-optional-locks", "--literal-pathspecs"}),
    "npm": frozenset(),
    "pnpm": frozenset(),
    "yarn": frozenset(),
    "cargo": frozenset(),
    "go": frozenset(),
    "docker": frozenset(),
    "pip": frozenset(),
    "uv": frozenset(),
    "gh": frozenset(),
    "kubectl": frozenset(),
}
"""The programs that have subcommands, and the safe options that may stand before these."""

_LONGEST = max(name.count(" ") for name in TABLES) + 1


def find(argv: tuple[str, ...]) -> tuple[Table, int] | None:
    """Return the table for a command, and how many of its words are the name of the table."""
    for length in range(min(_LONGEST, len(argv)), 0, -1):
        table = TABLES.get(" ".join(argv[:length]))
        if table is not None:
            return table, length
    return None
