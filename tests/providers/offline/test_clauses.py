"""Tasks as clauses."""

from __future__ import annotations

import pytest

from rookery.providers.offline.clauses import clauses


@pytest.mark.parametrize(
    ("task", "parts"),
    [
        ("Get A. Also fetch B.", ["Get A.", "fetch B."]),
        ("Get the weather and then convert 5 miles", ["Get the weather", "convert 5 miles"]),
        ("Is it hot, and what time is it?", ["Is it hot", "what time is it?"]),
        ("1. Read a.txt\n2. Read b.txt", ["Read a.txt", "Read b.txt"]),
        ("Weather in Rome and Oslo", ["Weather in Rome and Oslo"]),
        ('Search for "a. B and get c"', ['Search for "a. B and get c"']),
        ("If I pay 3.5% for 2 years, what's left?", ["If I pay 3.5% for 2 years, what's left?"]),
        ("Open src/a.py", ["Open src/a.py"]),
        ("", []),
    ],
)
def test_clauses(task: str, parts: list[str]) -> None:
    assert clauses(task) == parts
