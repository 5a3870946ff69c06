"""Messages with the official Python client, synchronous and asynchronous."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from anthropic import Anthropic, AsyncAnthropic, DefaultAioHttpClient
from anthropic.types import Message, TextBlock

from rookery.server.local import LocalServer
from rookery.testing import scripted_server
from tests.compat.servers import MODEL, ask, connect_async

pytestmark = pytest.mark.compat

SEED_MODEL = "claude-sonnet-4-20250514"
seed_models = pytest.mark.filterwarnings("ignore:The model 'claude:DeprecationWarning")
"""The client warns of the seed's models: they are old."""


def text_of(message: Message) -> str:
    return "".join(block.text for block in message.content if isinstance(block, TextBlock))


@pytest.fixture
def hello() -> Iterator[LocalServer]:
    with scripted_server("hello") as server:
        yield server


@seed_models
def test_create_has_the_structure_of_the_seed(client: Anthropic) -> None:
    question = "Write a Python function that calculates fibonacci(n)"
    message = client.messages.create(**ask(question, model=SEED_MODEL))
    assert message.id.startswith("msg_")
    assert (message.type, message.role) == ("message", "assistant")
    assert isinstance(message.content[0], TextBlock)
    assert message.content[0].text
    assert message.model == "claude-sonnet-4-6"
    assert (message.stop_reason, message.stop_sequence) == ("end_turn", None)
    assert message.usage.input_tokens > 0
    assert message.usage.output_tokens > 0


def test_the_reply_has_no_field_that_the_client_does_not_know(client: Anthropic) -> None:
    message = client.messages.create(**ask("hello"))
    assert not message.model_extra


async def test_the_asynchronous_client_gets_the_same_message(
    client: Anthropic, async_client: AsyncAnthropic
) -> None:
    expected = client.messages.create(**ask("What is 17*23?"))
    message = await async_client.messages.create(**ask("What is 17*23?"))
    assert message.model_copy(update={"id": expected.id}) == expected


async def test_the_aiohttp_backend_gets_the_same_message(
    client: Anthropic, server: LocalServer
) -> None:
    expected = client.messages.create(**ask("What is 17*23?"))
    async with connect_async(server, http_client=DefaultAioHttpClient()) as other:
        message = await other.messages.create(**ask("What is 17*23?"))
    assert message.content == expected.content
    assert message.usage == expected.usage


def test_max_tokens_ends_the_message_there(client: Anthropic) -> None:
    message = client.messages.create(**ask("Repeat: one two three four five six", max_tokens=2))
    assert message.stop_reason == "max_tokens"
    assert message.usage.output_tokens == 2


def test_the_raw_response_has_the_request_id(client: Anthropic) -> None:
    raw = client.messages.with_raw_response.create(**ask("hello"))
    message = raw.parse()
    assert message._request_id == raw.headers["request-id"] == raw.request_id
    assert raw.headers["request-id"].startswith("req_")
    assert raw.headers["content-type"] == "application/json"


async def test_the_asynchronous_raw_response_has_the_request_id(
    async_client: AsyncAnthropic,
) -> None:
    raw = await async_client.messages.with_raw_response.create(**ask("hello"))
    message = await raw.parse()
    assert message._request_id == raw.headers["request-id"]


def test_the_streaming_response_gives_the_body_as_it_is(client: Anthropic) -> None:
    with client.messages.with_streaming_response.create(**ask("hello")) as response:
        assert response.headers["request-id"].startswith("req_")
        assert b'"type":"message"' in response.read()


def test_the_beta_client_gets_the_same_message(client: Anthropic) -> None:
    expected = client.messages.create(**ask("What is 17*23?"))
    message = client.beta.messages.create(**ask("What is 17*23?"))
    assert [block.to_dict() for block in message.content] == [
        block.to_dict() for block in expected.content
    ]
    assert message.usage.output_tokens == expected.usage.output_tokens


def test_the_beta_client_sends_its_betas(client: Anthropic) -> None:
    betas = ["context-management-2025-06-27", "interleaved-thinking-2025-05-14"]
    message = client.beta.messages.create(**ask("What is 2+2?"), betas=betas)
    assert message.stop_reason == "end_turn"


async def test_fifty_requests_at_once_get_each_its_own_answer(
    async_client: AsyncAnthropic,
) -> None:
    questions = [ask(f"What is {n}+1000?") for n in range(50)]
    messages = await asyncio.gather(*(async_client.messages.create(**q) for q in questions))
    for n, message in enumerate(messages):
        answer = text_of(message).replace(",", "")
        assert str(n + 1000) in answer
    assert len({message.id for message in messages}) == 50
    assert len({message._request_id for message in messages}) == 50


async def test_fifty_streams_at_once_get_each_its_own_answer(async_client: AsyncAnthropic) -> None:
    async def streamed(n: int) -> str:
        async with async_client.messages.stream(**ask(f"What is {n}+1000?")) as stream:
            return await stream.get_final_text()

    texts = await asyncio.gather(*(streamed(n) for n in range(50)))
    for n, text in enumerate(texts):
        assert str(n + 1000) in text.replace(",", "")


def test_the_model_may_be_an_alias(client: Anthropic) -> None:
    assert client.messages.create(**ask("hello", model="claude-haiku-4-5")).model.startswith(
        "claude-haiku-4-5"
    )
    assert client.messages.create(**ask("hello")).model == MODEL
