"""The tool runners of the official clients use message threads without being told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import anthropic
import pytest
from anthropic import (
    Anthropic,
    AsyncAnthropic,
    DefaultAsyncHttpxClient,
    DefaultHttpxClient,
    beta_async_tool,
    beta_tool,
)

from rookery.gateway.gateway import Gateway
from rookery.gateway.threads import SECONDS, Threads
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.server.local import LocalServer
from rookery.testing import KEY
from rookery.wire.betas import THREADS
from tests.compat.environments import run, typescript_client
from tests.compat.servers import MODEL, connect, connect_async

pytestmark = pytest.mark.compat


def call_next(n: int) -> dict[str, Any]:
    return {"text": f"After {n}:", "tool": {"name": "next_number", "input": {"n": n}}}


SCRIPT = {
    "rules": [
        {"match": {"tool_result": "/^1$/"}, "reply": call_next(1)},
        {"match": {"tool_result": "/^2$/"}, "reply": call_next(2)},
        {"match": {"tool_result": "/^3$/"}, "reply": "Three."},
        {"match": {"text": "Count"}, "reply": call_next(0)},
        {"reply": "Well."},
    ]
}
"""A model that counts to three with a tool, in four turns."""


class House(NamedTuple):
    """A server, what its backend saw, and the clock of its threads."""

    server: LocalServer
    provider: ScriptedProvider
    clock: list[float]

    @property
    def seen(self) -> list[list[dict[str, Any]]]:
        """The messages of each request that the backend has had."""
        return [request.plain["messages"] for request in self.provider.requests]


def house(**options: int) -> House:
    clock = [0.0]
    provider = ScriptedProvider(SCRIPT)
    gateway = Gateway(provider, threads=Threads(**options, clock=lambda: clock[0]))
    return House(LocalServer(gateway, key=KEY), provider, clock)


@pytest.fixture
def home() -> Iterator[House]:
    built = house()
    with built.server:
        yield built


Sent = list[dict[str, Any]]


def recording(home: House, sent: Sent) -> Anthropic:
    """A client that notes what it sends."""
    hooks: Any = {"request": [lambda request: sent.append(json.loads(request.content))]}
    return connect(home.server, http_client=DefaultHttpxClient(event_hooks=hooks))


def count(client: Anthropic, text: str = "Count.", **options: Any) -> Any:
    """Run the tool runner to its end and return the last message."""

    @beta_tool
    def next_number(n: int) -> str:
        """Tell the number after this one.

        Args:
            n: A number.
        """
        options.get("hook", lambda _: None)(n)
        return str(n + 1)

    messages: Any = [{"role": "user", "content": text}]
    runner = client.beta.messages.tool_runner(
        model=MODEL,
        max_tokens=300,
        system="Be brief.",
        tools=[next_number],
        messages=messages,
        stream=options.get("stream", False),
    )
    return runner.until_done()


def shapes(sent: Sent) -> list[tuple[str, int]]:
    """How each request was threaded, and how many messages it had."""
    return [(b.get("thread", {}).get("type", "none"), len(b["messages"])) for b in sent]


THREADED = [("create", 1), ("continue", 1), ("continue", 1), ("continue", 1)]


def check_history(home: House, sent: Sent, text: str) -> None:
    """The wire had the new turns, and the backend each time all of them."""
    assert shapes(sent) == THREADED
    assert all("system" not in body and "tools" not in body for body in sent[1:])
    assert text == "Three."
    assert [len(messages) for messages in home.seen] == [1, 3, 5, 7]
    whole = home.seen[-1]
    for messages in home.seen:
        assert messages == whole[: len(messages)]
    assert [m["role"] for m in whole] == ["user", "assistant"] * 3 + ["user"]
    for request in home.provider.requests:
        assert request.plain["system"] == "Be brief."
        assert request.plain["tools"][0]["name"] == "next_number"


@pytest.mark.parametrize("stream", [False, True])
def test_the_tool_runner_sends_what_is_new_and_keeps_its_history(home: House, stream: bool) -> None:
    sent: Sent = []
    with recording(home, sent) as client:
        final = count(client, stream=stream)
    check_history(home, sent, final.content[0].text)
    assert final.usage.input_tokens > 4 * 7


@pytest.mark.parametrize("stream", [False, True])
async def test_the_asynchronous_tool_runner_does_so_too(home: House, stream: bool) -> None:
    sent: Sent = []

    async def note(request: Any) -> None:
        sent.append(json.loads(request.content))

    http: Any = DefaultAsyncHttpxClient(event_hooks={"request": [note]})
    async with connect_async(home.server, http_client=http) as client:
        final = await count_async(client, "Count.", stream=stream)
    check_history(home, sent, final)


async def count_async(client: AsyncAnthropic, text: str, *, stream: bool = False) -> str:
    @beta_async_tool
    async def next_number(n: int) -> str:
        """Tell the number after this one.

        Args:
            n: A number.
        """
        return str(n + 1)

    messages: Any = [{"role": "user", "content": text}]
    runner: Any = client.beta.messages.tool_runner(
        model=MODEL,
        max_tokens=300,
        system="Be brief.",
        tools=[next_number],
        messages=messages,
        stream=stream,
    )
    final = await runner.until_done()
    return str(final.content[0].text)


@pytest.mark.parametrize("mode", ["message", "stream"])
def test_the_typescript_tool_runner_does_so_too(home: House, mode: str, tmp_path: Path) -> None:
    seen = run(
        [*typescript_client("threads.mjs"), mode],
        tmp_path,
        ANTHROPIC_BASE_URL=home.server.url,
        ANTHROPIC_API_KEY=home.server.key,
    )
    assert {one["status"] for one in seen["sent"]} == {200}
    check_history(home, [one["body"] for one in seen["sent"]], seen["text"])


def test_a_thread_that_expires_amid_a_run_is_replayed(home: House) -> None:
    def wait(n: int) -> None:
        home.clock[0] += SECONDS if n == 1 else 1

    sent: Sent = []
    with recording(home, sent) as client:
        final = count(client, hook=wait)
    assert final.content[0].text == "Three."
    create, go_on = ("create", 1), ("continue", 1)
    assert shapes(sent) == [create, go_on, go_on, ("create", 5), go_on]
    assert [len(messages) for messages in home.seen] == [1, 3, 5, 7]


def test_where_nothing_can_be_kept_the_client_gives_up_on_threads() -> None:
    home = house(max_bytes=1)
    sent: Sent = []
    with home.server, recording(home, sent) as client:
        assert count(client).content[0].text == "Three."
    assert shapes(sent)[-1] == ("none", 7)
    assert [len(messages) for messages in home.seen] == [1, 3, 5, 7]


def test_where_threads_are_off_the_client_goes_on_without() -> None:
    home = house(max_bytes=0)
    sent: Sent = []
    with home.server, recording(home, sent) as client:
        assert count(client).content[0].text == "Three."
    assert shapes(sent) == [("create", 1), ("none", 1), ("none", 3), ("none", 5), ("none", 7)]


def test_the_offline_engine_works_in_a_thread(client: Anthropic) -> None:
    final = count(client, "What is the next number after 41?")
    assert "42" in final.content[0].text


async def test_several_runners_at_once_keep_their_histories(home: House) -> None:
    async with connect_async(home.server) as client:
        texts = [f"Count, number {n}." for n in range(8)]
        finals = await asyncio.gather(*(count_async(client, text) for text in texts))
    assert finals == ["Three."] * 8
    ends = [messages for messages in home.seen if len(messages) == 7]
    assert sorted(messages[0]["content"] for messages in ends) == texts
    for messages in home.seen:  # a history of one runner is the beginning of its last one
        (end,) = [one for one in ends if one[0] == messages[0]]
        assert messages == end[: len(messages)]


def test_the_thread_of_the_client_talks(home: House) -> None:
    with connect(home.server) as client:
        thread = client.beta.messages.thread(
            model=MODEL, max_tokens=100, system="Be brief.", cache_control={"type": "ephemeral"}
        )
        first = thread.send({"role": "user", "content": "Hello."})
        with thread.stream({"role": "user", "content": "And?"}) as stream:
            second = stream.get_final_message()
        third = thread.parse({"role": "user", "content": "And then?"})
    assert thread.previous_message_id == third.id
    assert len({first.id, second.id, third.id}) == 3
    assert [len(messages) for messages in home.seen] == [1, 3, 5]


def test_a_turn_that_was_paused_goes_on_with_nothing_new() -> None:
    search = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
    tools: Any = [{"type": "web_search_20250305", "name": "web_search"}]
    provider = ScriptedProvider.of({"content": [search], "stop_reason": "pause_turn"}, "Found.")
    with LocalServer(Gateway(provider), key=KEY) as server, connect(server) as client:
        thread = client.beta.messages.thread(model=MODEL, max_tokens=100, tools=tools)
        assert thread.send({"role": "user", "content": "Search."}).stop_reason == "pause_turn"
        assert thread.send().stop_reason == "end_turn"
    last = provider.requests[-1].plain["messages"]
    assert [message["role"] for message in last] == ["user", "assistant"]
    assert last[1]["content"] == [search]


def begun(client: Anthropic, **options: Any) -> str:
    reply = client.beta.messages.create(**turn(thread={"type": "create"}, **options))
    return str(reply.id)


def turn(**options: Any) -> Any:
    messages = [{"role": "user", "content": "Hello."}]
    base = {"model": MODEL, "max_tokens": 100, "messages": messages, "betas": [THREADS]}
    return {**base, **options}


def go_on(client: Anthropic, previous: str, **options: Any) -> Any:
    thread = {"type": "continue", "previous_message_id": previous}
    return client.beta.messages.create(**turn(thread=thread, **options))


def twice(client: Anthropic) -> None:
    first = begun(client)
    go_on(client, first)
    go_on(client, first)


ERRORS: dict[str, Callable[[Anthropic], object]] = {
    "ThreadNotFoundError": lambda client: go_on(client, "msg_unknown"),
    "ThreadAlreadyContinuedError": twice,
    "ThreadFingerprintMismatchError": lambda client: go_on(
        client, begun(client), output_config={"effort": "low"}
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_of_the_class_of_its_code(home: House, name: str) -> None:
    with connect(home.server) as client, pytest.raises(anthropic.APIStatusError) as raised:
        ERRORS[name](client)
    assert type(raised.value).__name__ == name


def test_the_error_of_a_server_without_threads_says_what_is_not_supported() -> None:
    home = house(max_bytes=0)
    with home.server, connect(home.server) as client:
        thread = client.beta.messages.thread(model=MODEL, max_tokens=100)
        with pytest.raises(anthropic.APIStatusError) as raised:
            thread.send({"role": "user", "content": "Hello."})
    assert type(raised.value).__name__ == "ThreadUnsupportedRequestError"
