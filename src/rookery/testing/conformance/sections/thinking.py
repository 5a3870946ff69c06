"""Thinking, effort and structured output, as far as the model has them."""

from __future__ import annotations

from typing import Any

from rookery.testing.conformance.answers import good, message, refused, text_of
from rookery.testing.conformance.check import Skipped, check, expect, json_object, same
from rookery.testing.conformance.facts import facts
from rookery.testing.conformance.target import Target

PAGE = "Extended thinking"
QUESTION = [{"role": "user", "content": "What is 27 * 453? Think first."}]


def config(target: Target, **fields: Any) -> dict[str, Any]:
    """Return a thinking configuration that the model takes. Raises Skipped."""
    kinds = facts(target).thinking.types
    if "enabled" in kinds:
        return {"type": "enabled", "budget_tokens": 1024, **fields}
    if "adaptive" in kinds:
        return {"type": "adaptive", **fields}
    raise Skipped("the model does not think")


def thoughts(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the thinking blocks of a message. Raises Skipped where it has none."""
    found = [block for block in body["content"] if block["type"] == "thinking"]
    if not found:
        raise Skipped("the model did not think")
    return found


@check("thinking", PAGE)
def thinking_comes_first(target: Target) -> None:
    """A thinking block stands before the text, and has a signature."""
    body = message(target.create(thinking=config(target), messages=QUESTION, max_tokens=2048))
    found = thoughts(body)
    same("the first block", body["content"][0]["type"], "thinking")
    expect(all(block.get("signature") for block in found), "a signature is missing")


@check("thinking", PAGE)
def thinking_is_counted(target: Target) -> None:
    """`output_tokens_details.thinking_tokens` is a part of the output tokens."""
    body = message(target.create(thinking=config(target), messages=QUESTION, max_tokens=2048))
    thoughts(body)
    usage = body["usage"]
    tokens = (usage.get("output_tokens_details") or {}).get("thinking_tokens")
    known = isinstance(tokens, int) and 0 < tokens <= usage["output_tokens"]
    expect(known, f"thinking_tokens is {tokens!r}, of {usage['output_tokens']}")


@check("thinking", PAGE)
def thinking_is_streamed(target: Target) -> None:
    """A stream with thinking follows the grammar, the signature last."""
    good(target.stream(thinking=config(target), messages=QUESTION, max_tokens=2048))


@check("thinking", "Extended thinking: display")
def thinking_is_left_out(target: Target) -> None:
    """With `display: omitted` thinking has no text, and is signed all the same."""
    thinking = config(target, display="omitted")
    body = message(target.create(thinking=thinking, messages=QUESTION, max_tokens=2048))
    for block in thoughts(body):
        same("thinking", block["thinking"], "")
        expect(block.get("signature"), "the signature is missing")


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
def modes_by_model(target: Target) -> None:
    """Each mode of thinking is taken by the models that have it, and refused by the others."""
    kinds = facts(target).thinking.types
    modes: dict[str, dict[str, Any]] = {
        "adaptive": {"type": "adaptive"},
        "enabled": {"type": "enabled", "budget_tokens": 1024},
        "disabled": {"type": "disabled"},
    }
    for kind, mode in modes.items():
        answer = target.create(thinking=mode, max_tokens=2048)
        same(f"the status of `{kind}`", answer.status, 200 if kind in kinds else 400)


@check("thinking", PAGE)
def a_budget_below_the_least(target: Target) -> None:
    """A thinking budget has 1024 tokens at least."""
    answer = target.create(thinking={"type": "enabled", "budget_tokens": 1023}, max_tokens=2048)
    refused(answer, 400, "invalid_request_error")


@check("thinking", "Effort")
def effort_by_model(target: Target) -> None:
    """A level of effort is taken by the models that have it, and refused by the others."""
    levels = facts(target).effort.levels
    for level in ("low", "max"):
        answer = target.create(output_config={"effort": level})
        same(f"the status of effort {level}", answer.status, 200 if level in levels else 400)


@check("thinking", "Structured outputs")
def structured_output(target: Target) -> None:
    """With a schema as format, the text is JSON of that schema."""
    if "structured_outputs" not in facts(target).features:
        raise Skipped("the model has no structured outputs")
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "degrees": {"type": "integer"}},
        "required": ["city", "degrees"],
        "additionalProperties": False,
    }
    form = {"format": {"type": "json_schema", "schema": schema}}
    words = [{"role": "user", "content": "It is 4 degrees in Oslo. Give city and degrees."}]
    body = message(target.create(output_config=form, messages=words))
    value = json_object("the text", text_of(body["content"]))
    same("the keys", sorted(value), ["city", "degrees"])
    expect(isinstance(value["city"], str), f"city is {value['city']!r}")
    expect(type(value["degrees"]) is int, f"degrees is {value['degrees']!r}")
