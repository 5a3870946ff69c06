"""What every sandbox must hold against, as root and as an ordinary user."""

from __future__ import annotations

import functools
import os
import sys

import pytest

from rookery.sandbox import choose
from tests.sandbox.escapes import ESCAPES, Escape
from tests.sandbox.trial import ORDINARY, trial

ELSEWHERE = {"seatbelt"} if sys.platform == "linux" else {"bubblewrap", "landlock"}
CONFINING = [name for name in choose.TIERS if name not in {"none", *ELSEWHERE}]
USERS = {"root": 0, "ordinary": ORDINARY}

reached = functools.cache(trial)


@pytest.mark.parametrize("escape", ESCAPES, ids=lambda escape: escape.name)
@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("tier", CONFINING)
def test_a_sandbox_holds(tier: str, user: str, escape: Escape) -> None:
    found = choose.probe(tier)
    if not found.works:
        pytest.skip(f"{tier}: {found.problem}; {found.remedy}")
    if not getattr(found.guarantees, escape.guarantee):
        pytest.skip(f"{tier} does not promise {escape.guarantee} here: {found.problem}")
    number = USERS[user]
    if os.getuid() != 0:
        if number == 0:
            pytest.skip("the tests do not run as root")
        number = os.getuid()
    assert reached(tier, number)[escape.name] == []


def test_without_a_sandbox_most_of_them_succeed() -> None:
    """Or the tests above would show nothing."""
    found = reached("none", ORDINARY if os.getuid() == 0 else os.getuid())
    harmful = {escape.guarantee: 0 for escape in ESCAPES}
    for escape in ESCAPES:
        harmful[escape.guarantee] += bool(found[escape.name])
    assert harmful["fs_write"] >= 20
    assert harmful["fs_read"] >= 7
    assert harmful["net"] >= 9
    assert harmful["kill_tree"] >= 5


def test_names_are_unique() -> None:
    assert len({escape.name for escape in ESCAPES}) == len(ESCAPES)
