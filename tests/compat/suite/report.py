"""The figures of a run, by file and in total."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from tests.compat.environments import ROOT
from tests.compat.suite.expected import Row, is_faithful
from tests.compat.suite.run import Outcome

PAGE = ROOT / "docs" / "compatibility.md"
"""The page that shows the figures, as its block of `text`."""
_BLOCK = re.compile(r"(?<=^```text\n)(?:(?!```).*\n)*(?=^```\n)", re.MULTILINE)


class Figures(Struct):
    """How many cases came to what."""

    cases: int = 0
    passed: int = 0
    local: int = 0
    """Of those that passed, how many sent no request."""
    refused: int = 0
    """Refused, as a faithful server must."""
    skipped: int = 0
    """By the suite itself."""

    @property
    def reachable(self) -> int:
        """How many a faithful server lets pass."""
        return self.cases - self.refused - self.skipped

    def add(self, outcome: Outcome, *, faithful: bool) -> None:
        """Count one case."""
        self.cases += 1
        self.passed += outcome.outcome == "passed"
        self.local += outcome.outcome == "passed" and not outcome.sent
        self.refused += outcome.outcome == "failed" and faithful
        self.skipped += outcome.outcome == "skipped"


def figures(outcomes: Iterable[Outcome], rows: Iterable[Row]) -> dict[str, Figures]:
    """Return the figures by file, and those of all under `total`."""
    rows = list(rows)
    found: dict[str, Figures] = {}
    total = Figures()
    for outcome in outcomes:
        faithful = is_faithful(outcome, rows)
        for one in (found.setdefault(outcome.file, Figures()), total):
            one.add(outcome, faithful=faithful)
    return {**found, "total": total}


def table(by_file: dict[str, Figures]) -> str:
    """Return the figures as lines of text."""
    lines = [f"{'file':24}{'reachable passed':>18}{'no request':>12}{'refused':>9}{'cases':>7}"]
    for name, one in by_file.items():
        share = f"{one.passed}/{one.reachable}"
        lines.append(f"{name:24}{share:>18}{one.local:>12}{one.refused:>9}{one.cases:>7}")
    return "\n".join(lines)


def write(table: str) -> None:
    """Put the figures on the page."""
    text = _BLOCK.sub(lambda _: f"{table}\n", PAGE.read_text(encoding="utf-8"), count=1)
    PAGE.write_text(text, encoding="utf-8")
