"""Which lines matter, and the places of the lines of results."""

from __future__ import annotations

import pytest

from rookery.providers.offline.compose import money
from rookery.providers.offline.places import read_lines
from rookery.providers.offline.search import rank
from rookery.providers.offline.talk import Call

LINES = ["# Holidays", "Staff get 25 days of leave a year.", "The office is in Bern.", "Days pass."]


def test_the_line_with_the_rare_words_comes_first() -> None:
    assert [hit.line for hit in rank("How many days of leave do staff get?", LINES)] == [1, 3]


def test_forms_of_a_word_are_one_word() -> None:
    assert rank("isolating tenants", ["none", "Each tenant is isolated."])[0].line == 1


def test_no_shared_word_no_line() -> None:
    assert rank("What about dogs?", LINES) == []


@pytest.mark.parametrize(
    ("raw", "place", "text", "label"),
    [
        ("src/a.py:12: x = 1", "src/a.py:12", "x = 1", ""),
        ("src/a.py:12:x = 1", "src/a.py:12", "x = 1", ""),
        ("Cause: logs/a.log:7: 10:15:00 ERROR", "logs/a.log:7", "10:15:00 ERROR", "Cause"),
        ("a.md:27:4. Four", "a.md:27", "4. Four", ""),
        ("a.py:27:4: error", "a.py:27", "error", ""),
        ("at 10:15: nothing", "", "at 10:15: nothing", ""),
        ("Total: 12", "", "Total: 12", ""),
    ],
)
def test_places(raw: str, place: str, text: str, label: str) -> None:
    line = read_lines(Call("grep", {"pattern": "x"}, raw))[0]
    assert (line.place, line.text, line.label) == (place, text, label)


@pytest.mark.parametrize("row", ["5\tfive", "5: five", "5| five", "    5\tfive"])
def test_numbered_lines_have_the_place_of_the_file_that_was_read(row: str) -> None:
    line = read_lines(Call("read_file", {"path": "a.txt"}, f"a.txt (lines 5-6 of 9)\n{row}"))[0]
    assert (line.place, line.text) == ("a.txt:5", "five")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("Return: $14025.52", "Return: $14,025.52"),
        ("price: $150.25", "price: $150.25"),
        ("€1234567.", "€1,234,567."),
        ("$1,234.50 and 12345", "$1,234.50 and 12345"),
    ],
)
def test_money(given: str, said: str) -> None:
    assert money(given) == said
