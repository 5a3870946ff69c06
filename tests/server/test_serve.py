"""`rookery serve` as a process of its own."""

from __future__ import annotations

import json
import re
import signal
import socket
import time
from pathlib import Path

import pytest

from rookery.errors import SettingsError
from rookery.server.serve import listen
from rookery.settings import Settings
from tests.server.client import ask, connect, get, message, post, records
from tests.server.process import Process, free_port, refused, started

SLOW = """
rules:
  - reply: {text: "one two three", chunk: 1, pace: 30}
"""


def authorized(process: Process) -> dict[str, str]:
    return {"x-api-key": process.key, "anthropic-version": "2026-10-21"}


def test_a_server_shows_its_keys_once_and_ends_on_sigterm(tmp_path: Path) -> None:
    with started(tmp_path) as first:
        assert f"rookery serves the Claude API on {first.url}" in first.output
        assert len(re.findall("sk-rookery-", first.output)) == 2
        assert ask(first, post(message(), authorized(first))).status == 200  # type: ignore[arg-type]
        assert first.stop() in {0, -signal.SIGTERM}
        assert first.key not in first.error
    with started(tmp_path) as second:
        assert "sk-rookery-" not in second.output
        assert ask(second, post(message(), authorized(first))).status == 200  # type: ignore[arg-type]


def test_ctrl_c_ends_a_server_quietly(tmp_path: Path) -> None:
    with started(tmp_path, bootstrap_key="k") as process:
        process.stop(signal.SIGINT)
        assert "Traceback" not in process.error


def test_sigterm_ends_a_stream_with_an_error_event_within_seconds(tmp_path: Path) -> None:
    (tmp_path / "script.yaml").write_text(SLOW)
    settings = {"provider": "scripted", "script": "script.yaml", "bootstrap_key": "k"}
    headers = {"x-api-key": "k", "anthropic-version": "2026-10-21"}
    with (
        started(tmp_path, grace_seconds="0.3", **settings) as process,
        connect(process) as connection,  # type: ignore[arg-type]
    ):
        connection.send(post(message(stream=True), headers))
        connection.head()
        body = connection.chunk()
        begin = time.monotonic()
        process.process.send_signal(signal.SIGTERM)
        body += b"".join(iter(connection.chunk, b""))
        assert records(body)[-1].data["error"]["message"] == "The server is stopping."
        process.wait()
        assert time.monotonic() - begin < 5
        assert "Traceback" not in process.error


def test_sigterm_lets_a_short_answer_end(tmp_path: Path) -> None:
    (tmp_path / "script.yaml").write_text("rules: [{reply: {text: done, latency: 0.5}}]")
    settings = {"provider": "scripted", "script": "script.yaml", "bootstrap_key": "k"}
    headers = {"x-api-key": "k", "anthropic-version": "2026-10-21"}
    with started(tmp_path, **settings) as process, connect(process) as connection:  # type: ignore[arg-type]
        connection.send(post(message(stream=True), {**headers, "expect": "100-continue"}))
        assert connection.head()[0] == 100  # so it has begun
        process.process.send_signal(signal.SIGTERM)
        assert records(connection.answer().body)[-1].event == "message_stop"
        process.wait()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_port_in_use_is_one_line(tmp_path: Path, workers: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        process = refused(tmp_path, port=port, workers=workers)
    assert process.process.returncode == 1
    assert process.error == (
        f"rookery: Cannot listen on 127.0.0.1 port {port}: Address already in use.\n"
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"port": "http"}, "ROOKERY_PORT"),
        ({"host": "no.such.host.invalid"}, "Cannot listen on no.such.host.invalid port 1: "),
        ({"provider": "scripted", "script": "none.yaml"}, "none.yaml cannot be read"),
        ({"provider": "nobody", "workers": "2"}, "There is no provider 'nobody'."),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_line(
    tmp_path: Path, settings: dict[str, str], words: str
) -> None:
    process = refused(tmp_path, **settings)
    assert process.process.returncode == 1
    assert process.error.startswith("rookery: ")
    assert words in process.error
    assert process.error.count("\n") == 1


