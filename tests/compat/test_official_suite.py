"""The official Python client's own API tests: each passes, or is refused as expected.toml lists."""

from __future__ import annotations

from functools import cache

import pytest

from tests.compat.suite.expected import deviations, faults_of, load
from tests.compat.suite.report import PAGE, figures, table
from tests.compat.suite.run import FILES, run

pytestmark = pytest.mark.compat

outcomes = cache(run)


@pytest.mark.parametrize("file", FILES)
def test_each_case_passes_or_is_refused_as_listed(file: str) -> None:
    rows = [row for row in load() if row.file == file]
    seen = [outcome for outcome in outcomes() if outcome.file == file]
    assert seen
    assert deviations(seen, rows) == [], "\n" + table(figures(seen, rows))


def test_the_list_is_sound() -> None:
    assert faults_of(load()) == []
    assert {row.file for row in load()} <= set(FILES)


def test_the_docs_show_the_figures() -> None:
    shown = table(figures(outcomes(), load()))
    assert shown in PAGE.read_text(encoding="utf-8"), "scripts/compat --update writes them"


def test_most_cases_reach_the_server() -> None:
    total = figures(outcomes(), load())["total"]
    assert total.skipped == 0
    assert total.passed - total.local > total.cases / 2
