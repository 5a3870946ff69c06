"""The prompt cache as the official client sees it, over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import anthropic
import msgspec
import pytest

from rookery.catalog.cost import cost
from rookery.providers.base import Call
from rookery.providers.offline.provider import OfflineProvider
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.testing import KEY, provider_server
from rookery.wire.messages import Request
from rookery.wire.usage import Usage

MODEL = "claude-sonnet-4-6"
MARK: Any = {"type": "ephemeral"}
SYSTEM: Any = [{"type": "text", "text": "Answer briefly. " * 400, "cache_control": MARK}]
AT = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def client() -> Iterator[anthropic.Anthropic]:
    with (
        provider_server(OfflineProvider()) as server,
        anthropic.Anthropic(base_url=server.url, api_key=KEY, max_retries=0) as client,
    ):
        yield client


def figures(usage: anthropic.types.Usage) -> tuple[Any, ...]:
    made = usage.cache_creation
    assert made is not None
    return (
        usage.cache_read_input_tokens,
        usage.cache_creation_input_tokens,
        (made.ephemeral_5m_input_tokens, made.ephemeral_1h_input_tokens),
        usage.input_tokens,
    )


def test_a_conversation_writes_and_then_reads(client: anthropic.Anthropic) -> None:
    messages: list[Any] = [{"role": "user", "content": "What is 2 + 2?"}]

    def ask() -> anthropic.types.Message:
        return client.messages.create(
            model=MODEL, max_tokens=50, system=SYSTEM, messages=messages, cache_control=MARK
        )

    first = ask()
    read, written, split, rest = figures(first.usage)
    assert (read, split, rest) == (0, (written, 0), 0)
    assert (
        written
        == client.messages.count_tokens(model=MODEL, system=SYSTEM, messages=messages).input_tokens
    )
    messages += [{"role": "assistant", "content": first.content}]
    messages += [{"role": "user", "content": "And 3 + 3?"}]
    second = figures(ask().usage)
    assert (second[0], second[3]) == (written, 0)
    assert 0 < second[1] < 100


def test_a_stream_begins_with_the_figures_that_it_ends_with(client: anthropic.Anthropic) -> None:
    for reads in (False, True):
        with client.messages.stream(
            model=MODEL,
            max_tokens=50,
            system=SYSTEM,
            messages=[{"role": "user", "content": "What is 2 + 2?"}],
        ) as stream:
            started = [event.message.usage for event in stream if event.type == "message_start"]
            final = stream.get_final_message().usage
        assert figures(started[0]) == figures(final)
        assert bool(final.cache_read_input_tokens) is reads
        assert bool(final.cache_creation_input_tokens) is not reads


def test_what_it_costs_is_what_the_price_table_says(client: anthropic.Anthropic) -> None:
    """Sonnet 4.6, USD for a million tokens: 3 in, 15 out, 6 written for 1h, 0.30 read."""
    long: Any = [{**SYSTEM[0], "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
    ask: Any = {"messages": [{"role": "user", "content": "What is 2 + 2?"}], "system": long}
    for reads in (False, True):
        usage = client.messages.create(model=MODEL, max_tokens=50, **ask).usage
        read, written = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
        assert (read > 1024, written > 1024) == (reads, not reads)
        million = usage.input_tokens * 3 + usage.output_tokens * 15 + written * 6
        expected = (million + read * Decimal("0.30")) / 10**6
        known = msgspec.convert(usage.model_dump(), Usage, strict=False)
        assert cost(known, MODEL, AT).total == expected


def test_a_warm_cache(client: anthropic.Anthropic) -> None:
    def ask(words: str, tokens: int) -> anthropic.types.Message:
        return client.messages.create(
            model=MODEL,
            max_tokens=tokens,
            system=SYSTEM,
            messages=[{"role": "user", "content": words}],
        )

    warm = ask("warmup", 0)
    assert (warm.content, warm.stop_reason, warm.usage.output_tokens) == ([], "max_tokens", 0)
    assert (warm.usage.cache_creation_input_tokens or 0) > 1024
    real = ask("What is 2 + 2?", 50)
    assert real.usage.cache_read_input_tokens == warm.usage.cache_creation_input_tokens


def test_diagnostics(client: anthropic.Anthropic) -> None:
    def ask(system: str, before: str | None) -> anthropic.types.Message:
        with client.messages.stream(
            model=MODEL,
            max_tokens=50,
            system=system,
            cache_control=MARK,
            messages=[{"role": "user", "content": "What is 2 + 2?"}],
            diagnostics={"previous_message_id": before},
        ) as stream:
            return stream.get_final_message()

    first = ask("Be brief.", None)
    second = ask("Be brief.", first.id)
    assert (first.diagnostics, second.diagnostics) == (None, None)
    third = ask("Be brief: it is 10:15.", second.id).diagnostics
    assert third is not None
    assert isinstance(third.cache_miss_reason, anthropic.types.CacheMissSystemChanged)
    assert third.cache_miss_reason.cache_missed_input_tokens > 0
    unknown = ask("Be brief.", "msg_01AAAAAAAAAAAAAAAAAAAAAA").diagnostics
    assert unknown is not None
    assert isinstance(unknown.cache_miss_reason, anthropic.types.CacheMissPreviousMessageNotFound)


@pytest.mark.parametrize("provider", [OfflineProvider(), ScriptedProvider.of(*["Hi."] * 3)])
async def test_workspaces_are_apart(provider: Any) -> None:
    reads = [
        read(await provider.create(asking(), Call("1", workspace_id=workspace))) > 0
        for workspace in ("a", "b", "a")
    ]
    assert reads == [False, False, True]


# --- when a scripted response begins -------------------------------------------------------------


class Wait:
    """A sleep that ends when it is told to."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.asleep = asyncio.Event()
        self.over = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.seconds += seconds
        self.asleep.set()
        await self.over.wait()


