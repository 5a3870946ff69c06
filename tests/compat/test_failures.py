"""Retries, broken streams, timeouts and clients that go away."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import anthropic
import httpx2
import pytest

from rookery.providers.scripted.provider import ScriptedProvider
from rookery.testing import provider_server, scripted_server
from tests.compat.servers import FOREVER, ask, connect, connect_async, rows, until

pytestmark = pytest.mark.compat

SOON = {"retry-after-ms": "1"}
TEXT = "one two three four five six seven eight nine ten"


def failing(kind: str, **headers: str) -> dict[str, Any]:
    """Return a reply that is an error, to be tried again at once unless `headers` say otherwise."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"error": {"type": kind, "headers": named or SOON}}


# --- retries -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", ["rate_limit_error", "api_error", "timeout_error", "overloaded_error"]
)
def test_the_client_tries_again_by_itself(kind: str) -> None:
    provider = ScriptedProvider.of(failing(kind), failing(kind), "hello")
    with provider_server(provider) as server, connect(server, max_retries=2) as client:
        assert client.messages.create(**ask("hello")).content[0].to_dict()["text"] == "hello"
    assert len(provider.requests) == 3


def test_the_client_tries_a_stream_again_that_has_not_begun() -> None:
    provider = ScriptedProvider.of(failing("overloaded_error"), "hello")
    with (
        provider_server(provider) as server,
        connect(server, max_retries=2) as client,
        client.messages.stream(**ask("hello")) as stream,
    ):
        assert stream.get_final_text() == "hello"
    assert len(provider.requests) == 2


async def test_the_asynchronous_client_tries_again_by_itself() -> None:
    provider = ScriptedProvider.of(failing("overloaded_error"), "hello")
    with provider_server(provider) as server:
        async with connect_async(server, max_retries=2) as client:
            assert (await client.messages.create(**ask("hello"))).role == "assistant"
    assert len(provider.requests) == 2


def test_the_client_waits_as_long_as_the_server_says() -> None:
    provider = ScriptedProvider.of(failing("overloaded_error", retry_after="1"), "hello")
    with provider_server(provider) as server, connect(server, max_retries=1) as client:
        start = time.monotonic()
        client.messages.create(**ask("hello"))
        assert time.monotonic() - start >= 1  # of its own it waits half a second at most


def test_the_headers_of_an_error_arrive() -> None:
    with (
        scripted_server(failing("rate_limit_error", retry_after="7")) as server,
        connect(server) as client,
        pytest.raises(anthropic.RateLimitError) as caught,
    ):
        client.messages.create(**ask("hello"))
    assert caught.value.response.headers["retry-after"] == "7"


def test_the_client_does_not_try_again_where_the_server_says_so() -> None:
    provider = ScriptedProvider.of(failing("rate_limit_error", x_should_retry="false"), "hello")
    with (
        provider_server(provider) as server,
        connect(server, max_retries=2) as client,
        pytest.raises(anthropic.RateLimitError),
    ):
        client.messages.create(**ask("hello"))
    assert len(provider.requests) == 1


# --- broken streams ------------------------------------------------------------------------------


def test_an_error_in_the_middle_of_a_stream_is_raised() -> None:
    error_after = {"events": 3, "error": {"type": "overloaded_error", "message": "No room."}}
    received: list[str] = []
    with (
        scripted_server({"text": TEXT, "error_after": error_after}) as server,
        connect(server, max_retries=2) as client,
        client.messages.stream(**ask("hello")) as stream,
    ):
        with pytest.raises(anthropic.APIStatusError, match=r"No room\.") as caught:
            received.extend(stream.text_stream)
        assert [row.outcome for row in rows(server)] == ["overloaded_error"]  # once: no retry
    assert received
    assert TEXT.startswith("".join(received))
    assert caught.value.status_code == 200
    assert caught.value.type == "overloaded_error"
    assert caught.value.request_id == stream.request_id


@pytest.mark.parametrize("events", [1, 3])
def test_a_cut_stream_is_an_error(events: int) -> None:
    with (
        scripted_server({"text": TEXT, "cut_after": events}) as server,
        connect(server, timeout=30) as client,
        client.messages.stream(**ask("hello")) as stream,
        pytest.raises(httpx2.RemoteProtocolError),
    ):
        stream.get_final_message()


async def test_a_cut_stream_is_an_error_for_the_asynchronous_client() -> None:
    with scripted_server({"text": TEXT, "cut_after": 3}) as server:
        async with connect_async(server, timeout=30) as client:
            events = await client.messages.create(**ask("hello"), stream=True)
            with pytest.raises(httpx2.RemoteProtocolError):
                [event async for event in events]


def test_a_server_goes_on_after_a_cut_stream() -> None:
    script = {"text": TEXT, "cut_after": 3}
    with scripted_server(script, "hello") as server, connect(server) as client:
        with pytest.raises(httpx2.RemoteProtocolError):
            list(client.messages.create(**ask("hello"), stream=True))
        assert client.messages.create(**ask("hello")).content[0].to_dict()["text"] == "hello"


# --- timeouts, and clients that go away ----------------------------------------------------------


def test_a_timeout_is_raised_and_cancels_the_work() -> None:
    with scripted_server({"text": "late", "latency": FOREVER}) as server:
        with connect(server, timeout=1) as client, pytest.raises(anthropic.APITimeoutError):
            client.messages.create(**ask("hello"))
        until(lambda: [row.outcome for row in rows(server)] == ["cancelled"])


def test_a_stream_that_does_not_begin_is_a_timeout() -> None:
    with scripted_server({"text": "late", "latency": FOREVER}) as server:
        with connect(server, timeout=1) as client, pytest.raises(anthropic.APITimeoutError):
            client.messages.create(**ask("hello"), stream=True)
        until(lambda: [row.outcome for row in rows(server)] == ["cancelled"])


def test_leaving_a_stream_cancels_the_work() -> None:
    with scripted_server({"text": TEXT, "pace": FOREVER}) as server, connect(server) as client:
        with client.messages.stream(**ask("hello")) as stream:
            assert next(iter(stream)).type == "message_start"
            assert not rows(server)
        until(lambda: [row.outcome for row in rows(server)] == ["cancelled"])
        assert rows(server)[0].usage.input_tokens > 0


async def test_cancelling_the_task_of_a_stream_cancels_the_work() -> None:
    begun = asyncio.Event()

    async def listen(client: anthropic.AsyncAnthropic) -> None:
        async with client.messages.stream(**ask("hello")) as stream:
            async for _ in stream:
                begun.set()

    with scripted_server({"text": TEXT, "pace": FOREVER}) as server:
        async with connect_async(server) as client:
            task = asyncio.create_task(listen(client))
            await begun.wait()
            task.cancel()
            await asyncio.wait([task])
        assert task.cancelled()
        await asyncio.to_thread(until, lambda: [r.outcome for r in rows(server)] == ["cancelled"])


async def test_cancelling_the_task_of_a_message_cancels_the_work() -> None:
    provider = ScriptedProvider.of({"text": "late", "latency": FOREVER})
    with provider_server(provider) as server:
        async with connect_async(server) as client:
            task = asyncio.create_task(client.messages.create(**ask("hello")))
            await asyncio.to_thread(until, lambda: len(provider.requests) == 1)
            task.cancel()
            await asyncio.wait([task])
        await asyncio.to_thread(until, lambda: [r.outcome for r in rows(server)] == ["cancelled"])
