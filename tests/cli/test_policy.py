"""`rookery policy`, as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_commands import rook


@pytest.mark.parametrize(
    ("rules", "command", "code", "verdict"),
    [
        (["--allow", "git log", "--allow", "head"], "git log | head", 0, "allow"),
        (["--preset", "read-only"], "git status && ls *", 3, "ask"),
        (["--preset", "developer", "--ask", "npm test"], "npm test", 3, "ask"),
        (["--preset", "developer", "--deny", "rm"], "ls; rm x", 4, "deny"),
    ],
)
def test_the_exit_code_is_the_verdict(
    tmp_path: Path, rules: list[str], command: str, code: int, verdict: str
) -> None:
    done = rook("policy", "check", command, *rules, home=tmp_path)
    assert (done.returncode, done.stdout.split(":")[0]) == (code, verdict)
    told = rook("policy", "check", command, *rules, "--json", home=tmp_path)
    assert (told.returncode, json.loads(told.stdout)["verdict"]) == (code, verdict)


def test_an_explanation_shows_the_parts(tmp_path: Path) -> None:
    rules = ["--allow", "cat", "--deny", "rm"]
    shown = rook("policy", "explain", "cat x | rm y", *rules, home=tmp_path).stdout
    assert shown.splitlines() == [
        "deny: `rm` is denied",
        "  allow  cat x",
        "         `cat` is allowed",
        "  deny   rm y",
        "         `rm` is denied",
    ]
    told = rook("policy", "explain", "cat x", *rules, "--json", home=tmp_path).stdout
    assert json.loads(told)["parts"][0]["rule"] == "cat"
    assert "without a shell" in rook("policy", "explain", "cat x", *rules, home=tmp_path).stdout


def test_git_in_another_folder(tmp_path: Path) -> None:
    rules = ["--allow", "git status", "--moved"]
    assert rook("policy", "check", "git status", *rules, home=tmp_path).returncode == 3


def test_a_rule_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    done = rook("policy", "check", "ls", "--allow", "a; b", home=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("rookery: The rule 'a; b' cannot be read: ")
