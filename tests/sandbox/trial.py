"""Tries every escape on a sandbox, as this user or another: `python -m tests.sandbox.trial`.

Runs in a process of its own, since a user who was changed once stays.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rookery.sandbox import choose
from rookery.sandbox.base import Sandbox
from tests.sandbox.common import bash
from tests.sandbox.escapes import ESCAPES, Escape
from tests.sandbox.scene import Scene

ORDINARY = 12345
"""A user who owns nothing and is not in the list of users."""
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def trial(tier: str, user: int | None) -> dict[str, list[str]]:
    """Return what each escape reached, run in a process of its own; root becomes `user`."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.sandbox.trial", tier, str(user or os.getuid())],
        capture_output=True,
        text=True,
        timeout=240,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PATH": PATH},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def attempt(sandbox: Sandbox, escape: Escape, folder: Path) -> list[str]:
    """Return what an escape reached from a new workspace below `folder`."""
    place = Path(tempfile.mkdtemp(dir=folder))
    scene = Scene(place)
    try:
        done = bash(sandbox, escape.script, scene.bounds, env=scene.environment)
        return scene.harm(done.output + done.problem)
    finally:
        scene.close()


def main(tier: str, user: int) -> None:
    sandbox = choose.tier(tier)
    folder = Path(tempfile.mkdtemp(prefix="rookery-trial-"))
    try:
        if user != os.getuid():
            choose.tier(tier).probe()  # imports what another user could not read
            choose.tier("none").probe()
            os.chown(folder, user, user)
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
            os.environ["HOME"] = str(folder / "home")
            (folder / "home").mkdir()
        found = {escape.name: attempt(sandbox, escape, folder) for escape in ESCAPES}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
