from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.tools import Location, split_location
from tests.tools.conftest import quick

line_text = st.text(st.characters(exclude_characters="\n"))


@quick
@given(st.text("ab/. -", min_size=1), st.integers(1, 10**9), line_text)
def test_what_is_printed_can_be_split(path: str, line: int, text: str) -> None:
    location = Location(path, line, text)
    assert split_location(str(location)) == location
    assert split_location(f"{location}\n") == location


def test_the_first_number_is_the_line() -> None:
    assert split_location("a.py:3:x:4:y") == ("a.py", 3, "x:4:y")


@pytest.mark.parametrize("line", ["", "--", "a.py-3-x", "a.py:x", "(12 matches)", "a:0:x", ":1:x"])
def test_lines_that_name_no_place(line: str) -> None:
    assert split_location(line) is None
