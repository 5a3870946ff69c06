"""What the official client makes of the headers of a response."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import anthropic
import pytest
from anthropic import Anthropic, AsyncAnthropic

from rookery.errors import RateLimitError
from rookery.gateway.gateway import Gateway
from rookery.gateway.limits import Limits, Rates
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.server.local import LocalServer
from rookery.settings import ORGANIZATION
from rookery.testing import KEY, scripted_server
from tests.compat.servers import ask, connect

pytestmark = pytest.mark.compat

KINDS = ("requests", "tokens", "input-tokens", "output-tokens")


@pytest.fixture
def limited() -> Iterator[LocalServer]:
    usage = {"input_tokens": 1_000, "output_tokens": 2_000}
    provider = ScriptedProvider({"rules": [{"reply": {"text": "hello", "usage": usage}}]})
    limits = Limits(Rates(requests=50, input_tokens=40_000, output_tokens=8_000))
    with LocalServer(Gateway(provider, limits=limits), key=KEY) as server:
        yield server


def test_the_raw_response_shows_the_limits(limited: LocalServer) -> None:
    with connect(limited) as client:
        raw = client.messages.with_raw_response.create(**ask("hi"))
        with client.messages.with_streaming_response.create(**ask("hi")) as streaming:
            second = dict(streaming.headers)
    remaining = [int(raw.headers[f"anthropic-ratelimit-{kind}-remaining"]) for kind in KINDS]
    assert remaining == [49, 45_000, 39_000, 6_000]
    limits = [int(raw.headers[f"anthropic-ratelimit-{kind}-limit"]) for kind in KINDS]
    assert limits == [50, 48_000, 40_000, 8_000]
    for kind in KINDS:
        reset = datetime.fromisoformat(raw.headers[f"anthropic-ratelimit-{kind}-reset"])
        assert reset.tzinfo is not None
    assert second["anthropic-ratelimit-requests-remaining"] == "48"
    assert raw.parse()._request_id == raw.headers["request-id"]


def test_a_message_knows_its_request_and_its_workspace(client: Anthropic) -> None:
    message = client.messages.create(**ask("hi"))
    assert str(message._request_id).startswith("req_")
    assert message._workspace_id == "default"
    raw = client.messages.with_raw_response.create(**ask("hi"))
    assert raw.headers["anthropic-organization-id"] == ORGANIZATION


async def test_the_asynchronous_client_knows_them_too(async_client: AsyncAnthropic) -> None:
    message = await async_client.messages.create(**ask("hi"))
    assert str(message._request_id).startswith("req_")
    assert message._workspace_id == "default"


def test_a_client_waits_as_long_as_it_is_told() -> None:
    limit = RateLimitError(headers={"retry-after-ms": "1", "retry-after": "3600"})
    with scripted_server({"error": {"type": limit.type, "headers": limit.headers}}, "hi") as server:
        with connect(server, max_retries=1) as client:
            assert client.messages.create(**ask("hi")).content[0].type == "text"
        with connect(server) as client, pytest.raises(anthropic.APIStatusError) as raised:
            client.messages.create(**ask("more than the script has"))
    assert raised.value.workspace_id == "default"
