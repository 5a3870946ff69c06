"""The same session with each major of the official clients, as whole programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rookery.server.local import LocalServer
from tests.compat.environments import current_client, python_client, run, typescript_client
from tests.compat.servers import FAULTS

pytestmark = pytest.mark.compat

COMMANDS: dict[str, Callable[[], list[str]]] = {
    "python-2": current_client,
    "python-1": lambda: python_client("anthropic-1"),
    "python-0": lambda: python_client("anthropic-0"),
    "typescript-1": typescript_client,
}
OLD = ("python-1", "python-0")
"""Clients that speak the version of the API before the latest."""

ERROR_CLASSES = {
    400: "BadRequestError",
    401: "AuthenticationError",
    402: "PaymentRequiredError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    413: "ContentTooLargeError",
    429: "RateLimitError",
    500: "InternalServerError",
    504: "GatewayTimeoutError",
    529: "OverloadedError",
}
OLD_ERROR_CLASSES = {
    **ERROR_CLASSES,
    402: "APIStatusError",
    413: "RequestTooLargeError",
    504: "InternalServerError",
}

Seen = dict[str, Any]


@pytest.fixture(scope="module", params=COMMANDS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def seen(
    name: str, server: LocalServer, faulty: LocalServer, tmp_path_factory: pytest.TempPathFactory
) -> Seen:
    """What a client saw in its session."""
    found: Seen = run(
        [*COMMANDS[name](), *map(str, FAULTS)],
        tmp_path_factory.mktemp(name),
        ANTHROPIC_BASE_URL=server.url,
        ANTHROPIC_API_KEY=server.key,
        FAULTY_URL=faulty.url,
    )
    return found


def test_create_returns_the_message(seen: Seen) -> None:
    message = seen["create"]["message"]
    assert message["id"].startswith("msg_")
    assert (message["type"], message["role"]) == ("message", "assistant")
    assert message["content"][0]["type"] == "text"
    assert "4" in message["content"][0]["text"]
    assert (message["stop_reason"], message["stop_sequence"]) == ("end_turn", None)
    assert message["usage"]["input_tokens"] > 0
    assert message["usage"]["output_tokens"] > 0


def test_the_request_id_is_that_of_the_header(seen: Seen) -> None:
    assert seen["create"]["request_id"] == seen["create"]["request_id_header"]
    assert seen["create"]["request_id"].startswith("req_")


def test_the_stream_has_the_text_and_the_usage_of_create(seen: Seen) -> None:
    message, streamed = seen["create"]["message"], seen["stream"]["message"]
    assert seen["stream"]["text"] == streamed["content"][0]["text"] == message["content"][0]["text"]
    assert streamed["usage"] == message["usage"]
    assert streamed["stop_reason"] == "end_turn"


def test_the_tool_loop_of_the_seed_ends_with_both_figures(seen: Seen) -> None:
    assert "$14,025.52" in seen["tool_loop"]
    assert "$150.25" in seen["tool_loop"]


def test_counted_tokens_are_those_of_the_usage(seen: Seen) -> None:
    assert seen["count"] == seen["create"]["message"]["usage"]["input_tokens"]


def test_paging_through_the_models_finds_them_all(seen: Seen) -> None:
    models = seen["models"]
    assert models["by_twos"] == models["at_once"]
    assert len(models["at_once"]) == len(set(models["at_once"])) > 10


def test_a_model_is_found_by_its_alias(seen: Seen) -> None:
    assert seen["models"]["retrieved"] == "claude-sonnet-4-6"


@pytest.mark.parametrize("status", FAULTS)
def test_each_status_raises_the_class_of_the_client(seen: Seen, name: str, status: int) -> None:
    classes = OLD_ERROR_CLASSES if name in OLD else ERROR_CLASSES
    error = seen["errors"][str(status)]
    assert (error["class"], error["status"]) == (classes[status], status)
    assert error["request_id"] == error["request_id_header"]


@pytest.mark.parametrize(
    ("mistake", "kind"),
    [
        ("wrong key", "AuthenticationError"),
        ("unknown model", "NotFoundError"),
        ("stream", "BadRequestError"),
    ],
)
def test_a_mistake_raises_the_class_of_the_client(seen: Seen, mistake: str, kind: str) -> None:
    assert seen["errors"][mistake]["class"] == kind
    assert seen["errors"][mistake]["request_id"].startswith("req_")


def test_old_clients_ask_for_the_old_version(seen: Seen, name: str) -> None:
    assert seen["create"]["version"] == ("2023-06-01" if name in OLD else "2026-10-21")


def test_old_clients_send_the_key_in_a_header_of_its_own(seen: Seen, name: str) -> None:
    assert seen["create"]["key_header"] == ("x-api-key" if name in OLD else "authorization")


def test_temperature_is_for_the_old_version_only(seen: Seen, name: str) -> None:
    error = seen["errors"]["temperature"]
    assert (error and error["class"]) == (None if name in OLD else "BadRequestError")
