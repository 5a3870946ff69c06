from __future__ import annotations

import fnmatch
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.errors import ToolError
from rookery.tools.patterns import Pattern, file_filter
from tests.tools.conftest import quick


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.py", "a.py", True),
        ("*.py", "src/a.py", False),
        ("**/*.py", "a.py", True),
        ("**/*.py", "src/x/a.py", True),
        ("src/**", "src/x/a.py", True),
        ("src/**", "src", True),
        ("src/**/a.py", "src/a.py", True),
        ("a/**/b/**/c", "a/b/b/x/c", True),
        ("./src//a.py", "src/a.py", True),
        ("src/", "src", True),
        ("*", ".env", False),
        (".*", ".env", True),
        ("**/*", ".git/config", False),
        ("**/.env", "a/.env", True),
        (".github/**/*.yml", ".github/workflows/ci.yml", True),
        ("**/x.js", "node_modules/x.js", False),
        ("node_modules/*.js", "node_modules/x.js", True),
        ("*.{py,md}", "a.md", True),
        ("{src,tests}/**/*.{py,pyi}", "tests/x/a.pyi", True),
        ("{a,b{c,d}}", "bd", True),
        ("{a}", "{a}", True),
        ("[ab]?.txt", "b1.txt", True),
        ("[!ab].txt", "a.txt", False),
        ("A.py", "a.py", False),
    ],
)
def test_what_a_pattern_matches(pattern: str, path: str, matches: bool) -> None:
    assert Pattern(pattern).matches(path.split("/")) is matches


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.py", "src/a.py", True),
        ("*.py", ".github/a.py", True),
        ("*", ".env", True),
        ("src/*.py", "lib/src/a.py", False),
    ],
)
def test_a_filter_without_a_folder_is_one_of_the_name(
    pattern: str, path: str, matches: bool
) -> None:
    assert file_filter(pattern).matches(path.split("/")) is matches


def simple_match(pattern: list[str], path: list[str]) -> bool:
    """The meaning of a pattern, in exponential time."""
    if not pattern:
        return not path
    if pattern[0] == "**":
        return simple_match(pattern[1:], path) or (bool(path) and simple_match(pattern, path[1:]))
    return (
        bool(path)
        and fnmatch.fnmatchcase(path[0], pattern[0])
        and simple_match(pattern[1:], path[1:])
    )


@quick
@given(
    st.lists(st.sampled_from(["**", "*", "a", "?b", "a*"]), min_size=1, max_size=6),
    st.lists(st.sampled_from(["a", "b", "ab", "aab"]), min_size=1, max_size=6),
)
def test_following_a_pattern_is_matching_it(pattern: list[str], path: list[str]) -> None:
    assert Pattern("/".join(pattern)).matches(path) is simple_match(pattern, path)


def test_a_hard_pattern_takes_no_time() -> None:
    start = time.perf_counter()
    hard = Pattern("/".join(["**", "a*"] * 40 + ["b"]))
    assert not hard.matches(["a" * 50] * 200)
    assert not Pattern("*a" * 40 + "b").matches(["a" * 250])
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("/etc/*", "a pattern is relative to the workspace"),
        ("../*", r"cannot contain '\.\.'"),
        ("a/{b,..}/c", r"cannot contain '\.\.'"),
        ("", "The pattern is empty"),
        (".", "The pattern is empty"),
        ("{a,b}" * 10, "more than 256 alternatives"),
    ],
)
def test_patterns_that_are_refused(pattern: str, message: str) -> None:
    with pytest.raises(ToolError, match=message):
        Pattern(pattern)
