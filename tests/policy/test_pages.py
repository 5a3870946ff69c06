"""The page of tables is the tables."""

from __future__ import annotations

from tests.policy.pages import PAGE, page


def test_the_page_is_written_from_the_source() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == page(), "run python -m tests.policy.pages"
