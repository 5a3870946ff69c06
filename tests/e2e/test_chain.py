"""A rookery in front of another: what the backend sends is what the client gets."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import anthropic
import pytest

from rookery.gateway.gateway import Gateway
from rookery.gateway.limits import Limits, Rates
from rookery.providers import registry
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.server.local import LocalServer
from rookery.settings import Secret, Settings
from rookery.testing import KEY, provider_server

FRONT = "sk-rookery-front"
ASK: dict[str, Any] = {
    "model": "claude-sonnet-4-6",
    "max_tokens": 50,
    "messages": [{"role": "user", "content": "Hello."}],
}


@contextmanager
def in_front_of(
    url: str, key: str = KEY, *, limits: Limits | None = None, **settings: Any
) -> Iterator[LocalServer]:
    chosen = Settings(anthropic_base_url=url, anthropic_api_key=Secret(key), **settings)
    gateway = Gateway(registry.build("anthropic", chosen), limits=limits)
    with LocalServer(gateway, key=FRONT, settings=chosen) as server:
        yield server


@contextmanager
def chain(*replies: Any) -> Iterator[tuple[LocalServer, ScriptedProvider]]:
    backend = ScriptedProvider.of(*replies)
    with provider_server(backend) as behind, in_front_of(behind.url) as front:
        yield front, backend


def post(server: LocalServer, body: bytes, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)
    sent = {"x-api-key": FRONT, "anthropic-version": "2023-06-01", **headers}
    connection.request("POST", "/v1/messages", body, sent)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, data


def test_fields_that_nobody_knows_pass_both_ways() -> None:
    new = {"type": "block_of_next_year", "payload": {"deep": [1, 2.50]}}
    with chain({"content": [new], "fields": {"new_field": 1}}) as (front, backend):
        body = json.dumps({**ASK, "temperature": 0.5}, indent=1).encode()
        status, _, data = post(front, body)
    assert status == 200
    assert json.loads(data)["content"] == [new]
    assert json.loads(data)["new_field"] == 1
    assert backend.requests[0].data == body


def test_events_that_nobody_knows_pass() -> None:
    counts = {"input_tokens": 1, "output_tokens": 0}
    head = {"id": "m", "content": [], "usage": counts, "new": 1}
    events = [
        {"type": "message_start", "message": head},
        {"type": "event_of_next_year", "x": [None]},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": counts, "new": 2},
        {"type": "message_stop"},
    ]
    with chain({"events": events}) as (front, _):
        _, _, data = post(front, json.dumps({**ASK, "stream": True}).encode())
    lines = [line for line in data.decode().splitlines() if line.startswith("data: ")]
    assert [json.loads(line.removeprefix("data: ")) for line in lines] == events


def test_the_official_client_sees_the_same_through_both() -> None:
    with (
        chain({"text": "Hello, world.", "usage": {"input_tokens": 3, "output_tokens": 4}}) as (
            front,
            _,
        ),
        anthropic.Anthropic(base_url=front.url, api_key=FRONT) as client,
        client.messages.stream(**ASK) as stream,
    ):
        assert "".join(stream.text_stream) == "Hello, world."
        assert stream.get_final_message().usage.output_tokens == 4


def test_an_error_passes_with_what_a_client_needs_to_retry() -> None:
    error = {
        "type": "rate_limit_error",
        "message": "Slow down.",
        "details": {"error_code": "ramp_limit_exceeded"},
        "headers": {"retry-after": "7", "x-should-retry": "true"},
    }
    with chain({"error": error}) as (front, _):
        status, headers, data = post(front, json.dumps(ASK).encode())
    assert status == 429
    assert (headers["retry-after"], headers["x-should-retry"]) == ("7", "true")
    told = json.loads(data)
    assert told["error"]["details"] == {"error_code": "ramp_limit_exceeded"}
    assert told["request_id"] == headers["request-id"]


@pytest.mark.parametrize("stream", [False, True])
def test_what_a_backend_says_of_its_limits_passes(stream: bool) -> None:
    limits = Limits(
        Rates(requests=50, output_tokens=8_000), clock=lambda: 0.0, wall=lambda: 1_800_000_000.0
    )
    behind = LocalServer(Gateway(ScriptedProvider.of("Hello."), limits=limits), key=KEY)
    with behind, in_front_of(behind.url, organization_id="front") as front:
        status, headers, _ = post(front, json.dumps({**ASK, "stream": stream}).encode())
    assert status == 200
    assert headers["anthropic-ratelimit-requests-remaining"] == "49"
    assert headers["anthropic-ratelimit-output-tokens-limit"] == "8000"
    assert headers["upstream-request-id"].startswith("req_")
    assert headers["upstream-request-id"] != headers["request-id"]
    assert headers["anthropic-organization-id"] == "front"


def test_own_limits_take_the_place_of_those_of_a_backend() -> None:
    backend = Gateway(ScriptedProvider.of("Hello."), limits=Limits(Rates(requests=50)))
    own = Limits(Rates(output_tokens=1_000))
    with (
        LocalServer(backend, key=KEY) as behind,
        in_front_of(behind.url, limits=own) as front,
    ):
        _, headers, _ = post(front, json.dumps(ASK).encode())
    figures = {name for name in headers if name.startswith("anthropic-ratelimit-")}
    assert {name.rsplit("-", 1)[0] for name in figures} == {
        "anthropic-ratelimit-tokens",
        "anthropic-ratelimit-output-tokens",
    }


def test_a_thread_is_that_of_the_backend() -> None:
    @anthropic.beta_tool
    def look() -> str:
        """Look."""
        return "seen"

    call = {"tool": {"name": "look", "input": {}}}
    with (
        chain(call, "Done.") as (front, backend),
        anthropic.Anthropic(base_url=front.url, api_key=FRONT) as client,
    ):
        runner = client.beta.messages.tool_runner(**ASK, tools=[look])
        assert runner.until_done().content[0].text == "Done."
    assert [len(request.plain["messages"]) for request in backend.requests] == [1, 3]
    assert front.gateway.threads.bytes == 0


def test_a_key_that_the_backend_refuses_is_not_the_clients_fault() -> None:
    with (
        provider_server(ScriptedProvider.of("never")) as behind,
        in_front_of(behind.url, key="sk-wrong") as front,
    ):
        status, headers, data = post(front, json.dumps(ASK).encode())
    assert status == 502
    assert headers["x-should-retry"] == "false"
    assert b"sk-wrong" not in data


def test_a_dead_backend_is_a_502_that_names_no_secret() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with in_front_of(url) as front:
        status, _, data = post(front, json.dumps(ASK).encode())
    assert (status, json.loads(data)["error"]["type"]) == (502, "api_error")
    assert KEY.encode() not in data


def test_a_silent_backend_is_a_504() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with in_front_of(url, timeout=0.2) as front:
            status, _, data = post(front, json.dumps(ASK).encode())
    assert (status, json.loads(data)["error"]["type"]) == (504, "timeout_error")


@pytest.mark.parametrize("events", [1, 2, 3])
def test_a_backend_that_dies_amid_a_stream_ends_it_with_an_error(events: int) -> None:
    with chain({"text": "Hello.", "cut_after": events}) as (front, _):
        status, _, data = post(front, json.dumps({**ASK, "stream": True}).encode())
    assert status == 200
    assert b"event: error" in data
    assert b"message_stop" not in data
