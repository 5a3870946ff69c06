"""What the runner of the official suite calls a deviation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from rookery.rules.prompt import PROMPT_TOO_LONG
from tests.compat.suite.expected import Row, deviations, dump, faults_of, load, proposed
from tests.compat.suite.report import figures
from tests.compat.suite.run import Outcome

ROW = Row("test_models.py", ["test_get"], 404, "no rule says this", "The id is a placeholder.")


def outcome(test: str = "test_get", variant: str = "loose", **fields: Any) -> Outcome:
    case = f"tests/api_resources/test_models.py::TestModels::{test}[{variant}]"
    return Outcome(case, **{"outcome": "passed", "sent": 1, **fields})


def refused(message: str = "no rule says this", status: int = 404, **fields: Any) -> Outcome:
    return outcome(outcome="failed", status=status, message=message, fault="NotFound", **fields)


def row(**changes: Any) -> Row:
    return msgspec.structs.replace(ROW, **changes)


def test_what_passes_and_what_is_refused_as_listed_is_no_deviation() -> None:
    assert deviations([outcome("test_list"), refused(), refused(variant="strict")], [ROW]) == []


def test_a_failure_that_is_not_listed_deviates() -> None:
    assert len(deviations([refused()], [])) == 1


def test_a_listed_case_that_passes_deviates_in_one_variant_too() -> None:
    assert len(deviations([refused(), outcome(variant="strict")], [ROW])) == 1


def test_variants_that_deviate_alike_are_one_deviation() -> None:
    assert deviations([refused(), refused(variant="strict")], []) == [
        "test_models.py test_get: 404 no rule says this (2 variants)"
    ]


def test_another_text_or_status_deviates() -> None:
    assert len(deviations([refused("nor this")], [ROW])) == 1
    assert len(deviations([refused(status=400)], [ROW])) == 1


def test_a_failure_that_is_no_refusal_deviates_though_listed() -> None:
    assert len(deviations([outcome(outcome="failed", fault="AssertionError: no")], [ROW])) == 1


def test_a_listed_test_that_is_gone_deviates() -> None:
    assert len(deviations([outcome("test_list")], [ROW])) == 1


def test_a_row_says_why_and_is_there_once() -> None:
    assert faults_of([ROW]) == []
    assert len(faults_of([row(why="?")])) == 1
    assert len(faults_of([ROW, ROW])) == 1


def test_a_row_names_the_rule_that_answers_so() -> None:
    text = PROMPT_TOO_LONG.text.format(tokens=3, maximum=2)
    assert faults_of([row(rule=PROMPT_TOO_LONG.name, status=400, message=text)]) == []
    assert len(faults_of([row(rule=PROMPT_TOO_LONG.name, status=404, message=text)])) == 1
    assert len(faults_of([row(rule=PROMPT_TOO_LONG.name, status=400, message="other")])) == 1
    assert len(faults_of([row(rule="no_such_rule")])) == 1


def test_proposed_rows_keep_what_is_known_and_leave_the_rest_to_people() -> None:
    text = PROMPT_TOO_LONG.text.format(tokens=3, maximum=2)
    new = outcome("test_new", outcome="failed", status=400, message=text)
    rows = proposed([refused(), refused(variant="strict"), new, outcome("test_list")], [ROW])
    assert rows == [
        row(tests=["test_new"], status=400, message=text, why="?", rule=PROMPT_TOO_LONG.name),
        ROW,
    ]
    changed = proposed([refused("nor this")], [ROW])
    assert changed == [row(message="nor this", why="?")]


def test_proposed_rows_survive_the_file(tmp_path: Path) -> None:
    rows = [ROW, row(message='a "quoted" \\ text\nin two lines, ü', gap=True)]
    (tmp_path / "rows.toml").write_text(dump(rows), encoding="utf-8")
    assert load(tmp_path / "rows.toml") == rows


def test_figures_count_gaps_as_reachable() -> None:
    seen = [outcome("test_list", sent=0), outcome("test_other"), refused()]
    faithful, gap = (figures(seen, rows)["total"] for rows in ([ROW], [row(gap=True)]))
    assert (faithful.passed, faithful.reachable, faithful.refused, faithful.local) == (2, 2, 1, 1)
    assert (gap.passed, gap.reachable, gap.refused) == (2, 3, 0)
