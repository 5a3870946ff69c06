"""How a server stops: with real processes, signals and open streams."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.server.client import (
    Answer,
    Connection,
    ask,
    connect,
    head,
    message,
    post,
    records,
    until,
)
from tests.server.process import Process, started

SLOW = """
rules:
  - match: {text: slowly}
    reply: {text: "one two three four five six", chunk: 4, pace: 0.1}
  - match: {text: for ever}
    reply: {text: "one two three", chunk: 1, pace: 30}
  - reply: hello
"""
HEADERS = {"x-api-key": "k", "anthropic-version": "2026-10-21"}


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "script.yaml").write_text(SLOW)
    return {
        "provider": "scripted",
        "script": "script.yaml",
        "bootstrap_key": "k",
        "drain_seconds": "1",
        "grace_seconds": "20",
    }


def send(process: Process, data: bytes) -> Answer:
    return ask(process, data)  # type: ignore[arg-type]  # it has the url of a server


def open_stream(process: Process, text: str) -> Connection:
    """Ask for a stream, and wait until it has begun."""
    connection = Connection(process)  # type: ignore[arg-type]
    connection.send(post(message(text, stream=True), HEADERS))
    assert connection.head()[0] == 200
    return connection


def rest_of(connection: Connection) -> list[Any]:
    body = b"".join(iter(connection.chunk, b""))
    return records(body)


def is_turned_away(answer: Answer) -> bool:
    if answer.status == 200:
        return False
    assert (answer.status, answer.json["error"]["type"]) == (529, "overloaded_error")
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["x-should-retry"] == "true"
    assert answer.headers["connection"] == "close"
    return True


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sigterm_turns_new_requests_away_and_lets_open_streams_end(
    tmp_path: Path, settings: dict[str, str], workers: str
) -> None:
    with started(tmp_path, **settings, workers=workers) as process:
        assert send(process, head("GET", "/readyz", {})).status == 200
        streams = [open_stream(process, "slowly") for _ in range(4)]
        kept = Connection(process)  # type: ignore[arg-type]
        kept.send(post(message(), HEADERS))
        assert kept.answer().status == 200
        process.process.send_signal(signal.SIGTERM)
        until(lambda: is_turned_away(send(process, post(message(), HEADERS))))
        until(lambda: send(process, head("GET", "/readyz", {})).status == 503)
        assert send(process, head("GET", "/healthz", {})).status == 200
        kept.send(post(message(), HEADERS))
        assert is_turned_away(kept.answer())
        for stream in streams:
            assert rest_of(stream)[-1].event == "message_stop"
        assert process.wait() in {0, -signal.SIGTERM}
        for connection in (*streams, kept):
            connection.close()
        assert "Traceback" not in process.error


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_second_signal_is_the_end_now(
    tmp_path: Path, settings: dict[str, str], workers: str
) -> None:
    with started(tmp_path, **{**settings, "drain_seconds": "600"}, workers=workers) as process:
        request = post(message(), HEADERS)
        stream = open_stream(process, "for ever")
        process.process.send_signal(signal.SIGTERM)
        # Each worker has had the first signal when the second comes: two at once are one.
        until(lambda: all(is_turned_away(send(process, request)) for _ in range(10)))
        begin = time.monotonic()
        process.process.send_signal(signal.SIGTERM)
        last = rest_of(stream)[-1]
        assert (last.event, last.data["error"]["type"]) == ("error", "overloaded_error")
        assert process.wait() in {0, -signal.SIGTERM}
        assert time.monotonic() - begin < 8
        stream.close()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_waits_for_open_streams_only(
    tmp_path: Path, settings: dict[str, str], workers: str
) -> None:
    with started(tmp_path, **{**settings, "drain_seconds": "600"}, workers=workers) as process:
        stream = open_stream(process, "slowly")
        process.process.send_signal(signal.SIGINT)
        assert rest_of(stream)[-1].event == "message_stop"
        process.wait()
        stream.close()
        assert "Traceback" not in process.error


@pytest.mark.parametrize("pause", [0.0, 0.2, 0.5, 1.5])
def test_no_request_is_lost_while_a_server_stops(
    tmp_path: Path, settings: dict[str, str], pause: float
) -> None:
    """Whenever it is told to, and be it while its workers start."""
    with started(tmp_path, **{**settings, "drain_seconds": "0.5"}, workers="2") as process:
        threading.Event().wait(pause)
        process.process.send_signal(signal.SIGTERM)
        statuses: list[int] = []
        with suppress(ConnectionError):  # nobody listens any more
            while True:
                with connect(process) as connection:  # type: ignore[arg-type]
                    connection.send(post(message(), HEADERS))
                    statuses.append(connection.answer().status)
        assert set(statuses) <= {200, 529}
        assert process.wait() in {0, -signal.SIGTERM}


def test_a_worker_that_dies_is_replaced(tmp_path: Path, settings: dict[str, str]) -> None:
    with started(tmp_path, **settings, workers="1") as single:
        assert children(single.process.pid) == []
    with started(tmp_path, **settings, workers="2") as process:
        until(lambda: len(children(process.process.pid)) >= 2)
        assert send(process, post(message(), HEADERS)).status == 200
        victim = children(process.process.pid)[-1]
        os.kill(victim, signal.SIGKILL)
        until(lambda: "a worker ended with the code -9" in process.error)
        assert send(process, post(message(), HEADERS)).status == 200
        assert process.stop() in {0, -signal.SIGTERM}


def test_workers_end_with_the_process_that_started_them(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    with started(tmp_path, **{**settings, "drain_seconds": "0"}, workers="2") as process:
        assert send(process, post(message(), HEADERS)).status == 200
        workers = children(process.process.pid)
        process.process.kill()
        process.process.wait(10)
        until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))


def children(pid: int) -> list[int]:
    """The processes that one has started; the last is a worker."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