@pytest.mark.parametrize(
    ("host", "port", "reason"),
    [
        ("127.0.0.1", 70_000, "bind(): port must be 0-65535"),
        ("127.0.0.1", -1, "bind(): port must be 0-65535"),
        ("192.0.2.1", 0, "Cannot assign requested address"),
        ("2001:db8::1", 0, "Cannot assign requested address"),
        ("300.1.1.1", 0, "Name or service not known"),
    ],
)
def test_an_address_that_cannot_be_had_is_named(host: str, port: int, reason: str) -> None:
    with pytest.raises(SettingsError) as raised:
        listen(Settings(host=host, port=port))
    assert raised.value.message == f"Cannot listen on {host} port {port}: {reason}."


def test_a_broken_key_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "keys.json").write_text("[")
    process = refused(tmp_path)
    assert (process.process.returncode, process.error.count("\n")) == (1, 1)
    assert "keys.json cannot be used" in process.error


def test_two_workers_serve_with_the_same_keys_and_stop(tmp_path: Path) -> None:
    with started(tmp_path, workers="2") as process:
        assert "warning    offline holds its state in one process" in process.output
        for _ in range(8):
            assert ask(process, post(message(), authorized(process))).status == 200  # type: ignore[arg-type]
        assert process.stop() in {0, -signal.SIGTERM}
        assert process.error.count("POST /v1/messages 200") == 8
        assert "Traceback" not in process.error


def test_a_server_listens_on_ipv6(tmp_path: Path) -> None:
    try:
        free_port("::1")
    except OSError:
        pytest.skip("needs IPv6")
    with started(tmp_path, host="::1") as process:
        assert get(process, "/healthz").status == 200  # type: ignore[arg-type]


def test_a_log_in_json_is_one_object_for_each_request(tmp_path: Path) -> None:
    with started(tmp_path, "--log-format", "json", bootstrap_key="k") as process:
        answers = [
            ask(process, data)  # type: ignore[arg-type]
            for data in (
                post(message(), {"x-api-key": "k", "anthropic-version": "2026-10-21"}),
                post(message(), {"x-api-key": "wrong"}),
                b"GET /nowhere%0aforged HTTP/1.1\r\nhost: x\r\n\r\n",
            )
        ]
        process.stop()
    lines = [json.loads(line) for line in process.errors]
    assert [line["message"] for line in lines] == [
        "POST /v1/messages 200",
        "POST /v1/messages 401",
        "GET /nowhere\nforged 404",
    ]
    assert [line["request_id"] for line in lines] == [a.headers["request-id"] for a in answers]
    assert [line.get("key_id") for line in lines] == ["apikey_key", None, None]
    assert [line.get("failure") for line in lines] == [
        None,
        "authentication_error",
        "not_found_error",
    ]
    assert all(line["level"] == "info" and line["ms"] > 0 and line["time"] for line in lines)


@pytest.mark.parametrize(("retries", "status", "should"), [("0", 529, "true"), ("2", 200, None)])
def test_a_server_repeats_what_failed_where_it_is_told_to(
    tmp_path: Path, retries: str, status: int, should: str | None
) -> None:
    busy = {"error": {"type": "overloaded_error", "headers": {"retry-after-ms": "0.01"}}}
    rules = [{"times": 2, "reply": busy}, {"reply": "hello"}]
    (tmp_path / "script.json").write_text(json.dumps({"rules": rules}))
    settings = {"provider": "scripted", "script": "script.json", "retries": retries}
    with started(tmp_path, **settings) as process:
        answer = ask(process, post(message(), authorized(process)))  # type: ignore[arg-type]
    assert (answer.status, answer.headers.get("x-should-retry")) == (status, should)
