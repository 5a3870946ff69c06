"""A server that is killed at any moment of its first start leaves a state that can be used."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rookery.errors import AuthenticationError
from rookery.server.auth import open_keys
from rookery.server.http import Exchange
from rookery.settings import Settings
from tests.conftest import CAMPAIGN
from tests.server.process import free_port

ROUNDS = 40 if CAMPAIGN else 6
LONGEST_START = 0.8
"""Seconds within which a first start is killed; some rounds find it running already."""


def start_and_kill(state: Path, after: float) -> str:
    """Return what the server had printed when it was killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "rookery", "serve", "--port", str(free_port())],
        env={"PATH": os.environ["PATH"], "ROOKERY_STATE_DIR": str(state)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.kill()
    return process.communicate(timeout=20)[0]


def admits(settings: Settings, key: str) -> bool:
    scope = {"method": "GET", "path": "/", "headers": [(b"x-api-key", key.encode())]}

    async def never() -> dict[str, object]:
        raise AssertionError

    async def nothing(message: object) -> None:
        del message

    try:
        open_keys(settings).keys.principal(Exchange(scope, never, nothing, "req_1"))
    except AuthenticationError:
        return False
    return True


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_first_start_that_is_killed_leaves_whole_keys_or_none(tmp_path: Path, seed: int) -> None:
    state = tmp_path / "state"
    moment = random.Random(seed).uniform(0.05, LONGEST_START)  # noqa: S311
    shown = start_and_kill(state, moment)
    settings = Settings(state_dir=str(state))
    printed = re.findall(r"^  (?:admin )?key +(sk-\S+)", shown, re.MULTILINE)
    kept = (state / "keys.json").exists()
    assert kept or not printed  # no key is shown before it is kept
    assert all(admits(settings, key) for key in printed)
    assert not admits(settings, "")
