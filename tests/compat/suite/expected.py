"""The refusals that the suite must meet, and what deviates from them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import msgspec
from msgspec import Struct

from rookery.rules.table import ALL
from tests.compat.suite.run import Outcome

FILE = Path(__file__).with_name("expected.toml")
UNEXPLAINED = "?"
"""What `--update` puts where a person has to say why."""


class Row(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Tests of one file whose every variant gets the same refusal."""

    file: str
    tests: list[str]
    status: int
    message: str
    """The whole message of the error."""
    why: str
    """What in the request makes a faithful server refuse it."""
    rule: str | None = None
    """The row of rookery.rules that refuses it, where it is one."""
    gap: bool = False
    """Whether a faithful server would not refuse it: what rookery has yet to learn."""


class _Rows(Struct, frozen=True, forbid_unknown_fields=True):
    refused: list[Row] = []


Key = tuple[str, str]
"""File and test."""


def load(path: Path = FILE) -> list[Row]:
    """Return the rows of the file. Raises msgspec.DecodeError."""
    return msgspec.toml.decode(path.read_bytes(), type=_Rows).refused


def faults_of(rows: Iterable[Row]) -> list[str]:
    """Return what is wrong with the rows themselves."""
    faults, seen = [], set[Key]()
    rules = {rule.name: rule for rule in ALL}
    for row in rows:
        name = f"{row.file} {', '.join(row.tests)}"
        keys = {(row.file, test) for test in row.tests}
        if keys & seen or len(keys) < len(row.tests):
            faults.append(f"{name}: listed twice")
        seen |= keys
        if row.why in {"", UNEXPLAINED}:
            faults.append(f"{name}: does not say why it is refused")
        if row.rule is None:
            continue
        rule = rules.get(row.rule)
        if rule is None:
            faults.append(f"{name}: there is no rule `{row.rule}`")
        elif not rule.pattern.fullmatch(row.message) or row.status != _status(row.rule):
            faults.append(f"{name}: the rule `{row.rule}` does not answer so")
    return faults


def deviations(outcomes: Iterable[Outcome], rows: Iterable[Row]) -> list[str]:
    """Return how the outcomes differ from passing where no row is, and from the row where one is.

    A listed test deviates too where it passes, or is not met at all. The variants of a test that
    differ in the same way are one deviation.
    """
    expected = _by_test(rows)
    found = Counter[str]()
    met = set[Key]()
    for outcome in outcomes:
        key = (outcome.file, outcome.test)
        met.add(key)
        if fault := _deviation(outcome, expected.get(key)):
            found[f"{outcome.file} {outcome.test}: {fault}"] += 1
    missing = [f"{file} {test}: listed, but there is none" for file, test in expected.keys() - met]
    return [f"{text} ({count} variants)" for text, count in found.items()] + missing


def _deviation(outcome: Outcome, row: Row | None) -> str | None:
    if outcome.outcome == "skipped" or (row is None and outcome.outcome == "passed"):
        return None
    if row is None:
        return outcome.seen
    if outcome.outcome == "passed":
        return "passes, but is listed as refused"
    return None if _met(outcome, row) else f"{outcome.seen}; listed is {row.status} {row.message}"


def is_faithful(outcome: Outcome, rows: Iterable[Row]) -> bool:
    """Whether it is a refusal that a row lists, and one of a faithful server."""
    row = _by_test(rows).get((outcome.file, outcome.test))
    return row is not None and not row.gap and _met(outcome, row)


def proposed(outcomes: Iterable[Outcome], rows: Iterable[Row]) -> list[Row]:
    """Return the rows that fit the outcomes; what is known of a test says why, a new one `?`.

    Failures that are no refusal have no row: they are faults.
    """
    known = _by_test(rows)
    refused: dict[Key, tuple[int, str]] = {}
    for outcome in outcomes:
        if outcome.outcome == "failed" and outcome.status and outcome.message:
            refused.setdefault((outcome.file, outcome.test), (outcome.status, outcome.message))
    draft = []
    for (file, test), (status, message) in refused.items():
        old = known.get((file, test))
        same = old is not None and (old.status, old.message) == (status, message)
        why, gap = (old.why, old.gap) if old and same else (UNEXPLAINED, False)
        draft.append(Row(file, [test], status, message, why, _rule(status, message), gap))

    def alike(row: Row) -> tuple[str, int, str, str, bool]:
        return row.file, row.status, row.message, row.why, row.gap

    return [
        msgspec.structs.replace(group[0], tests=[row.tests[0] for row in group])
        for group in (list(rows) for _, rows in groupby(sorted(draft, key=alike), key=alike))
    ]


def dump(rows: Iterable[Row]) -> str:
    """Return the rows as TOML, whose strings JSON's are."""
    text = _HEAD
    for row in rows:
        text += "\n[[refused]]\n"
        for name, value in msgspec.to_builtins(row).items():
            text += f"{name} = {json.dumps(value, ensure_ascii=False)}\n"
    return text


_HEAD = """\
# The cases of the official client's suite that a faithful server refuses, and how: see
# docs/compatibility.md. `scripts/compat --update` writes this file; `why` is for people to say.
"""


def _met(outcome: Outcome, row: Row) -> bool:
    return (outcome.status, outcome.message) == (row.status, row.message)


def _by_test(rows: Iterable[Row]) -> dict[Key, Row]:
    return {(row.file, test): row for row in rows for test in row.tests}


def _status(name: str) -> int:
    rule = next(rule for rule in ALL if rule.name == name)
    return rule.status or rule.kind.status


def _rule(status: int, message: str) -> str | None:
    fitting = [
        rule.name
        for rule in ALL
        if rule.pattern.fullmatch(message) and status == _status(rule.name)
    ]
    return fitting[0] if len(fitting) == 1 else None
