"""Many tasks under a name: what has a result is not run again, whatever happened to the process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rookery import Agent, Budget, Session
from rookery.agent.item import Item
from rookery.errors import AgentError, SessionConflictError, SessionError
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.store.base import SessionStore
from rookery.store.memory import MemoryStore
from rookery.store.sqlite import SQLiteStore
from tests.agent.common import MODEL, call, is_valid
from tests.agent.killed_map import TASKS

NAME = "nightly"


def worker(reply: Any = "Done.", **options: Any) -> tuple[Agent[Any], ScriptedProvider]:
    bad = {"match": {"text": "bad"}, "reply": {"error": {"type": "invalid_request_error"}}}
    provider = ScriptedProvider({"rules": [bad, {"reply": reply}]})
    return Agent(MODEL, provider=provider, max_retries=0, **options), provider


def kept(items: list[Item[Any]]) -> list[bool]:
    return [item.stored for item in items]


# --- again ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_the_same_call_again_runs_what_has_no_result(kind: str, tmp_path: Path) -> None:
    store: Any = MemoryStore() if kind == "memory" else tmp_path / "results.db"
    one, _ = worker("First.")
    first = one.map(["a", "bad", "c"], name=NAME, store=store)
    before = first.results()
    assert [item.stop_reason for item in before] == ["end_turn", "error", "end_turn"]
    two, provider = worker("Second.")
    second = two.map(["a", "bad", "c", "d"], name=NAME, store=store)
    items = second.results()
    assert [str(item.result) for item in items] == ["First.", "None", "First.", "Second."]
    assert kept(items) == [True, False, True, False]
    assert len(provider.requests) == 2  # the one that failed, and the new one
    for at in (0, 2):
        assert items[at].result == before[at].result
        assert items[at].result.output == "First."  # type: ignore[union-attr]
    assert second.outcome.stored == 2
    assert second.outcome.cost == two.total_cost  # what is kept was paid before
    assert "2 from the store" in str(second.outcome)


@dataclass
class Answer:
    value: int


def test_a_typed_output_is_read_again() -> None:
    store = MemoryStore()
    one, _ = worker('{"value": 7}', output_type=Answer)
    assert one.map(["a"], name=NAME, store=store).results()[0].result.output == Answer(7)  # type: ignore[union-attr]
    [item] = one.map(["a"], name=NAME, store=store).results()
    assert item.stored
    assert item.result is not None
    assert item.result.output == Answer(7)

    @dataclass
    class Other:
        words: str

    two, provider = worker('{"words": "x"}', output_type=Other)
    [other] = two.map(["a"], name=NAME, store=store).results()
    assert isinstance(other.error, AgentError)
    assert "is no Other" in str(other.error)
    assert not provider.requests


def test_what_a_budget_left_is_made_the_next_time() -> None:
    store = MemoryStore()
    tasks = ["a"] * 9
    one, _ = worker()
    one.map(tasks, name=NAME, store=store, concurrency=1, budget=Budget(turns=4)).results()
    two, provider = worker()
    items = two.map(tasks, name=NAME, store=store).results()
    assert kept(items) == [True] * 4 + [False] * 5
    assert {item.stop_reason for item in items} == {"end_turn"}
    assert len(provider.requests) == 5


def test_an_endless_turn_is_a_result() -> None:
    def note(text: str) -> str:
        """Take a note."""
        return text

    store = MemoryStore()
    one, provider = worker(call("note", text="x"), tools=[note], max_turns=2)
    for _ in range(2):
        [item] = one.map(["a"], name=NAME, store=store).results()
        assert item.stop_reason == "max_turns"
        assert item.result is not None
        assert is_valid(item.result.messages)
        assert len(item.result.steps) == 2
    assert len(provider.requests) == 2


def test_what_is_left_early_goes_on_later(tmp_path: Path) -> None:
    one, provider = worker()
    with SQLiteClosed(tmp_path / "r.db") as store:
        with one.map(TASKS, name=NAME, store=store, concurrency=2) as runs:
            for item in runs:
                if item.index == 4:
                    break
        begun = len(provider.requests)
        assert begun < len(TASKS)
        items = one.map(TASKS, name=NAME, store=store).results()
        assert sum(kept(items)) >= 5
        assert len(provider.requests) < begun + len(TASKS)
        assert {item.stop_reason for item in items} == {"end_turn"}


def SQLiteClosed(path: Path) -> closing[SQLiteStore]:  # noqa: N802
    return closing(SQLiteStore(path))


# --- other tasks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize(
    ("tasks", "told"),
    [
        (["a", "x", "c"], "Task 1 of the map 'nightly' is not the one whose result is kept"),
        (["x", "b", "c"], "Task 0 of the map 'nightly' is not the one"),
        (["a", None, "c", "d"], "Task 1 of the map 'nightly' is not the one"),
        (["a", "b"], "has a result for task 2, and there are only 2 tasks now"),
        ([], "has a result for task 2, and there are only 0 tasks now"),
    ],
)
def test_a_changed_list_is_told(tasks: list[Any], told: str, lazy: bool) -> None:
    store = MemoryStore()
    one, _ = worker()
    one.map(["a", "b", "c"], name=NAME, store=store).results()
    two, provider = worker()
    with pytest.raises(SessionError, match=told):
        two.map(iter(tasks) if lazy else tasks, name=NAME, store=store).results()
    assert not provider.requests
    assert len(one.map(["a", "b", "c"], name=NAME, store=store).results()) == 3  # it is free


def test_what_ended_before_the_change_is_seen_is_given() -> None:
    store = MemoryStore()
    one, _ = worker()
    one.map(["a", "b"], name=NAME, store=store).results()

    def changed() -> Iterator[str]:
        yield from ("a", "x", "c")

    found = []
    with (
        one.map(changed(), name=NAME, store=store, concurrency=1) as runs,
        pytest.raises(SessionError, match="Task 1 of the map"),
    ):
        for item in runs:
            found.append(item.index)  # noqa: PERF401 -- it raises
    assert found == [0]


def test_blocks_are_known_by_what_they_say() -> None:
    store = MemoryStore()
    one, provider = worker()
    for block in ({"type": "text", "text": "a"}, {"text": "a", "type": "text"}):
        one.map([[block]], name=NAME, store=store).results()
    assert len(provider.requests) == 1


def test_a_name_has_to_be_one_and_of_a_map() -> None:
    store = MemoryStore()
    one, _ = worker()
    Session(one, store=store, id="talk").run("Hello.")
    with pytest.raises(SessionError, match="'talk' is a session, not a map"):
        one.map(["a"], name="talk", store=store).results()
    with pytest.raises(SessionError, match="cannot be the id"):
        one.map(["a"], name="last night", store=store)
    with pytest.raises(SessionError, match="A store is"):
        one.map(["a"], name=NAME, store=5)  # type: ignore[arg-type]
    one.map(["a"], name=NAME, store=store).results()
    with pytest.raises(SessionError, match="Event 0 of the session cannot be read"):
        Session.resume(NAME, store=store)


def test_a_log_that_is_damaged_or_newer_is_told() -> None:
    one, provider = worker()
    for entries, told in [
        ([b'{"event":"map_begun","version":2}'], "written by a newer rookery"),
        ([b'{"event":"map_begun"}', b"{"], "cannot be read"),
        ([b'{"event":"map_begun"}', b'{"event":"map_kept","index":"0"}'], "cannot be read"),
        ([b'{"event":"map_begun"}', b'{"event":"map_kept","digest":"\xff"}'], "cannot be read"),
        ([b"\xff"], "is a session, not a map"),
    ]:
        store = MemoryStore()
        store.create(NAME, {})
        lease = store.acquire(NAME, "test", 60)
        store.append(lease, entries, 0)
        store.release(lease)
        with pytest.raises(SessionError, match=told):
            one.map(["a"], name=NAME, store=store).results()
    assert not provider.requests


# --- other processes -----------------------------------------------------------------------------


def program(*argv: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.agent.killed_map", *map(str, argv)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("point", "least", "most"),
    [("before-1", 0, 0), ("after-1", 1, 1), ("before-6", 5, 5), ("after-6", 6, 6),
     ("event-20", 0, 11), ("event-50", 1, 11), ("whole", 12, 12)],
)  # fmt: skip
def test_killed_and_called_again(tmp_path: Path, point: str, least: int, most: int) -> None:
    path = tmp_path / "results.db"
    with program(path, point) as child:
        told, _ = child.communicate(timeout=60)
    assert child.returncode == (0 if point == "whole" else -9)
    one, provider = worker("Done.")
    runs = one.map(TASKS, name=NAME, store=path)
    items = runs.results()
    assert least <= runs.outcome.stored <= most
    assert len(provider.requests) == len(TASKS) - runs.outcome.stored
    for item in items:
        said = f"{child.pid} was here." if item.stored else "Done."
        assert (str(item.result), item.task) == (said, TASKS[item.index])
        assert item.stored or str(item.index) not in told.split()  # nothing that was given is lost
    assert all(kept(one.map(TASKS, name=NAME, store=path).results()))


def test_two_with_one_name(tmp_path: Path) -> None:
    path = tmp_path / "results.db"
    one, provider = worker()
    with program(path, "hold") as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "begun\n"
        told = f"The map 'nightly' is at work already.*process {child.pid}"
        with pytest.raises(SessionConflictError, match=told):
            one.map(TASKS, name=NAME, store=path).results()
        assert not provider.requests
        child.communicate("go on\n", timeout=60)
    assert all(kept(one.map(TASKS, name=NAME, store=path).results()))


async def test_two_with_one_name_in_one_process() -> None:
    store = MemoryStore()
    one, _ = worker()
    async with one.amap(["a"], name=NAME, store=store) as runs:
        with pytest.raises(SessionConflictError, match="is at work already"):
            await one.amap(["a"], name=NAME, store=store).results()
        assert len(await one.amap(["a"], name="other", store=store).results()) == 1
        assert len(await runs.results()) == 1
    assert kept(await one.amap(["a"], name=NAME, store=store).results()) == [True]


# --- a store that fails --------------------------------------------------------------------------


class Failing(MemoryStore):
    """Fails from the n-th entry on."""

    def __init__(self, after: int, *, blocking: bool) -> None:
        super().__init__()
        self.after = after
        self.blocking = blocking

    def append(self, *args: Any, **kwargs: Any) -> int:
        self.after -= 1
        if self.after < 0:
            raise OSError("the disk is full")
        return super().append(*args, **kwargs)


@pytest.mark.parametrize("blocking", [False, True])
def test_a_store_that_fails_stops_it_and_loses_nothing(blocking: bool) -> None:
    store = Failing(4, blocking=blocking)
    assert isinstance(store, SessionStore)
    one, provider = worker()
    found = []
    with (
        one.map(["a"] * 50, name=NAME, store=store, concurrency=2) as runs,
        pytest.raises(SessionError, match="The store failed: OSError: the disk is full"),
    ):
        for item in runs:
            found.append(item)  # noqa: PERF402 -- it raises
    assert len(found) == len(provider.requests) <= 5  # what was paid for is given
    store.after = 100
    items = one.map(["a"] * 50, name=NAME, store=store).results()
    assert sum(kept(items)) == 3


def test_a_store_that_fails_at_once_is_told_before_anything_runs() -> None:
    one, provider = worker()
    with pytest.raises(SessionError, match="the disk is full"):
        one.map(["a"], name=NAME, store=Failing(0, blocking=False)).results()
    assert not provider.requests


async def test_a_name_that_was_taken_over_stops_it() -> None:
    store = MemoryStore()

    def steal() -> str:
        """Take the session, as a process does that thinks this one is dead."""
        store._logs[NAME].holder = None
        store.acquire(NAME, "thief", 60)
        return "stolen"

    rules = [
        {"match": {"tool_result": "stolen"}, "reply": "Done."},
        {"match": {"text": "c"}, "reply": call("steal")},
        {"reply": "Done."},
    ]
    one = Agent(MODEL, provider=ScriptedProvider({"rules": rules}), tools=[steal])
    async with one.amap([*"abcdefg"], name=NAME, store=store, concurrency=1) as runs:
        with pytest.raises(SessionConflictError, match="taken over by thief"):
            async for item in runs:
                last = item
    assert last.index == 2
