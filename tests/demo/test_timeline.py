"""The tool on logs that the generator does not write, and on bad input."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rookery.demo.kinds import service_of, template
from rookery.demo.loglines import ERROR, FATAL, NOTE, WARNING, Entry, read_entries
from rookery.demo.timeline import MOST_CHARACTERS, log_timeline
from rookery.errors import ToolError
from tests.demo.asking import report

START = datetime(2024, 11, 5, 8, 0, tzinfo=UTC)
MINUTES = 90
TROUBLE = 60 * 60


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


def every(seconds: int, start: int = 0, end: int = MINUTES * 60) -> Iterator[tuple[int, datetime]]:
    for second in range(start, end, seconds):
        yield second, at(second)


def write(path: Path, rows: list[tuple[datetime, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [text for _, text in sorted(rows, key=lambda row: row[0])]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_nginx_in_front_of_syslog(tmp_path: Path) -> None:
    def nginx(time: datetime, level: str, text: str) -> tuple[datetime, str]:
        return time, f"{time:%Y/%m/%d %H:%M:%S} [{level}] 812#812: *{time.second}77 {text}"

    def syslog(time: datetime, text: str) -> tuple[datetime, str]:
        return time, f"{time:%b} {time.day:2d} {time:%H:%M:%S} web1 {text}"

    front = [nginx(t, "notice", "signal process started") for _, t in every(20)]
    front += [nginx(t, "error", 'open() "/srv/favicon.ico" failed (2)') for _, t in every(700)]
    front += [
        nginx(t, "error", 'upstream prematurely closed connection, upstream: "http://app:8000/"')
        for _, t in every(4, TROUBLE + 5)
    ]
    write(tmp_path / "nginx" / "error.log", front)
    back = [syslog(t, f"app[311]: served {n} items") for n, t in every(15)]
    back += [syslog(t, f"app[311]: slow reader {n}, timeout raised") for n, t in every(800)]
    back += [
        syslog(t, f"app[{n}]: Segmentation fault in libimage.so, worker aborted")
        for n, t in every(40, TROUBLE)
    ]
    write(tmp_path / "syslog", back)
    first = report(tmp_path).splitlines()[0]
    assert first.startswith("Likely root cause: syslog:")
    assert "09:00:00 web1 app[3600]: Segmentation fault" in first
    where, line, text = first.removeprefix("Likely root cause: ").split(":", 2)
    assert (tmp_path / where).read_text().splitlines()[int(line) - 1] == text.strip()


def test_json_with_other_names_and_a_rollout_line(tmp_path: Path) -> None:
    def row(time: datetime, app: str, level: object, **more: object) -> tuple[datetime, str]:
        stamp = round(time.timestamp() * 1000)
        return time, json.dumps({"severity": level, "app": app, "timestamp": stamp, **more})

    rows = [row(t, "web", "INFO", message=f"page {n}") for n, t in every(9)]
    rows += [row(t, "worker", 30, message=f"task {n} done") for n, t in every(11)]
    rows += [
        row(t, "worker", 50, message="mail bounced", reason="no such box") for _, t in every(600)
    ]
    rows.append(row(at(TROUBLE - 30), "worker", 30, message="rolled out version 8.1.0 of worker"))
    rows += [
        row(t, "worker", 50, message="task crashed", err="KeyError: 'currency'", task=n)
        for n, t in every(20, TROUBLE)
    ]
    rows += [
        row(t, "web", "ERROR", message=f"worker did not take job {n}", status=503)
        for n, t in every(5, TROUBLE + 3)
    ]
    write(tmp_path / "all.jsonl", rows)
    said = report(tmp_path).splitlines()
    assert said[0].startswith("Likely root cause: all.jsonl:")
    assert "KeyError: 'currency'" in said[0]
    assert "First seen 09:00:00 UTC on 2024-11-05, 90 times, 30 s after the deploy" in said[1]
    assert "rolled out version 8.1.0" in said[1]
    assert "new errors of web name worker" in said[2]


def test_a_surge_of_a_known_error_is_quoted_where_it_rises(tmp_path: Path) -> None:
    rows = [(t, f"{t:%Y-%m-%dT%H:%M:%S}+00:00 INFO ok {n}") for n, t in every(7)]
    bad = [*every(900), *every(6, TROUBLE + 4)]
    rows += [
        (t, f"{t:%Y-%m-%dT%H:%M:%S}+00:00 ERROR checksum of block {n} differs") for n, t in bad
    ]
    write(tmp_path / "store.log", rows)
    said = report(tmp_path).splitlines()
    assert "09:00:0" in said[0]
    assert "checksum of block 360" in said[0]
    assert said[1].startswith("Seen ")
    assert "no deploy in the half hour before" in said[1]


def test_cause_in_the_middle_of_a_stack_trace(tmp_path: Path) -> None:
    rows = [(t, f"{t:%Y-%m-%d %H:%M:%S},101 INFO main tick {n}") for n, t in every(5)]
    for _, t in every(30, TROUBLE):
        trace = "  at a.B.c(B.java:1)\nCaused by: java.net.BindException: address in use\n\tat d"
        rows.append((t, f"{t:%Y-%m-%d %H:%M:%S},101 ERROR main start failed\n{trace}"))
    write(tmp_path / "app.log", rows)
    said = report(tmp_path)
    assert said.startswith("Likely root cause: app.log:")
    assert "Caused by: java.net.BindException: address in use" in said


@pytest.mark.parametrize("trouble", [False, True])
def test_errors_that_grow_with_the_traffic_are_no_incident(tmp_path: Path, trouble: bool) -> None:
    def line(second: int, status: int) -> tuple[datetime, str]:
        time = at(second)
        text = f'10.0.0.1 - - [{time:%d/%b/%Y:%H:%M:%S} +0000] "GET /a HTTP/1.1" {status} 12'
        return time, text

    rows = [line(n, 200) for n, _ in every(4)]
    rows += [line(n, 500) for n, _ in every(200)]
    # One busy half hour: nine times the requests, and nine times the errors if nothing is wrong.
    busy = [second for second in range(1800, 3600) for _ in range(2)]
    rows += [line(second, 200) for second in busy]
    rows += [line(second, 500) for second in busy[:: 8 if trouble else 45]]
    write(tmp_path / "access.log", rows)
    assert report(tmp_path).startswith("Likely root cause" if trouble else "No incident found")


def test_steady_errors_and_a_few_new_ones_are_no_incident(tmp_path: Path) -> None:
    rows = [(t, f"{t:%Y-%m-%dT%H:%M:%SZ} INFO ok {n}") for n, t in every(3)]
    rows += [(t, f"{t:%Y-%m-%dT%H:%M:%SZ} ERROR cannot parse row {n}") for n, t in every(45)]
    rows += [(t, f"{t:%Y-%m-%dT%H:%M:%SZ} WARN old client {n}") for n, t in every(40, TROUBLE)]
    rows += [(t, f"{t:%Y-%m-%dT%H:%M:%SZ} ERROR odd reply {n}") for n, t in every(700, TROUBLE)]
    write(tmp_path / "app.log", rows)
    said = report(tmp_path)
    assert said.startswith("No incident found: ")
    assert "cannot parse row" in said


def test_one_file_and_a_folder_below(tmp_path: Path) -> None:
    rows = [(t, f"{t:%Y-%m-%dT%H:%M:%SZ} INFO ok {n}") for n, t in every(10)]
    rows += [(t, f"{t:%Y-%m-%dT%H:%M:%SZ} FATAL lost {n}") for n, t in every(10, TROUBLE)]
    write(tmp_path / "a" / "b" / "app.log", rows)
    for path in ("a/b/app.log", "a", "", ".", str(tmp_path / "a")):
        assert report(tmp_path, path).startswith("Likely root cause: a/b/app.log:")


def test_what_cannot_be_read_is_noted(tmp_path: Path) -> None:
    assert report(tmp_path) == "No log lines with a time found in '.'."
    (tmp_path / "notes.txt").write_text("no time here\n\nnor here: error 500\n")
    (tmp_path / "core").write_bytes(b"ELF\0\1\2" * 100)
    (tmp_path / "empty.log").touch()
    said = report(tmp_path)
    assert said.startswith("No log lines with a time found")
    assert "Note: core is not text and was skipped." in said
    write(tmp_path / "app.log", [(at(0), f"{at(0):%Y-%m-%dT%H:%M:%SZ} ERROR alone")])
    assert report(tmp_path).startswith("No incident found: in 1 log lines")


def test_stays_in_the_workspace(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write(outside / "secret.log", [(at(0), f"{at(0):%Y-%m-%dT%H:%M:%SZ} ERROR secret")])
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link").symlink_to(outside)
    (inside / "file.log").symlink_to(outside / "secret.log")
    (inside / "gone.log").symlink_to(outside / "nothing")
    (inside / "loop").symlink_to(inside / "loop")
    for path in (
        "..",
        "link",
        "file.log",
        "../outside/secret.log",
        str(outside),
        "link/secret.log",
    ):
        with pytest.raises(ToolError, match="outside the workspace"):
            report(inside, path)
    for path in ("missing", "a/b"):
        with pytest.raises(ToolError, match="no file or folder"):
            report(inside, path)
    for path in ("a\0b", "loop"):
        with pytest.raises(ToolError):
            report(inside, path)
    assert "secret" not in report(inside)


def test_large_and_wild_files_stay_bounded(tmp_path: Path) -> None:
    with (tmp_path / "app.log").open("w") as file:
        for n in range(200_000):
            time = f"2025-03-04T{n // 8400:02d}:{n // 140 % 60:02d}:{n % 60:02d}Z"
            word = "".join(chr(97 + n // 26**power % 26) for power in range(4))
            level = "ERROR" if n % 40 == 0 or n > 198_000 else "INFO"
            file.write(f"{time} {level} {word} took {n % 97} ms\n")
        file.write(f"2025-03-04T23:59:59Z ERROR {'x' * 300_000}\n")
        file.write("2025-03-04T23:59:59Z ERROR the end\n")
    said = report(tmp_path)
    assert len(said) <= MOST_CHARACTERS
    assert "200002 log lines" in said or "Likely root cause" in said
    last = list(read_entries(tmp_path / "app.log", year=2025))[-1]
    assert last.line == 200_002


def test_schema_for_the_model() -> None:
    assert list(inspect.signature(log_timeline).parameters) == ["path"]
    text = inspect.getdoc(log_timeline) or ""
    assert "Args:" in text
    assert "root cause" in text.split("\n\n")[0]


def entry(tmp_path: Path, text: str) -> Entry | None:
    path = tmp_path / "one.log"
    path.write_text(f"{text}\n", encoding="utf-8")
    return next(read_entries(path, year=2024), None)


MOMENT = datetime(2024, 11, 5, 8, 0, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "severity", "source"),
    [
        ("2024-11-05T08:00:01Z WARNING x", WARNING, None),
        ("2024-11-05 09:00:01+0100 CRITICAL x", FATAL, None),
        ("[2024-11-05 08:00:01] app.ERROR: x", ERROR, None),
        ("2024/11/05 08:00:01 [crit] 7#7: x", FATAL, None),
        ("Nov  5 08:00:01 host sshd[12]: error: x", ERROR, "sshd"),
        ("<27>Nov  5 08:00:01 host app: x", ERROR, "app"),
        ("1730793601.0 starting", NOTE, None),
        ('1.2.3.4 - - [05/Nov/2024:08:00:01 +0000] "GET / HTTP/1.1" 503 1', ERROR, None),
        ('1.2.3.4 - - [05/Nov/2024:10:00:01 +0200] "GET /error HTTP/1.1" 404 1', NOTE, None),
        ('{"time": 1730793601, "lvl": "error", "service": "a", "event": "x"}', ERROR, "a"),
        ('{"t": "2024-11-05T08:00:01Z", "level": 60, "msg": "x"}', FATAL, None),
        ('{"@timestamp": "2024-11-05T08:00:01.000Z", "message": "x", "status": 500}', ERROR, None),
        ('ts=2024-11-05T08:00:01Z lvl=warn app=b msg="a b"', WARNING, "b"),
        ("2024-11-05T08:00:01Z INFO request done status=502", ERROR, None),
        ("2024-11-05T08:00:01Z could not open x", ERROR, None),
        ("2024-11-05T08:00:01Z all is well", NOTE, None),
    ],
)
def test_lines_of_many_formats(
    tmp_path: Path, text: str, severity: int, source: str | None
) -> None:
    found = entry(tmp_path, text)
    assert found is not None
    assert found.at == MOMENT
    assert (found.severity, found.source, found.text) == (severity, source, text)


@pytest.mark.parametrize(
    "text", ["", "no time", "{", "[1]", '{"msg": "x"}', '{"ts": "soon"}', "2024-13-45T99:00:00 x"]
)
def test_lines_without_a_time(tmp_path: Path, text: str) -> None:
    assert entry(tmp_path, text) is None


def test_kinds_of_lines() -> None:
    one = template("read 12 rows of order 7f3a in 3.5ms from 10.0.0.1:80, user=ana 'x y'")
    assert one == template("read 9 rows of order 11bc in 77ms from 10.2.0.1:81, user=bo 'z'")
    assert template('1.1.1.1 "GET /a/1 HTTP/1.1" 502 7') == "GET /a 5xx #"
    assert service_of("logs/orders.log") == "orders"
    assert service_of("web-2/error.log.1") == "web-2"
    assert service_of("orders-error.log") == "orders"


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.one_of(
    st.text(),
    st.text().map(lambda text: f"2024-11-05T08:00:01Z {text}"),
    st.dictionaries(st.sampled_from(["ts", "msg", "level", "status", "x"]),
                    st.one_of(st.text(), st.integers(), st.floats(), st.none())).map(json.dumps),
)))  # fmt: skip
def test_any_text_is_read(tmp_path: Path, lines: list[str]) -> None:
    (tmp_path / "any.log").write_text("\n".join(lines), encoding="utf-8", errors="replace")
    assert report(tmp_path).startswith(("No ", "Likely root cause"))
