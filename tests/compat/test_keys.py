"""The ways in which the official clients bring their key."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from anthropic import AuthenticationError

from rookery.server.local import LocalServer
from tests.compat.environments import run
from tests.compat.servers import ask, connect

pytestmark = pytest.mark.compat

PROGRAM = """
import anthropic
with anthropic.Anthropic() as client:
    message = client.messages.create(
        model="claude-sonnet-4-6", max_tokens=50, messages=[{"role": "user", "content": "hello"}]
    )
print(message.to_json(indent=None))
"""


def test_the_key_as_a_bearer_token(server: LocalServer) -> None:
    with connect(server) as client:
        raw = client.messages.with_raw_response.create(**ask("hello"))
    assert raw.http_request.headers["authorization"] == f"Bearer {server.key}"
    assert "x-api-key" not in raw.http_request.headers


def test_the_key_in_its_own_header_goes_first(server: LocalServer) -> None:
    with connect(server, api_key="wrong", default_headers={"x-api-key": server.key}) as client:
        assert client.messages.create(**ask("hello")).role == "assistant"


def test_the_key_as_an_auth_token(server: LocalServer) -> None:
    with connect(server, api_key=None, auth_token=server.key) as client:
        assert client.messages.create(**ask("hello")).role == "assistant"


@pytest.mark.parametrize(
    "options", [{"api_key": "wrong"}, {"default_headers": {"x-api-key": "wrong"}}]
)
def test_a_wrong_key_is_refused(server: LocalServer, options: dict[str, object]) -> None:
    with connect(server, **options) as client:
        for call in (
            lambda: client.messages.create(**ask("hello")),
            lambda: client.messages.create(**ask("hello"), stream=True),
            lambda: client.messages.count_tokens(model="claude-sonnet-4-6", messages=[]),
            client.models.list,
            lambda: client.models.retrieve("claude-sonnet-4-6"),
        ):
            with pytest.raises(AuthenticationError) as caught:
                call()
            assert caught.value.type == "authentication_error"
            assert "wrong" not in caught.value.message


@pytest.mark.parametrize("variable", ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"])
def test_address_and_key_from_the_environment(
    server: LocalServer, tmp_path: Path, variable: str
) -> None:
    environment = {"ANTHROPIC_BASE_URL": server.url, variable: server.key}
    message = run([sys.executable, "-W", "error", "-c", PROGRAM], tmp_path, **environment)
    assert message["role"] == "assistant"


def test_headers_from_the_environment(server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", f"x-api-key: {server.key}")
    with connect(server, api_key="wrong") as client:
        assert client.messages.create(**ask("hello")).role == "assistant"
