"""The tool for queries and locks, on logs that the generator does not write, and on bad input."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rookery.demo.causes import CAUSES
from rookery.demo.incident import write_incident
from rookery.demo.queries import query_timeline
from rookery.errors import ToolError
from tests.demo.asking import report

START = datetime(2024, 11, 5, 8, 0, tzinfo=UTC)
SLOW = {"missing-index": "Slow query: ", "lock-queue": "Lock: ", "deadlock": "Lock: "}


def asked(folder: Path, path: str = ".") -> str:
    return report(folder, path, query_timeline)


def line(second: float, text: str) -> str:
    return f"{START + timedelta(seconds=second):%Y-%m-%d %H:%M:%S} CET [71] db@app LOG:  {text}\n"


def test_a_query_that_becomes_slow_is_quoted_where_it_does(tmp_path: Path) -> None:
    with (tmp_path / "pg.log").open("w") as file:
        for n in range(400):
            ms = 900 + n if n >= 300 and n % 2 else 12.5
            sql = "select * from a where x = 'y%d'" if n % 2 else "update b set z = %d"
            file.write(line(n * 9, f"duration: {ms} ms  execute s{n}: {sql % n}"))
    said = asked(tmp_path).splitlines()
    assert said[0].startswith("Slow query: pg.log:302: 2024-11-05 08:45:09 CET")
    assert said[1] == "  50 times, 08:45:09 to 08:59:51 UTC, 1250 ms in the middle; 12 ms usually"
    assert said[2:] == ["Read: 400 statements of 2 kinds."]


def test_what_is_always_slow_or_slow_once_does_not_stand_out(tmp_path: Path) -> None:
    with (tmp_path / "pg.log").open("w") as file:
        for n in range(100):
            file.write(line(n, f"duration: {3000 + n}.1 ms  statement: refresh view v"))
            file.write(line(n, f"duration: {9000 if n == 50 else 3}.1 ms  statement: select 1"))
    assert asked(tmp_path) == (
        "No slow queries or waits for locks found: 200 statements of 2 kinds, "
        "the slowest took 9000 ms."
    )


def test_waits_of_other_databases_are_read(tmp_path: Path) -> None:
    text = "[ERROR] query: Lock wait timeout exceeded; try restarting transaction"
    (tmp_path / "mysql.err").write_text(f"2024-11-05T08:00:00Z 12 {text}\n")
    assert asked(tmp_path).splitlines() == [
        f"Lock: mysql.err:1: 2024-11-05T08:00:00Z 12 {text}",
        "  once at 08:00:00 UTC",
        "Read: 0 statements of 0 kinds.",
    ]


def test_the_trouble_of_a_made_up_database_is_named(tmp_path: Path) -> None:
    for kind in [cause.kind for cause in CAUSES]:
        for seed in random.sample(range(10**6), 2):
            folder = tmp_path / f"{kind}-{seed}"
            planted = write_incident(folder, seed=seed, kind=kind)
            said = asked(folder, "database")
            if kind in SLOW:
                assert said.startswith(SLOW[kind]), (seed, said)
                assert planted.is_named_in(said), (seed, said)
            else:
                assert said.startswith("No slow queries"), (kind, seed, said)


def test_bad_input(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(line(0, "hello"))
    assert asked(tmp_path).startswith("No durations of statements and no waits for locks found")
    for path in ("missing", "..", "a\0b"):
        with pytest.raises(ToolError):
            asked(tmp_path, path)
