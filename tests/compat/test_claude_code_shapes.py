"""Requests of the shapes that Claude Code sends are taken, where it is not installed too."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from rookery.providers.scripted.provider import ScriptedProvider
from rookery.server.local import LocalServer
from rookery.testing import provider_server
from rookery.wire.messages import CountRequest
from tests.compat.shapes import Shape, recorded

SHAPES = recorded()
CREATE = [one for one in SHAPES if "count_tokens" not in one["path"]]
COUNTABLE = [one for one in CREATE if not any("type" in tool for tool in one["body"]["tools"])]
"""Those without server tools, which the API does not count (docs: "Token counting")."""
COUNT = "/v1/messages/count_tokens?beta=true"


@pytest.fixture(scope="module")
def scripted() -> Iterator[LocalServer]:
    with provider_server(ScriptedProvider({"rules": [{"reply": "hello"}]})) as server:
        yield server


def send(
    server: LocalServer, path: str, body: dict[str, Any] | None, method: str = "POST", **more: str
) -> tuple[int, bytes]:
    """Return status and body of the answer."""
    client = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
    headers = {"x-api-key": server.key, "content-type": "application/json", **more}
    try:
        client.request(method, path, None if body is None else json.dumps(body), headers)
        response = client.getresponse()
        return response.status, response.read()
    finally:
        client.close()


def send_shape(
    server: LocalServer, shape: Shape, path: str, body: dict[str, Any]
) -> tuple[int, bytes]:
    headers = {"anthropic-version": shape["version"], "anthropic-beta": shape["betas"]}
    return send(server, path, body, **headers)


def test_the_file_has_every_kind_of_request() -> None:
    kinds = {
        block["type"]
        for shape in SHAPES
        for message in shape["body"]["messages"]
        for block in (message["content"] if isinstance(message["content"], list) else [])
    }
    assert kinds == {"text", "thinking", "tool_use", "tool_result"}
    assert len({shape["body"]["model"] for shape in CREATE}) >= 7
    assert len(SHAPES) > len(CREATE) > len(COUNTABLE) > 0


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape["body"]["model"])
def test_a_request_of_its_shape_is_taken(scripted: LocalServer, shape: Shape) -> None:
    status, answer = send_shape(scripted, shape, shape["path"], shape["body"])
    assert status == 200, answer


@pytest.mark.parametrize("shape", COUNTABLE, ids=lambda shape: shape["body"]["model"])
def test_its_tokens_are_counted(scripted: LocalServer, shape: Shape) -> None:
    fields = CountRequest.__struct_fields__
    body = {name: value for name, value in shape["body"].items() if name in fields}
    status, answer = send_shape(scripted, shape, COUNT, body)
    assert status == 200, answer
    assert json.loads(answer)["input_tokens"] > 0


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("HEAD", "/api/hello", 200),
        ("GET", "/api/hello", 200),
        ("GET", "/v1/models?limit=1000", 200),
        ("HEAD", "/", 404),
        ("GET", "/", 404),
        ("GET", "/api/oauth/profile", 404),
        ("GET", "/api/oauth/claude_cli/roles", 404),
        ("GET", "/api/claude_code/settings", 404),
        ("GET", "/api/claude_code/organizations/metrics_enabled", 404),
        ("POST", "/api/claude_code/metrics", 404),
        ("POST", "/api/event_logging/batch", 404),
        ("GET", "/v1/mcp_servers?limit=1000", 404),
        ("GET", "/v1/messages", 405),
    ],
)
def test_what_else_it_may_call_is_answered_or_refused_cleanly(
    scripted: LocalServer, method: str, path: str, status: int
) -> None:
    body: dict[str, Any] | None = {"events": []} if method == "POST" else None
    got, answer = send(scripted, path, body, method, **{"anthropic-version": "2023-06-01"})
    assert got == status
    if method == "HEAD":
        assert answer == b""
    elif status != 200:
        error = json.loads(answer)
        assert error["type"] == "error"
        assert error["request_id"].startswith("req_")
