"""A program in a sandbox, run to its end."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from rookery.sandbox.base import Bounds, Sandbox
from rookery.sandbox.environment import kept


class Done(NamedTuple):
    status: int
    output: str
    problem: str


def bounds_in(folder: Path, **changes: object) -> Bounds:
    """Return bounds with a workspace and a private folder below `folder`."""
    for name in ("workspace", "tmp"):
        (folder / name).mkdir(exist_ok=True)
    return Bounds(workspace=folder / "workspace", tmp=folder / "tmp", **changes)  # type: ignore[arg-type]


def run(
    sandbox: Sandbox,
    argv: list[str],
    bounds: Bounds,
    *,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    seconds: float = 30,
) -> Done:
    """Run a program whose output is short; it is killed when the time is over."""
    with (bounds.tmp / ".out").open("w+b") as out, (bounds.tmp / ".err").open("w+b") as err:
        child = sandbox.start(
            argv,
            bounds,
            cwd=cwd or bounds.workspace,
            env=kept() if env is None else env,
            stdin=subprocess.DEVNULL,
            stdout=out.fileno(),
            stderr=err.fileno(),
        )
        try:
            status = child.wait(seconds)
        finally:
            child.kill()
        assert status is not None, "it did not end"
        texts = [os.pread(file.fileno(), 1 << 20, 0).decode() for file in (out, err)]
    return Done(status, *texts)


def bash(sandbox: Sandbox, script: str, bounds: Bounds, **options: object) -> Done:
    return run(sandbox, ["/bin/bash", "-c", script], bounds, **options)  # type: ignore[arg-type]
