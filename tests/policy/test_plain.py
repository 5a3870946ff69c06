"""Plain lines are read as bash reads them, and what is not plain is said to be so."""

from __future__ import annotations

import shutil
import subprocess
from typing import Literal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rookery.policy import plain
from rookery.policy.line import ChangeFolder, Command, Line, Pipeline, Step

BASH = shutil.which("bash")

# Every command prints its words; no other program can be found.
PRELUDE = r"""
PATH=/nonexistent
p() { printf '%s\0' "$FUNCNAME" "$@"; printf '\1\0'; }
command_not_found_handle() { printf '%s\0' "$@"; printf '\1\0'; }
cd() { printf '%s\0' cd "$@"; printf '\1\0'; }
"""
CHARACTERS = "pab5=-.,:/~{}!^%@+]#'\"\\ ;é$*[\t\n"
QUOTED = (
    "'a b'",
    '"a b"',
    '"$"',
    '"\\$"',
    "'\\'",
    "\\'",
    '\\"',
    '"\\a"',
    '"\\\n"',
    "''",
    '""',
    "\\*",
)
JOINING = (
    "p ",
    "p ",
    " p",
    "; p ",
    "&&",
    "||",
    "\\\n",
    " #",
    " # a\n",
    "2>&1",
    " 2>&1 ",
    "2>/dev/null",
)
PIECES = st.sampled_from([*CHARACTERS, *QUOTED, *JOINING, "{a,b}", "=~", "cd a"])


def in_bash(line: str) -> list[list[str]]:
    """Return the words of the commands that bash runs."""
    assert BASH is not None
    done = subprocess.run(
        [BASH, "--norc", "-c", PRELUDE + line], capture_output=True, check=False, timeout=20
    )
    commands: list[list[str]] = [[]]
    for word in done.stdout.decode().split("\0")[:-1]:
        if word == "\1":
            commands.append([])
        else:
            commands[-1].append(word)
    return commands[:-1]


def read(line: str) -> list[list[str]]:
    """Return the words of the commands that run when every command succeeds."""
    found = []
    failed = False
    for step in plain.read(line).steps:
        if failed if step.operator == "&&" else step.operator == "||" and not failed:
            continue
        failed = False
        if isinstance(step.what, ChangeFolder):
            found.append(["cd", step.what.path])
            continue
        assume(len(step.what.commands) == 1)  # what comes before a pipe does not show
        failed = step.what.negated
        # What is discarded does not show in bash either.
        found.extend(list(c.argv) for c in step.what.commands if 1 not in c.discard)
    return found


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=12).map(lambda pieces: "p " + "".join(pieces)))
def test_a_plain_line_is_split_as_bash_splits_it(line: str) -> None:
    try:
        ours = read(line)
    except plain.NotPlain:
        assume(False)
    assume(not any("/" in words[0] for words in ours))  # bash looks for a file
    assert ours == in_bash(line)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)))
def test_quoted_words_are_read_back(words: list[str]) -> None:
    quoted = ["'" + word.replace("'", "'\\''") + "'" for word in words]
    argv = ("p", *words)
    assert plain.read(" ".join(["p", *quoted])).steps[0].what == Pipeline((Command(argv),))


@given(st.text(max_size=60))
def test_any_text_is_read_or_said_not_to_be_plain(text: str) -> None:
    try:
        assert plain.read(text).steps
    except plain.NotPlain as reason:
        assert str(reason)


JOINED: tuple[Literal["", ";", "||"], ...] = ("", ";", ";", "||")


def line(*steps: Step) -> Line:
    return Line(steps)


def one(*argv: str, merge: bool = False, discard: tuple[int, ...] = ()) -> Pipeline:
    return Pipeline((Command(argv, merge, discard),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a 2>&1", line(Step("", one("a", merge=True)))),
        ("a >/dev/null", line(Step("", one("a", discard=(1,))))),
        ("2>/dev/null a b", line(Step("", one("a", "b", discard=(2,))))),
        ("a > /dev/null 2>&1", line(Step("", one("a", discard=(1, 2))))),
        ("a 2>&1 >/dev/null", line(Step("", one("a", merge=True, discard=(1,))))),
        ("a 2>/dev/null 2>&1", line(Step("", one("a", merge=True)))),
        ("a &>/dev/null", line(Step("", one("a", discard=(1, 2))))),
        ("a2>/dev/null", line(Step("", one("a2", discard=(1,))))),
        ("! a | b", line(Step("", Pipeline((Command(("a",)), Command(("b",))), negated=True)))),
        ("cd x && a", line(Step("", ChangeFolder("x")), Step("&&", one("a")))),
        ("a; b\nc || d", line(*(Step(o, one(n)) for o, n in zip(JOINED, "abcd", strict=True)))),
        ("time a | b", line(Step("", Pipeline((Command(("a",)), Command(("b",))))))),
        ("a time", line(Step("", one("a", "time")))),
        ("CI=1 a", line(Step("", one("env", "CI=1", "a")))),
        ("a # b; c", line(Step("", one("a")))),
        ("a \\\n  --b", line(Step("", one("a", "--b")))),
        ("a HEAD~1 x@{0} HEAD^ b#c", line(Step("", one("a", "HEAD~1", "x@{0}", "HEAD^", "b#c")))),
    ],
)
def test_a_plain_line_is_data(text: str, expected: Line) -> None:
    assert plain.read(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a $b", "expanded"),
        ("a *.py", "pattern of file names"),
        ("a {b,c}", "braces"),
        ("a ~", "`~`"),
        ("a > b", "redirected"),
        ("a < b", "redirected"),
        ("a 3>/dev/null", "descriptor"),
        ("a &", "background"),
        ("(a)", "subshell"),
        ("PATH=x a", "variable PATH"),
        ("if a; then b; fi", "language"),
        ("eval a", "shell itself"),
        ("cd", "`cd`"),
        ("cd a | b", "`cd`"),
        ("a |", "missing"),
        ("", "no command"),
        ("# a", "no command"),
        ("a; " * 51, "more than 50"),
    ],
)
def test_what_is_not_plain_is_named(text: str, reason: str) -> None:
    with pytest.raises(plain.NotPlain, match=reason):
        plain.read(text)
