"""Values in text: what is found, and as what."""

from __future__ import annotations

import pytest

from rookery.providers.offline.candidates import as_json
from rookery.providers.offline.dates import iso
from rookery.providers.offline.paths import path_kind
from rookery.providers.offline.values import items, values


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("$10k", 10000), ("$1,200.50", 1200.5), ("€3m", 3_000_000), ("$2.5bn", 2_500_000_000),
        ("7%", 7), ("4.5 percent", 4.5), ("-3%", -3), ("5 years", 5), ("18 months", 18),
        ("100 USD", 100), ("250 euros", 250), ("12 miles", 12), ("42", 42), ("seven", 7),
        ("1.5 million", 1_500_000), ("80 kg", 80), ("3.5k pounds", 3500),
    ],
)  # fmt: skip
def test_numbers(text: str, number: float) -> None:
    found = [value.number for value in values(f"It is {text} or so") if value.number is not None]
    assert as_json(found[-1]) == number


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ('say "good night" now', "quoted", "good night"),
        ("look at `a b`", "quoted", "a b"),
        ("open src/app/main.py.", "path", "src/app/main.py"),
        ("open notes.txt, please", "path", "notes.txt"),
        ("in the logs folder", "path", "logs"),
        ("in the folder logs.", "path", "logs"),
        ("all *.py files", "glob", "*.py"),
        ("mail ann@example.com", "email", "ann@example.com"),
        ("see https://example.com/a.", "url", "https://example.com/a"),
        ("on 2025-03-14", "date", "2025-03-14"),
        ("on March 3, 2025", "date", "March 3, 2025"),
        ("at 3 pm", "time", "3 pm"),
        ("next Monday", "day", "next Monday"),
        ("ticket SUP-77", "id", "SUP-77"),
        ("fetch AAPL", "code", "AAPL"),
        ("fly to New York", "name", "New York"),
        ("weather in San Francisco, CA", "name", "San Francisco, CA"),
        ("convert to Celsius", "unit", "Celsius"),
        ("in Swiss francs", "currency", "Swiss francs"),
    ],
)
def test_kinds(text: str, kind: str, said: str) -> None:
    assert (kind, said) in [(value.kind, value.text) for value in values(text)]


@pytest.mark.parametrize("text", ["and/or", "10:15", "e.g. this", "24/7", "https://a.b/c", "3.14"])
def test_what_is_no_path(text: str) -> None:
    assert "path" not in [value.kind for value in values(text)]
    assert path_kind("Makefile") == ""


def test_lists_are_runs_of_like_values() -> None:
    text = "Compare Rome, Oslo and Lima with a.txt"
    assert [[value.text for value in run] for run in items(values(text), text)] == [
        ["Rome", "Oslo", "Lima"], ["a.txt"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2025-01-02", "2025-01-02"), ("March 3, 2025", "2025-03-03"),
        ("3rd of May 2024", "2024-05-03"),
        ("25.12.2024", "2024-12-25"), ("12/25/2024", "2024-12-25"), ("3/4/2025", ""),
        ("2025-02-30", ""), ("March 3", ""), ("tomorrow", ""),
    ],
)  # fmt: skip
def test_dates(text: str, date: str) -> None:
    assert iso(text) == date
