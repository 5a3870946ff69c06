"""Measures what a sandbox adds to a command: `bash -c true`, started and waited for.

.venv/bin/python -m bench.sandbox [NAME...]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rookery.sandbox import choose
from rookery.sandbox.base import Bounds, Sandbox
from rookery.sandbox.bubblewrap import bwrap
from rookery.sandbox.environment import kept

ROUNDS = 200
COMMAND = ["/bin/bash", "-c", "true"]


def plain(env: dict[str, str]) -> None:
    """Run the command without anything."""
    subprocess.run(COMMAND, env=env, stdin=subprocess.DEVNULL, check=True, start_new_session=True)


def bare(program: str, env: dict[str, str]) -> None:
    """Run the command in `bwrap` with one mount and new namespaces: what it costs by itself."""
    options = ["--unshare-all", "--die-with-parent", "--ro-bind", "/", "/"]
    subprocess.run([program, *options, *COMMAND], env=env, stdin=subprocess.DEVNULL, check=True)


def confined(sandbox: Sandbox, bounds: Bounds, env: dict[str, str], stream: int) -> None:
    """Run the command in a sandbox."""
    child = sandbox.start(
        COMMAND,
        bounds,
        cwd=bounds.workspace,
        env=env,
        stdin=stream,
        stdout=stream,
        stderr=stream,
    )
    assert child.wait(30) == 0


def milliseconds(*calls: Callable[[], None]) -> list[list[float]]:
    """Return the times of each call; they take turns, so that a busy machine is busy for all."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for call, times in zip(calls, taken, strict=True):
            start = time.perf_counter()
            call()
            times.append((time.perf_counter() - start) * 1000)
    return taken


def main() -> None:
    """Print a row for each sandbox that works here."""
    env = kept({"PATH": "/usr/local/bin:/usr/bin:/bin"})
    names = sys.argv[1:] or [found.name for found in choose.probes() if found.works]
    with tempfile.TemporaryDirectory() as name, Path(os.devnull).open("r+b") as null:
        bounds = Bounds(workspace=Path(name, "workspace"), tmp=Path(name, "tmp"))
        (bounds.workspace / ".git/hooks").mkdir(parents=True)
        (bounds.workspace / ".git/HEAD").write_text("ref: refs/heads/main\n")
        (bounds.workspace / ".git/config").write_text("")
        bounds.tmp.mkdir()
        calls: list[Callable[[], None]] = [partial(plain, env)]
        calls += [
            partial(confined, choose.tier(name), bounds, env, null.fileno()) for name in names
        ]
        program = bwrap()
        if program and "bubblewrap" in names:
            calls.append(partial(bare, program, env))
            names.append("bwrap by itself")
        found = milliseconds(*calls)
    print("| | median ms | more than plain | least ms | more than plain |\n|---|---|---|---|---|")
    for name, times in zip(["plain", *names], found, strict=True):
        cells = (
            f"{of(times):.2f} | {of(times) - of(found[0]):.2f}" for of in (statistics.median, min)
        )
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
