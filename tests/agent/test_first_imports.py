"""While a run is on an event loop nothing is imported for the first time: imports hold all up."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from rookery.sandbox.choose import probe

KINDS = ("run", "stream", "remote", "files", "memory", "sqlite", "mcp", "none")
TIERS = ("bubblewrap", "landlock")


def imported(kind: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.agent.first_imports", kind],
        env={**os.environ, "ANTHROPIC_API_KEY": "sk-test"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_imported_in_a_run(kind: str) -> None:
    assert imported(kind) == []


@pytest.mark.parametrize("name", TIERS)
def test_nothing_is_imported_for_the_first_command(name: str) -> None:
    if not probe(name).works:
        pytest.skip(f"{name} does not work here")
    assert imported(name) == []
