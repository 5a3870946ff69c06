"""Counts that the API's documentation publishes, against the estimate.

The models are those that the pages name. Some counts are older than these models: the first one has
been the same since 2024. So each has a tolerance, and together they have a smaller one.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from rookery.catalog.lookup import Catalog
from rookery.emulation.prompt import count_prompt
from rookery.wire.messages import CountTokensRequest

CATALOG = Catalog.builtin()
WEATHER = {
    "name": "get_weather",
    "description": "Get the current weather in a given location",
    "input_schema": {
        "type": "object",
        "properties": {
            "location": {
                "type": "string",
                "description": "The city and state, e.g. San Francisco, CA",
            }
        },
        "required": ["location"],
    },
}


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def assistant(*content: dict[str, Any]) -> dict[str, Any]:
    return {"role": "assistant", "content": list(content)}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


EXAMPLES: list[tuple[str, int, dict[str, Any]]] = [
    (  # "Token counting", basic messages
        "claude-opus-5-5",
        14,
        {"system": "You are a scientist", "messages": [user("Hello, Claude")]},
    ),
    (  # "Token counting", messages with tools
        "claude-opus-5-5",
        403,
        {
            "tools": [WEATHER],
            "messages": [user("What's the weather like in San Francisco?")],
        },
    ),
    (  # "Token counting", messages with thinking: that of the earlier turn does not count
        "claude-sonnet-4-6",
        88,
        {
            "thinking": {"type": "enabled", "budget_tokens": 16000},
            "messages": [
                user("Are there an infinite number of prime numbers such that n mod 4 == 3?"),
                assistant(
                    text("Yes, there are infinitely many prime numbers p such that p mod 4 = 3..."),
                ),
                user("Can you write a formal proof?"),
            ],
        },
    ),
    ("claude-opus-5", 12, {"messages": [user("Hello, Claude")]}),  # "Using the Messages API"
    (
        "claude-opus-5",
        30,
        {
            "messages": [
                user("Hello, Claude"),
                assistant(text("Hello!")),
                user("Can you describe LLMs to me?"),
            ]
        },
    ),
    (
        "claude-sonnet-4-5",
        42,
        {
            "messages": [
                user("What is latin for Ant? (A) Apoidea, (B) Rhopalocera, (C) Formicidae"),
                assistant(text("The answer is (")),
            ]
        },
    ),
    ("claude-opus-4-6", 8, {"messages": [user("Hello")]}),  # "Fast mode"
]


def estimate(model: str, prompt: dict[str, Any]) -> int:
    body = CountTokensRequest(json.dumps({"model": model, **prompt}).encode()).body
    return count_prompt(body, CATALOG.get(model))


@pytest.mark.parametrize(("model", "published", "prompt"), EXAMPLES)
def test_a_documented_example_comes_out_near(
    model: str, published: int, prompt: dict[str, Any]
) -> None:
    assert abs(estimate(model, prompt) / published - 1) <= 0.30


def test_the_documented_examples_are_off_by_a_tenth_on_average() -> None:
    errors = [abs(estimate(model, prompt) / count - 1) for model, count, prompt in EXAMPLES]
    assert sum(errors) / len(errors) <= 0.10
