from __future__ import annotations

import logging

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rookery.gateway.gateway import Gateway
from rookery.server.app import App
from rookery.server.auth import open_keys
from rookery.server.cold import cold_app
from rookery.server.local import LocalServer
from rookery.settings import Secret, Settings
from tests.server.client import AUTHORIZED, KEY, always, ask, get, head, message, post

NO_KEY: dict[str, str] = {}


@pytest.mark.parametrize(
    "path",
    ["/v1/nowhere", "/v1/", "/v1/models/", "/v1/messages/", "/v1/messages/batches", "/v1/Messages"],
)
def test_an_unknown_path_below_v1_is_404_with_a_key_and_401_without(
    server: LocalServer, path: str
) -> None:
    found = get(server, path)
    assert (found.status, found.json["error"]["type"]) == (404, "not_found_error")
    assert found.error
    assert get(server, path, NO_KEY).status == 401


@pytest.mark.parametrize(
    "path",
    ["/", "/v1", "/nowhere", "//v1/messages", "/healthz/", "/v2/messages", "/%2e%2e/etc", "/?a=b"],
)
def test_an_unknown_path_elsewhere_is_404_for_everybody(server: LocalServer, path: str) -> None:
    for headers in (NO_KEY, AUTHORIZED):
        answer = get(server, path, headers)
        assert (answer.status, answer.error) == (404, "Not Found")
        assert "location" not in answer.headers


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/count_tokens"])
def test_a_hot_route_takes_post_only(server: LocalServer, method: str, path: str) -> None:
    answer = ask(server, head(method, path))
    assert (answer.status, answer.error) == (405, "Method Not Allowed")
    assert answer.headers["allow"] == "POST"
    assert answer.json["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/api/hello", "/v1/models", "/v1/models/x"]
)
def test_a_route_to_read_takes_get_and_head_only(
    server: LocalServer, method: str, path: str
) -> None:
    answer = ask(server, head(method, path))
    assert (answer.status, answer.error) == (405, "Method Not Allowed")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/healthz", {"status": "ok"}),
        ("/readyz", {"status": "ready"}),
        ("/api/hello", {"message": "hello"}),
    ],
)
def test_the_signs_of_life_need_no_key(
    server: LocalServer, path: str, body: dict[str, str]
) -> None:
    answer = get(server, path, NO_KEY)
    assert (answer.status, answer.json) == (200, body)
    assert answer.headers["content-type"] == "application/json"
    silent = ask(server, head("HEAD", path, NO_KEY))
    assert (silent.status, silent.body) == (200, b"")


@pytest.mark.parametrize(
    "path", ["/v1/messages?beta=true", "/v1/%6dessages", "/v1/messages?a&b=%ff"]
)
def test_a_query_and_an_encoding_change_no_route(server: LocalServer, path: str) -> None:
    assert ask(server, post(message(), path=path)).json["type"] == "message"


@pytest.mark.parametrize(
    "data",
    [
        head("GET", "/healthz"),
        head("HEAD", "/healthz"),
        head("HEAD", "/nowhere"),
        head("HEAD", "/v1/models"),
        head("GET", "/nowhere"),
        head("GET", "/v1/models", NO_KEY),
        head("PUT", "/v1/messages"),
        head("PUT", "/healthz"),
        post(message()),
        post(message(stream=True)),
        post(message(), path="/v1/messages/count_tokens"),
        post(b"{"),
        b"nonsense\r\n\r\n",
    ],
)
def test_every_response_has_a_request_id_of_its_own(server: LocalServer, data: bytes) -> None:
    seen = {ask(server, data).headers["request-id"] for _ in range(2)}
    assert len(seen) == 2
    assert all(name.startswith("req_01") and len(name) == 28 for name in seen)


async def test_a_route_that_breaks_is_answered_in_the_shape_of_the_api(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def broken(request: Request) -> Response:
        raise ZeroDivisionError("a secret")

    keys = open_keys(Settings(bootstrap_key=Secret(KEY))).keys
    app = App(Gateway(always()), keys, Settings())
    app._cold = cold_app([Route("/broken", broken)], keys, "org")
    sent = []

    async def send(part: dict[str, object]) -> None:
        sent.append(part)

    scope = {"type": "http", "method": "GET", "path": "/broken", "headers": [], "query_string": b""}
    with caplog.at_level(logging.ERROR):
        await app(scope, None, send)  # type: ignore[arg-type]
    start, body = sent
    assert start["status"] == 500
    assert b'"api_error"' in body["body"]  # type: ignore[operator]
    assert b"secret" not in body["body"]  # type: ignore[operator]
    assert "a request failed" in caplog.text
