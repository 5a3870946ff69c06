"""Thinking and structured output, as far as the model has them."""

from __future__ import annotations

import json
from typing import Any

from rookery.testing.conformance.check import Skipped, check, expect, same
from rookery.testing.conformance.facts import facts
from rookery.testing.conformance.sections.messages import message
from rookery.testing.conformance.sections.streams import good
from rookery.testing.conformance.sections.transport import refused
from rookery.testing.conformance.target import Target

PAGE = "Extended thinking"
QUESTION = [{"role": "user", "content": "What is 27 * 453? Think first."}]


def config(target: Target) -> dict[str, Any]:
    """Return a thinking configuration that the model takes. Raises Skipped."""
    kinds = facts(target).thinks
    if "enabled" in kinds:
        return {"type": "enabled", "budget_tokens": 1024}
    if "adaptive" in kinds:
        return {"type": "adaptive"}
    raise Skipped("the model does not think")


@check("thinking", PAGE)
def thinking_comes_first(target: Target) -> None:
    """A thinking block stands before the text, and has a signature."""
    body = message(target.create(thinking=config(target), messages=QUESTION, max_tokens=2048))
    blocks = [block for block in body["content"] if block["type"] == "thinking"]
    if not blocks:
        raise Skipped("the model did not think")
    same("the first block", body["content"][0]["type"], "thinking")
    expect(all(block.get("signature") for block in blocks), "a signature is missing")


@check("thinking", PAGE)
def thinking_is_streamed(target: Target) -> None:
    """A stream with thinking follows the grammar, the signature last."""
    good(target.stream(thinking=config(target), messages=QUESTION, max_tokens=2048))


@check("thinking", PAGE)
def thinking_can_be_handed_back(target: Target) -> None:
    """Thinking blocks are taken back as they came."""
    thinking = config(target)
    body = message(target.create(thinking=thinking, messages=QUESTION, max_tokens=2048))
    history = [
        *QUESTION,
        {"role": "assistant", "content": body["content"]},
        {"role": "user", "content": "And half of it?"},
    ]
    message(target.create(thinking=thinking, messages=history, max_tokens=2048))


@check("thinking", PAGE)
def a_budget_below_the_least(target: Target) -> None:
    """A thinking budget has 1024 tokens at least."""
    answer = target.create(thinking={"type": "enabled", "budget_tokens": 1023}, max_tokens=2048)
    refused(answer, 400, "invalid_request_error")


@check("thinking", "Structured outputs")
def structured_output(target: Target) -> None:
    """With a schema as format, the text is JSON of that schema."""
    if not facts(target).structured:
        raise Skipped("the model has no structured outputs")
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "degrees": {"type": "integer"}},
        "required": ["city", "degrees"],
        "additionalProperties": False,
    }
    form = {"format": {"type": "json_schema", "schema": schema}}
    words = [{"role": "user", "content": "It is 4 degrees in Oslo. Give city and degrees."}]
    body = message(target.create(output_config=form, messages=words, max_tokens=512))
    text = "".join(block["text"] for block in body["content"] if block["type"] == "text")
    value = json.loads(text)
    expect(isinstance(value.get("city"), str), f"city is {value.get('city')!r}")
    expect(isinstance(value.get("degrees"), int), f"degrees is {value.get('degrees')!r}")
