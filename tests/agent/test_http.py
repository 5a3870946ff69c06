"""Agents over HTTP, against good servers and bad ones."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from rookery import Agent, RunError
from rookery.errors import (
    APIError,
    AuthenticationError,
    ConnectionFailedError,
    GatewayTimeoutError,
    OverloadedError,
    RateLimitError,
)
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.server.local import LocalServer
from rookery.testing import provider_server, scripted_server
from tests.agent.common import MODEL, call, is_valid
from tests.transport.servers import STREAM_HEAD, Handler, Peer, always, chunked, reply, serve

SECRET = "sk-rookery-test"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    for name in ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "ROOKERY_PROVIDER"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[LocalServer]:
    provider = ScriptedProvider({"rules": [{"reply": "hello"}]})
    with provider_server(provider) as server:
        yield server


def add(a: int, b: int) -> int:
    """Add."""
    return a + b


def test_a_run_over_http() -> None:
    with (
        scripted_server(call("add", a=2, b=3), "5") as server,
        Agent(MODEL, base_url=server.url, tools=[add]) as worker,
    ):
        assert str(worker.run("What is 2 + 3?")) == "5"


# --- bad servers ---------------------------------------------------------------------------------


async def failure(url: str) -> RunError:
    async with Agent(MODEL, base_url=url, max_retries=0) as worker:
        with pytest.raises(RunError) as caught:
            await worker.arun("Hello?")
        assert SECRET not in repr(worker)
    error = caught.value
    for shown in (error, error.__cause__, error.result):
        assert SECRET not in str(shown)
        assert SECRET not in repr(shown)
    assert error.result.stop_reason == "error"
    assert is_valid(error.result.messages)
    return error


async def never(peer: Peer) -> None:
    await peer.request()
    await peer.gone()


PAGE = reply(b"<html><title>Login</title>", headers={"content-type": "text/html"})
ECHO = b'{"type":"error","error":{"type":"authentication_error","message":"bad key: %b"}}'
OVERLOADED = b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
HEAD = b'{"type":"message_start","message":{"usage":{"input_tokens":1}}}'
CUT = chunked(b"event: message_start\ndata: %b\n\n" % HEAD)


@pytest.mark.parametrize(
    ("handler", "cause", "message"),
    [
        (
            always(reply(ECHO % SECRET.encode(), status="401 No")),
            AuthenticationError,
            r"bad key: \*\*\*",
        ),
        (always(reply(b"", status="429 Too Many")), RateLimitError, "429"),
        (always(reply(OVERLOADED, status="529 Overloaded")), OverloadedError, "Overloaded"),
        (always(reply(b"", status="302 Found")), APIError, "302"),
        (always(PAGE), APIError, r"HTML page \(Login\)"),
        (always(STREAM_HEAD, *CUT), ConnectionFailedError, "before the message was complete"),
        (always(STREAM_HEAD, CUT[0], keep=False), ConnectionFailedError, "breaks off"),
        (always(b"nonsense\r\n\r\n"), ConnectionFailedError, "not valid HTTP"),
    ],
    ids=["401", "429", "529", "redirect", "page", "ended", "cut", "nonsense"],
)
async def test_a_bad_server(handler: Handler, cause: type[APIError], message: str) -> None:
    async with serve(handler) as bad:
        error = await failure(bad.url)
        assert bad.connections == 1
    assert re.search(message, error.message)
    assert isinstance(error.__cause__, cause)


async def test_a_silent_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOKERY_TIMEOUT", "0.3")
    async with serve(never) as bad:
        error = await failure(bad.url)
    assert isinstance(error.__cause__, GatewayTimeoutError)
    assert "did not answer in time" in error.message


async def test_a_dead_port() -> None:
    async with serve(never) as bad:
        url = bad.url
    assert "refused" in (await failure(url)).message


# --- event loops and threads ---------------------------------------------------------------------


def test_asyncio_run_again_and_again_with_one_agent(server: LocalServer) -> None:
    worker = Agent(MODEL, base_url=server.url)
    for _ in range(3):
        assert str(asyncio.run(worker.arun("Hello?"))) == "hello"
    assert str(worker.run("Hello?")) == "hello"
    worker.close()


def test_many_threads_share_one_agent(server: LocalServer) -> None:
    def five(number: int) -> list[str]:
        run = worker.run if number % 2 else lambda task: asyncio.run(worker.arun(task))
        return [str(run("Hello?")) for _ in range(5)]

    with Agent(MODEL, base_url=server.url) as worker, ThreadPoolExecutor(20) as pool:
        assert list(pool.map(five, range(20))) == [["hello"] * 5] * 20
    loops = [thread for thread in threading.enumerate() if thread.name == "rookery-sync"]
    assert len(loops) == 1


async def test_close_from_a_loop_that_waits_for_it(server: LocalServer) -> None:
    worker = Agent(MODEL, base_url=server.url)
    assert str(await worker.arun("Hello?")) == "hello"
    worker.close()  # the private loop must not wait for this one, which waits here
    worker.close()
    with pytest.raises(RunError, match="are closed"):
        await worker.arun("Hello?")


def test_close_without_use(server: LocalServer) -> None:
    Agent(MODEL, base_url=server.url).close()


def test_an_agent_closes_only_what_it_opened(server: LocalServer) -> None:
    from rookery.agent.connect import connect

    shared = connect(None, server.url)
    with Agent(MODEL, provider=shared) as worker:
        worker.run("Hello?")
    assert str(Agent(MODEL, provider=shared).run("Hello?")) == "hello"
