"""The page of tables is the tables."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.policy.pages import PAGE, page


def test_the_page_is_written_from_the_source() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == page(), "run python -m tests.policy.pages"


def test_the_example_says_what_its_comments_say() -> None:
    text = PAGE.with_name("policy.md").read_text(encoding="utf-8")
    example = text.split("```python\n")[1].split("```")[0]
    done = subprocess.run(
        [sys.executable, "-c", example], capture_output=True, text=True, check=True
    )
    said = re.findall(r"  # (.*)", example)
    assert len(said) == 3
    assert all(map(str.startswith, said, done.stdout.splitlines()))
