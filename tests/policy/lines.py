"""The tables of lines, as they are in tests/data."""

from __future__ import annotations

import json
from pathlib import Path

from rookery.policy.command import CommandPolicy
from rookery.policy.tables import TABLES

_DATA = Path(__file__).parents[1] / "data"

EVERYDAY: list[str] = (_DATA / "everyday-lines.txt").read_text(encoding="utf-8").splitlines()
"""Lines of real work on projects in several languages."""
HARMFUL: list[str] = json.loads((_DATA / "harmful-lines.json").read_text(encoding="utf-8"))
"""Lines that write, run, send or read what their program's rule does not mean to allow."""


NAMES = TABLES.keys() - {"cd", "touch"}
"""What has a table; `touch` is the effect of harmful lines, and `cd` may lead anywhere."""


def widest() -> CommandPolicy:
    """Return a policy that allows all of them, and wrappers."""
    return CommandPolicy(allow=[*NAMES, "env", "nohup", "xargs"])
