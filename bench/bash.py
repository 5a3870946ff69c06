"""Measures what a command of the tool `bash` costs over the same command by `bash -c` alone."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rookery.policy.command import CommandPolicy
from rookery.policy.decision import Decision
from rookery.sandbox.choose import probes
from rookery.tools import ToolContext, Workspace, bash
from rookery.tools.base import CONTEXT

ROUNDS = 60
COMMANDS = ("true", "ls", "ls | wc -l")


def alone(command: str, folder: str) -> None:
    """Run a command as a program without rookery would."""
    subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )


def median(calls: list[Callable[[], object]]) -> list[float]:
    """Return the milliseconds of each call: the medians of rounds that take turns."""
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for call, taken in zip(calls, times, strict=True):
            start = time.perf_counter()
            call()
            taken.append((time.perf_counter() - start) * 1000)
    return [statistics.median(taken) for taken in times]


def within(context: ToolContext, command: str) -> Callable[[], object]:
    """Return a call of the tool in a context."""

    def call() -> object:
        token = CONTEXT.set(context)
        try:
            return bash(command)
        finally:
            CONTEXT.reset(token)

    return call


def main() -> None:
    """Print a row for each sandbox that works here."""
    names = [probe.name for probe in probes() if probe.works]
    print("| sandbox | command | bash -c | text, by bash | plain line |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        for number in range(20):
            Path(folder, f"file{number}").touch()
        subprocess.run(["git", "init", "-q", folder], check=True)
        policy = CommandPolicy(allow=["true", "ls", "wc"])
        for name in names:
            for command in COMMANDS:
                decisions = Decision("allow"), policy.check(command)
                text, line = (
                    ToolContext(Workspace(folder), sandbox=name, decision=one) for one in decisions
                )
                for context in (text, line):
                    stack.callback(context.state.close)
                times = median(
                    [
                        lambda command=command: alone(command, folder),
                        within(text, command),
                        within(line, command),
                    ]
                )
                shown = command.replace("|", "\\|")
                more = [f"{taken:.1f} ms (+{taken - times[0]:.1f})" for taken in times[1:]]
                print(f"| {name} | `{shown}` | {times[0]:.1f} ms | {' | '.join(more)} |")
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