def asking() -> Request:
    user = {"role": "user", "content": "Hello."}
    body = {"model": MODEL, "max_tokens": 50, "system": SYSTEM, "messages": [user]}
    return Request(json.dumps(body).encode())


def read(reply: Any) -> int:
    return int(reply.body.usage.cache_read_input_tokens)


async def test_a_scripted_reply_is_readable_after_its_latency() -> None:
    wait = Wait()
    replies: list[Any] = [{"text": "Slow.", "latency": 9}, "Early.", "Late."]
    provider = ScriptedProvider.of(*replies, sleep=wait)
    slow = asyncio.create_task(provider.create(asking(), Call("1")))
    await wait.asleep.wait()
    early = asyncio.create_task(provider.create(asking(), Call("2", workspace_id="else")))
    assert read(await early) == 0
    wait.over.set()
    assert read(await slow) == 0
    assert read(await provider.create(asking(), Call("3"))) > 1024


@pytest.mark.parametrize(
    ("fault", "reads"),
    [
        ({"error": {"type": "overloaded_error"}}, False),
        ({"text": "Hello.", "cut_after": 0}, False),
        ({"text": "Hello.", "cut_after": 1}, True),
        ({"text": "Hello.", "error_after": {"events": 2, "error": {"type": "api_error"}}}, True),
    ],
)
async def test_what_fails_before_its_first_event_writes_nothing(
    fault: dict[str, Any], reads: bool
) -> None:
    provider = ScriptedProvider.of(fault, "After.")
    with pytest.raises(Exception):  # noqa: B017 - of any kind: the cache is what counts
        async for _ in provider.stream(asking(), Call("1")):
            pass
    assert (read(await provider.create(asking(), Call("2"))) > 0) is reads


async def test_what_is_cancelled_before_its_first_event_writes_nothing() -> None:
    wait = Wait()
    provider = ScriptedProvider.of({"text": "Slow.", "latency": 9}, "After.", sleep=wait)
    slow = asyncio.create_task(provider.create(asking(), Call("1")))
    await wait.asleep.wait()
    slow.cancel()
    await asyncio.gather(slow, return_exceptions=True)
    assert read(await provider.create(asking(), Call("2"))) == 0


async def test_a_usage_that_is_written_stays_and_its_request_is_cached_all_the_same() -> None:
    usage = {"input_tokens": 1, "output_tokens": 2}
    provider = ScriptedProvider.of({"text": "One.", "usage": usage}, "Two.")
    assert (await provider.create(asking(), Call("1"))).plain["usage"] == usage
    assert read(await provider.create(asking(), Call("2"))) > 1024
