"""Every error arrives as the class that the official client has for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anthropic
import pytest
from anthropic import Anthropic, APIStatusError

from rookery.gateway.gateway import Gateway
from rookery.providers.offline.provider import OfflineProvider
from rookery.server.local import LocalServer
from rookery.settings import Settings
from rookery.testing import KEY, scripted_server
from tests.compat.servers import FAULTS, MODEL, ask, connect, connect_async

pytestmark = pytest.mark.compat

CLASSES = {
    400: anthropic.BadRequestError,
    401: anthropic.AuthenticationError,
    402: anthropic.PaymentRequiredError,
    403: anthropic.PermissionDeniedError,
    404: anthropic.NotFoundError,
    409: anthropic.ConflictError,
    413: anthropic.ContentTooLargeError,
    429: anthropic.RateLimitError,
    500: anthropic.InternalServerError,
    504: anthropic.GatewayTimeoutError,
    529: anthropic.OverloadedError,
}


def check(error: APIStatusError, status: int, kind: str) -> None:
    """Check that an error has the API's shape, everywhere with the same request id."""
    assert error.status_code == status
    assert error.type == kind
    assert (error.request_id or "").startswith("req_")
    assert error.request_id == error.response.headers["request-id"]
    assert isinstance(error.body, dict)
    assert error.body["type"] == "error"
    assert error.body["request_id"] == error.request_id
    assert error.body["error"]["type"] == kind
    assert error.body["error"]["message"]


@pytest.mark.parametrize(("status", "kind"), FAULTS.items())
def test_each_status_has_its_class(faulty: LocalServer, status: int, kind: str) -> None:
    with connect(faulty) as client, pytest.raises(APIStatusError) as caught:
        client.messages.create(**ask(f"fail with {status}"))
    assert type(caught.value) is CLASSES[status]
    check(caught.value, status, kind)


@pytest.mark.parametrize("status", FAULTS)
def test_a_stream_that_fails_at_once_has_the_same_class(faulty: LocalServer, status: int) -> None:
    with connect(faulty) as client, pytest.raises(CLASSES[status]):
        client.messages.create(**ask(f"fail with {status}"), stream=True)


@pytest.mark.parametrize("status", FAULTS)
async def test_the_asynchronous_client_has_the_same_class(faulty: LocalServer, status: int) -> None:
    async with connect_async(faulty) as client:
        with pytest.raises(CLASSES[status]):
            await client.messages.create(**ask(f"fail with {status}"))


MISTAKES: dict[str, tuple[int, str, Callable[[Anthropic], Any]]] = {
    "no message": (
        400,
        "invalid_request_error",
        lambda c: c.messages.create(model=MODEL, max_tokens=1, messages=[]),
    ),
    "too many tokens": (
        400,
        "invalid_request_error",
        lambda c: c.messages.create(**ask("hello", max_tokens=10**6), timeout=5),
    ),
    "temperature": (
        400,
        "invalid_request_error",
        lambda c: c.messages.create(**ask("hello"), extra_body={"temperature": 1.0}),
    ),
    "not JSON": (
        400,
        "invalid_request_error",
        lambda c: c.post("/v1/messages", cast_to=object, content=b"{", options={}),
    ),
    "unknown version": (
        400,
        "invalid_request_error",
        lambda c: c.messages.create(**ask("hello"), extra_headers={"anthropic-version": "1999"}),
    ),
    "unknown cursor": (
        400,
        "invalid_request_error",
        lambda c: c.models.list(after_id="nope"),
    ),
    "unknown model": (
        404,
        "not_found_error",
        lambda c: c.messages.create(**ask("hello", model="nope")),
    ),
    "unknown model to count": (
        404,
        "not_found_error",
        lambda c: c.messages.count_tokens(model="nope", messages=ask("hello")["messages"]),
    ),
    "unknown model to retrieve": (
        404,
        "not_found_error",
        lambda c: c.models.retrieve("nope"),
    ),
    "unknown path": (
        404,
        "not_found_error",
        lambda c: c.get("/v1/nothing", cast_to=object),
    ),
    "wrong method": (
        405,
        "invalid_request_error",
        lambda c: c.get("/v1/messages", cast_to=object),
    ),
    "wrong method for models": (
        405,
        "invalid_request_error",
        lambda c: c.post("/v1/models", cast_to=object),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_has_the_class_of_its_status(client: Anthropic, mistake: str) -> None:
    status, kind, call = MISTAKES[mistake]
    with pytest.raises(APIStatusError) as caught:
        call(client)
    assert type(caught.value) is CLASSES.get(status, APIStatusError)
    check(caught.value, status, kind)


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/models"])
def test_a_wrong_method_is_told_the_right_one(client: Anthropic, path: str) -> None:
    with pytest.raises(APIStatusError) as caught:
        client.put(path, cast_to=object)
    assert caught.value.status_code == 405
    assert ("GET" if path == "/v1/models" else "POST") in caught.value.response.headers["allow"]


@pytest.mark.parametrize("size", [2_000, 20_000_000])
@pytest.mark.parametrize("method", ["create", "count_tokens"])
def test_a_body_that_is_too_large_is_413(size: int, method: str) -> None:
    settings = Settings(max_body_bytes=1_000)
    gateway = Gateway(OfflineProvider())
    request = ask("x" * size)
    if method == "count_tokens":
        del request["max_tokens"]
    with (
        LocalServer(gateway, key=KEY, settings=settings) as server,
        connect(server) as client,
    ):
        with pytest.raises(anthropic.ContentTooLargeError) as caught:
            getattr(client.messages, method)(**request)
        assert client.messages.create(**ask("hello")).role == "assistant"  # the server goes on
    check(caught.value, 413, "request_too_large")


def test_the_error_code_selects_a_class_of_its_own() -> None:
    details = {"error_code": "ramp_limit_exceeded"}
    fault = {"type": "rate_limit_error", "details": details}
    with (
        scripted_server({"error": fault}) as server,
        connect(server) as client,
        pytest.raises(anthropic.RampLimitExceededError) as caught,
    ):
        client.messages.create(**ask("hello"))
    check(caught.value, 429, "rate_limit_error")


def test_the_message_of_an_error_is_the_servers() -> None:
    fault = {"type": "overloaded_error", "message": "No room."}
    with (
        scripted_server({"error": fault}) as server,
        connect(server) as client,
        pytest.raises(anthropic.OverloadedError, match=r"No room\."),
    ):
        client.messages.create(**ask("hello"))
