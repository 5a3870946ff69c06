"""The table of lines that other checkers let through: allowed exactly where the table allows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rookery.policy.command import CommandPolicy

ROWS = json.loads(
    (Path(__file__).parents[1] / "data" / "command-cases.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["kind"] == "bash"], ids=lambda row: str(row["id"])
)
def test_a_line_is_allowed_exactly_where_the_table_allows_it(row: dict[str, Any]) -> None:
    decision = CommandPolicy(allow=row["allowed_commands"]).check(row["command"])
    assert (decision.verdict == "allow") == (row["verdict"] == "allow"), decision.reason
    assert (decision.line is not None) == (decision.verdict == "allow")
    assert decision.reason
