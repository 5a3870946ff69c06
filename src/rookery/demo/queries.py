"""The tool `query_timeline`: what a database was slow with, and what waited for its locks.

It reads the log of any database that writes durations and waits as PostgreSQL does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median, quantiles

from rookery.demo.kinds import template
from rookery.demo.logfiles import Logs
from rookery.demo.loglines import Entry
from rookery.tools import current_context

LEAST_MS = 200.0
LEAST_TIMES = 3
SLOWER = 8.0
"""What is slow: so many milliseconds at least, so often, so many times the usual duration."""

MOST_KINDS = 2000
SHOWN = 5
LONGEST_QUOTE = 240

_DURATION = re.compile(r"\bduration: (\d+(?:\.\d+)?) ms\b(?:\s+[\w ]+:)?\s*(.*)", re.DOTALL)
_WAIT = re.compile(
    r"\bstill waiting for \w*Lock\b|\bdeadlock detected\b|\b(?:due to|by) lock timeout\b"
    r"|\block wait timeout\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Run:
    """One line about a statement or a lock."""

    at: float
    ms: float
    place: str
    text: str


@dataclass(slots=True)
class Activity:
    """Statements by their kind, and what waited for locks, by the kind of line."""

    statements: dict[str, list[Run]] = field(default_factory=dict)
    waits: dict[str, list[Run]] = field(default_factory=dict)
    lines: int = 0

    def add(self, path: str, entry: Entry) -> None:
        """Take in one line of a log."""
        self.lines += 1
        place = f"{path}:{entry.line}"
        if found := _DURATION.search(entry.body):
            run = Run(entry.at, float(found[1]), place, entry.text)
            _append(self.statements, template(found[2]), run)
        elif _WAIT.search(entry.body):
            _append(self.waits, template(entry.body), Run(entry.at, 0.0, place, entry.text))


@dataclass(frozen=True, slots=True)
class Slow:
    """A kind of statement that was slow for a while."""

    runs: list[Run]
    usual: float
    """The duration that a quarter of all its runs stay below, in milliseconds."""


def query_timeline(path: str = ".") -> str:
    """Check the queries and locks of a database, from its log.

    Shows which kinds of statements became slow, since when, how often and how much slower
    than usual, and what waited for locks. Every quoted line is given as path:line: text.

    Args:
        path: A folder with logs of a database, or one such file, in the workspace.
    """
    logs, activity = Logs(current_context().workspace, path), Activity()
    for name, entry in logs:
        activity.add(name, entry)
    if not (activity.statements or activity.waits):
        said = f"No durations of statements and no waits for locks found in {path!r}."
        return "\n".join([said, *logs.notes[:5]])
    return "\n".join([*_report(activity), *logs.notes[:5]])


def slow_ones(statements: Iterable[list[Run]]) -> list[Slow]:
    """Return the kinds of statements that were slow for a while, the most time lost first."""
    found = []
    for runs in statements:
        usual = quantiles((run.ms for run in runs), n=4)[0] if len(runs) > 1 else runs[0].ms
        slow = [run for run in runs if run.ms >= max(LEAST_MS, SLOWER * usual)]
        if len(slow) >= LEAST_TIMES:
            found.append(Slow(sorted(slow, key=lambda run: run.at), usual))
    return sorted(found, key=lambda kind: -sum(run.ms for run in kind.runs))


def _append(kinds: dict[str, list[Run]], name: str, run: Run) -> None:
    if name in kinds or len(kinds) < MOST_KINDS:
        kinds.setdefault(name, []).append(run)


def _report(activity: Activity) -> list[str]:
    slow = slow_ones(activity.statements.values())[:SHOWN]
    waits = sorted(activity.waits.values(), key=lambda runs: min(run.at for run in runs))[:SHOWN]
    count = sum(map(len, activity.statements.values()))
    if not slow and not waits:
        most = max(run.ms for runs in activity.statements.values() for run in runs)
        read = f"{count} statements of {len(activity.statements)} kinds"
        return [
            f"No slow queries or waits for locks found: {read}, the slowest took {most:.0f} ms."
        ]
    return [
        *(f"Slow query: {_quote(kind.runs[0])}\n  {_slower(kind)}" for kind in slow),
        *(f"Lock: {_quote(first)}\n  {_times(runs)}" for runs in waits for first in runs[:1]),
        f"Read: {count} statements of {len(activity.statements)} kinds.",
    ]


def _slower(kind: Slow) -> str:
    middle = median(run.ms for run in kind.runs)
    return f"{_times(kind.runs)}, {middle:.0f} ms in the middle; {kind.usual:.0f} ms usually"


def _times(runs: list[Run]) -> str:
    first, last = (datetime.fromtimestamp(runs[at].at, UTC).strftime("%H:%M:%S") for at in (0, -1))
    return f"once at {first} UTC" if len(runs) == 1 else f"{len(runs)} times, {first} to {last} UTC"


def _quote(run: Run) -> str:
    text = run.text.strip()
    return f"{run.place}: {text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + '…'}"
