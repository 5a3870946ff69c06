"""Token counts and models with the official Python client."""

from __future__ import annotations

from typing import Any

import pytest
from anthropic import Anthropic, AsyncAnthropic

from tests.compat.servers import ask
from tests.compat.test_streams import WEATHER

pytestmark = pytest.mark.compat

PROMPTS: dict[str, dict[str, Any]] = {
    "text": ask("What is 2+2?"),
    "system": ask("hello", system="You are a bird. Answer in verse."),
    "tools": ask("What's the weather in Paris?", tools=[WEATHER]),
    "forced tool": ask("Paris", tools=[WEATHER], tool_choice={"type": "any"}),
    "long": ask("word " * 5000),
}


@pytest.mark.parametrize("prompt", PROMPTS)
def test_counted_tokens_are_those_of_the_usage(client: Anthropic, prompt: str) -> None:
    request = PROMPTS[prompt]
    counted = {name: value for name, value in request.items() if name != "max_tokens"}
    count = client.messages.count_tokens(**counted)
    assert count.input_tokens == client.messages.create(**request).usage.input_tokens


def test_the_beta_client_counts_the_same(client: Anthropic) -> None:
    request = {name: value for name, value in ask("hello").items() if name != "max_tokens"}
    assert (
        client.beta.messages.count_tokens(**request).input_tokens
        == client.messages.count_tokens(**request).input_tokens
    )


def test_pages_of_two_lead_through_all_models(client: Anthropic) -> None:
    at_once = client.models.list(limit=1000)
    assert not at_once.has_more
    first = client.models.list(limit=2)
    assert (len(first.data), first.has_more) == (2, True)
    assert list(first) == at_once.data


async def test_asynchronous_pages_of_two_lead_through_all_models(
    async_client: AsyncAnthropic,
) -> None:
    at_once = await async_client.models.list(limit=1000)
    assert [model async for model in async_client.models.list(limit=2)] == at_once.data


def test_pages_lead_backwards_too(client: Anthropic) -> None:
    models = client.models.list(limit=1000).data
    page = client.models.list(limit=2, before_id=models[-1].id)
    assert page.data == models[-3:-1]


def test_a_model_is_retrieved_as_it_is_listed(client: Anthropic) -> None:
    for model in client.models.list(limit=1000).data:
        assert client.models.retrieve(model.id) == model


def test_the_beta_client_lists_the_same_models(client: Anthropic) -> None:
    expected = [model.id for model in client.models.list(limit=1000)]
    assert [model.id for model in client.beta.models.list(limit=2)] == expected


@pytest.mark.parametrize("model_id", ["claude-sonnet-4-20250514", "claude-opus-4-20250514"])
def test_the_models_of_the_seed_are_found(client: Anthropic, model_id: str) -> None:
    assert client.models.retrieve(model_id).id.endswith("-4-6")
