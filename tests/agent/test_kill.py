"""A session after `kill -9`: every completed turn, what every step cost, and a valid request."""

from __future__ import annotations

import random
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from rookery import Session
from rookery.agent.loop import INTERRUPTED
from rookery.agent.step import Step
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.store.sqlite import SQLiteStore
from tests.agent import killed
from tests.agent.common import is_valid

EVENTS, WRITES = 52, 14
"""How many of each a whole session has, at least: answers of tools may share a write."""

ALL = [
    *(f"event-{number}" for number in range(1, EVENTS + 1)),
    *(f"{when}-{number}" for when in ("before", "after") for number in range(1, WRITES + 1)),
]
POINTS = sorted(random.Random(13).sample(ALL, 30))  # noqa: S311 -- a choice of points


class Whole:
    """The session that nobody killed."""

    def __init__(self, folder: Path) -> None:
        with closing(SQLiteStore(folder / "whole.db")) as store:
            session = resumed(store)
            self.messages = session.messages
            self.steps = session.steps
            self.about = store.page().sessions[0].about
        self.told = (folder / "whole.txt").read_text().split()
        self.ends = [at for at, m in enumerate(self.messages) if m["content"] in killed.TASKS]
        self.ends = [*self.ends[1:], len(self.messages)]
        """How many messages there are after each turn."""


def resumed(store: SQLiteStore, *replies: str) -> Session[Any]:
    provider = ScriptedProvider.of(*replies) if replies else ScriptedProvider.of("?")
    return Session.resume("s", store=store, provider=provider, tools=[killed.add])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("killed")
    subprocess.run(
        [sys.executable, "-m", "tests.agent.killed", made, "whole", *POINTS], check=True, timeout=60
    )
    return made


@pytest.fixture(scope="module")
def whole(folder: Path) -> Whole:
    return Whole(folder)


def test_the_points(whole: Whole) -> None:
    assert whole.told.count("done") == len(killed.TASKS)
    assert len(whole.told) - len(killed.TASKS) >= EVENTS
    assert whole.about["turns"] == len(killed.TASKS)
    assert len(POINTS) == 30


def check(path: Path, told: list[str], whole: Whole) -> None:
    """Check what a process that was killed left, and that the session goes on."""
    with closing(SQLiteStore(path)) as store:
        found = store.find("s")
        if found is None or not found.revision:
            assert "done" not in told
            assert "StepStarted" not in told
            return
        session = resumed(store, "Going on.")
        before = session.messages
        check_messages(before, told.count("done"), whole)
        check_steps(session.steps, told, whole)
        result = session.run("Go on.")  # the lease of the dead is not waited for
        assert (result.text, result.messages[: len(before)]) == ("Going on.", before)
        assert resumed(store).messages == result.messages


def check_messages(found: list[dict[str, Any]], done: int, whole: Whole) -> None:
    """All turns that were done, and of the next one nothing but what happened."""
    assert is_valid(found)
    completed = whole.ends[done - 1] if done else 0
    assert found[:completed] == whole.messages[:completed]
    for at, message in enumerate(found[completed:], completed):
        expected = whole.messages[at]
        if message != expected:
            assert at == len(found) - 1
            pairs = zip(message["content"], expected["content"], strict=True)
            for block, known in pairs:
                cut = {**known, "content": INTERRUPTED, "is_error": True}
                assert block in (known, cut)


def check_steps(found: tuple[Step, ...], told: list[str], whole: Whole) -> None:
    """What a step cost is kept before its tools run, and before the next one."""
    assert found == whole.steps[: len(found)]
    after = ("ToolCalled", "StepStarted", "done")
    begun = [at for at, name in enumerate(told) if name == "UsageReported"]
    certain = sum(any(name in after for name in told[at:]) for at in begun)
    assert len(found) >= certain


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_point(folder: Path, whole: Whole, point: str) -> None:
    told = (folder / f"{point}.txt").read_text().split()
    assert len(told) < len(whole.told), "it was not killed"
    check(folder / f"{point}.db", told, whole)


@pytest.mark.parametrize("lines", [2, 15, 27, 38, 50])
def test_killed_from_outside(tmp_path: Path, whole: Whole, lines: int) -> None:
    path = tmp_path / "s.db"
    argv = [sys.executable, "-m", "tests.agent.killed", str(path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        told = [child.stdout.readline().strip() for _ in range(lines)]
        child.kill()
        told += child.stdout.read().split()
    check(path, told, whole)
