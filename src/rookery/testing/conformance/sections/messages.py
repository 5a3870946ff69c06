"""The message object, its usage, and the fields of a request that shape it."""

from __future__ import annotations

from typing import Any

from rookery.testing.conformance.check import check, expect, same
from rookery.testing.conformance.sections.transport import refused
from rookery.testing.conformance.target import Answer, Target

PAGE = "Messages"


def message(answer: Answer) -> dict[str, Any]:
    """Return the message of a response. Raises Failed where it has none."""
    same("the status", answer.status, 200)
    body = answer.json
    expect(isinstance(body, dict), "the body is no JSON object")
    return dict(body)


@check("messages", PAGE)
def the_shape_of_a_message(target: Target) -> None:
    """A message has id, type, role, model, content, stop_reason, stop_sequence and usage."""
    body = message(target.create())
    expect(str(body.get("id")).startswith("msg_"), f"id is {body.get('id')!r}")
    same("type", body.get("type"), "message")
    same("role", body.get("role"), "assistant")
    expect(isinstance(body.get("model"), str), "model is missing")
    expect(body.get("stop_reason") in ("end_turn", "max_tokens"), f"{body.get('stop_reason')=}")
    expect("stop_sequence" in body, "stop_sequence is missing")
    texts = [block for block in body["content"] if block["type"] == "text"]
    expect(texts and all(isinstance(block["text"], str) for block in texts), "there is no text")


@check("messages", PAGE)
def the_shape_of_usage(target: Target) -> None:
    """Usage counts input, output and both cache figures, as integers."""
    usage = message(target.create())["usage"]
    for name in (
        "input_tokens",
        "output_tokens",
        "cache_creation_input_tokens",
        "cache_read_input_tokens",
    ):
        expect(isinstance(usage.get(name), int), f"usage.{name} is {usage.get(name)!r}")
    expect(usage["input_tokens"] > 0, "input_tokens is 0")
    expect(usage["output_tokens"] > 0, "output_tokens is 0")


@check("messages", PAGE)
def max_tokens_cuts(target: Target) -> None:
    """`max_tokens` ends the message, with the stop reason of that name."""
    long = [{"role": "user", "content": "Count from 1 to 500, in words, with nothing else."}]
    body = message(target.create(max_tokens=5, messages=long))
    same("stop_reason", body["stop_reason"], "max_tokens")
    expect(body["usage"]["output_tokens"] <= 5, f"{body['usage']['output_tokens']} tokens came")


@check("messages", PAGE)
def a_string_is_one_text_block(target: Target) -> None:
    """A string and one text block of the same words are the same prompt."""
    words = "Say hello in one short sentence."
    blocks = [{"role": "user", "content": [{"type": "text", "text": words}]}]
    one = message(target.create())["usage"]["input_tokens"]
    other = message(target.create(messages=blocks))["usage"]["input_tokens"]
    same("input_tokens of the block", other, one)


@check("messages", PAGE)
def an_unknown_model(target: Target) -> None:
    """A model that does not exist: 404 not_found_error."""
    refused(target.create(model="claude-that-never-was"), 404, "not_found_error")


@check("messages", "Errors")
def an_unknown_field(target: Target) -> None:
    """A field that the API does not have is refused, by its name."""
    answer = target.create(no_such_field=1)
    refused(answer, 400, "invalid_request_error")
    same("the message", answer.error["message"], "no_such_field: Extra inputs are not permitted")
