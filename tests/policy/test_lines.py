"""Everyday lines may run, harmful ones may not; the documentation shows the same tables."""

from __future__ import annotations

import pytest

from rookery.policy import presets
from rookery.policy.command import CommandPolicy
from rookery.policy.tables import find
from tests.policy.lines import EVERYDAY, HARMFUL, NAMES, widest

DEVELOPER = CommandPolicy.developer()
WIDEST = widest()
OPEN = CommandPolicy(allow=[f"{name}:*" for name in NAMES])
"""Every rule leaves its arguments open; the tables of options hold all the same."""
LEFT_OPEN = {"git branch evil", "git tag evil", "cargo test -- --logfile pwned"}
"""What `:*` leaves open: names of branches, and the options of another program."""


def test_at_most_one_everyday_line_in_twenty_asks() -> None:
    assert len(EVERYDAY) == len(set(EVERYDAY)) >= 150
    asked = [line for line in EVERYDAY if DEVELOPER.check(line).verdict != "allow"]
    assert len(asked) <= len(EVERYDAY) / 20, asked


@pytest.mark.parametrize("line", HARMFUL, ids=lambda line: ascii(line)[:60])
def test_a_harmful_line_is_allowed_by_no_rule_for_its_program(line: str) -> None:
    decision = WIDEST.check(line)
    assert decision.verdict != "allow", decision.rule
    assert decision.line is None
    assert OPEN.check(line).verdict != "allow" or line in LEFT_OPEN


def test_what_looks_only_writes_and_runs_nothing() -> None:
    policy = CommandPolicy.read_only()
    assert policy.check("git log --oneline | head -3").verdict == "allow"
    for line in ("npm test", "make", "python x.py", "git commit -m x", "mkdir x", "touch x"):
        assert policy.check(line).verdict == "ask"
    assert not [rule for rule in presets.READ_ONLY if rule.endswith("*")]
    assert not [rule for rule in presets.READ_ONLY if find(tuple(rule.split())) is None]


def test_scripts_whose_name_reaches_further_are_asked_for() -> None:
    assert DEVELOPER.check("npm run deploy").rule == "npm run deploy"
    assert DEVELOPER.check("make -j4 release").rule == "make release"
    assert DEVELOPER.check("npm run deploy:docs").verdict == "allow"
