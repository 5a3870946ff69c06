"""The text that a search by ripgrep may go ahead with: claimed wrongly, matches would be lost."""

from __future__ import annotations

import re
import warnings

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from rookery.tools.literal import required_text
from tests.tools.conftest import quick


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("needle", "needle"),
        (r"def \w+\(self, name", "(self, name"),
        (r"^import (os|sys)$", "import "),
        (r"colou?r", "colo"),
        (r"abc+defg", "defg"),
        (r"\[error\]: .*", "[error]: "),
        (r"abc{2}def", "abc"),
        (r"abc{0,2}def", "def"),
        (r"abcd{,2}", "abc"),
        (r"abc{}", "abc{}"),
        (r"(needle)?", ""),
        (r"needle|thread", ""),
        (r"(needle|thread) here", " here"),
        (r"[]needle]xyz", "xyz"),
        (r"[^]needle]xyz", "xyz"),
        (r"\x41bcdef", ""),
        (r"(?i)needle", ""),
        (r"(?x) nee dle", ""),
        (r"(?#needle)", ""),
        (r"(?!needle)abc", "abc"),
        ("ab", ""),
        ("", ""),
        ("caf\ufffd", ""),
        ("a\nbcd", ""),
    ],
)
def test_the_longest_text_that_must_be_there(pattern: str, text: str) -> None:
    assert required_text(pattern, ignore_case=False) == text


def test_letters_that_have_other_cases_than_ascii_are_left_out() -> None:
    assert required_text("task force", ignore_case=True) == " force"
    assert required_text("äußern", ignore_case=True) == ""
    assert re.search("force", "FORCE", re.IGNORECASE)
    for other in ("\u017f", "\u0131", "\u212a"):  # which is why
        assert re.search("[isk]", other, re.IGNORECASE)


PIECES = st.sampled_from(
    [*"abcABC(|)*+?.^$[]{}-,0123iskß ", *(f"\\{c}" for c in "dwsbAZ.(n1x\\]"), "{2}", "{,2}", "(?:"]
)


@quick
@given(pattern=st.lists(PIECES, max_size=12).map("".join), data=st.data(), folded=st.booleans())
def test_each_match_has_the_text(pattern: str, data: st.DataObject, folded: bool) -> None:
    text = required_text(pattern, ignore_case=folded)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compiled = re.compile(pattern, re.IGNORECASE if folded else 0)
        except re.error:
            reject()
    line = data.draw(st.from_regex(compiled)).replace("\n", "")
    if compiled.search(line):
        assert (text.lower() in line.lower()) if folded else (text in line)
