"""docs/errors.md is the table of rules."""

from __future__ import annotations

from rookery.rules.page import page
from rookery.rules.rule import Rule
from rookery.rules.table import ALL
from tests.architecture.source import ROOT

PAGE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")


def test_the_page_is_what_the_table_says() -> None:
    assert page() == PAGE, "run scripts/errors"


def test_the_page_has_a_row_for_each_rule() -> None:
    lines = [line for line in PAGE.splitlines() if line.startswith("| ")]
    headings = sum(line.startswith("| Status ") for line in lines)
    assert len(lines) - headings == len(ALL)


def test_a_row_is_one_line_of_six_cells() -> None:
    for rule in ALL:
        assert isinstance(rule, Rule)
        assert "\n" not in rule.text + rule.where
    cells = {line.replace("\\|", "").count("|") for line in PAGE.splitlines() if line[:2] == "| "}
    assert cells == {7}
