"""Token counts and models with the official Python client."""

from __future__ import annotations

import json
from typing import Any, get_args
from urllib.request import Request, urlopen

import pytest
from anthropic import Anthropic, AsyncAnthropic, BaseModel
from anthropic.types import ModelInfo

from rookery.server.local import LocalServer
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


def test_a_model_has_the_fields_of_the_client_s_type(server: LocalServer) -> None:
    with urlopen(Request(f"{server.url}/v1/models", headers={"x-api-key": server.key})) as answer:  # noqa: S310
        page = json.load(answer)
    assert page.keys() == {"data", "has_more", "first_id", "last_id"}
    for model in page["data"]:
        compare(model, ModelInfo)


def compare(value: dict[str, Any], kind: type[BaseModel]) -> None:
    """Check that an object has the fields of a type, all of them, also below."""
    assert value.keys() == kind.model_fields.keys()
    for name, field in kind.model_fields.items():
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                compare(value[name], part)


def test_models_are_listed_by_their_lifecycle(client: Anthropic) -> None:
    listed = {model.id: model.lifecycle for model in client.models.list(limit=1000)}
    assert set(listed.values()) <= {"active", "deprecated"}
    retired = client.models.list(lifecycle=["retired"], limit=1000).data
    assert retired
    assert {model.lifecycle for model in retired} == {"retired"}
    assert not listed.keys() & {model.id for model in retired}
    every = client.models.list(lifecycle=["active", "deprecated", "retired"], limit=1000).data
    assert {model.id for model in every} == listed.keys() | {model.id for model in retired}
