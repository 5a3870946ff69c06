"""The message object, its usage, and the fields of a request that shape it."""

from __future__ import annotations

from typing import Any

from rookery.testing.conformance.answers import message, refused, text_of
from rookery.testing.conformance.check import Skipped, check, expect, same
from rookery.testing.conformance.facts import facts
from rookery.testing.conformance.target import Target

PAGE = "Messages"
REASONS = ("end_turn", "max_tokens")
TIERS = ("standard", "priority", "batch")
ECHO = [{"role": "user", "content": "Reply with exactly: alpha bravo charlie"}]


@check("messages", PAGE)
def the_shape_of_a_message(target: Target) -> None:
    """A message has id, type, role, model, content, stop_reason, stop_sequence and usage."""
    body = message(target.create())
    expect(str(body.get("id")).startswith("msg_"), f"id is {body.get('id')!r}")
    same("type", body.get("type"), "message")
    same("role", body.get("role"), "assistant")
    expect(isinstance(body.get("model"), str), "model is missing")
    expect(body.get("stop_reason") in REASONS, f"stop_reason is {body.get('stop_reason')!r}")
    for name in ("stop_sequence", "stop_details", "container"):
        expect(name in body, f"{name} is missing")
        same(name, body[name], None)
    texts = [block for block in body["content"] if block["type"] == "text"]
    expect(texts and all(isinstance(block["text"], str) for block in texts), "there is no text")


@check("messages", PAGE)
def ids_differ(target: Target) -> None:
    """Each message has an id of its own."""
    found = {message(target.create())["id"] for _ in range(2)}
    expect(len(found) == 2, f"two messages have the id {found}")


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
def the_rest_of_usage(target: Target) -> None:
    """Usage splits the cache by time to live, and names the tier and the place."""
    usage = message(target.create())["usage"]
    split = usage.get("cache_creation")
    expect(isinstance(split, dict), f"usage.cache_creation is {split!r}")
    for name in ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"):
        expect(isinstance(split.get(name), int), f"{name} is {split.get(name)!r}")
    expect(usage.get("service_tier") in TIERS, f"service_tier is {usage.get('service_tier')!r}")
    expect("inference_geo" in usage, "inference_geo is missing")


@check("messages", PAGE)
def max_tokens_cuts(target: Target) -> None:
    """`max_tokens` ends the message, with the stop reason of that name."""
    long = [{"role": "user", "content": "Count from 1 to 500, in words, with nothing else."}]
    body = message(target.create(max_tokens=5, messages=long))
    same("stop_reason", body["stop_reason"], "max_tokens")
    expect(body["usage"]["output_tokens"] <= 5, f"{body['usage']['output_tokens']} tokens came")


@check("messages", "Prompt caching: pre-warming")
def no_output_at_all(target: Target) -> None:
    """`max_tokens: 0` reads the prompt and writes nothing."""
    body = message(target.create(max_tokens=0))
    same("content", body["content"], [])
    same("stop_reason", body["stop_reason"], "max_tokens")
    same("output_tokens", body["usage"]["output_tokens"], 0)


@check("messages", "Stop reasons")
def a_stop_sequence(target: Target) -> None:
    """A stop sequence ends the message, is told, and is no part of the text."""
    body = message(target.create(messages=ECHO, stop_sequences=["charlie", "no such words"]))
    expect("charlie" not in text_of(body["content"]), "the text has the stop sequence")
    if body["stop_reason"] != "stop_sequence":
        raise Skipped("the model did not come to write it")
    same("stop_sequence", body["stop_sequence"], "charlie")


@check("messages", PAGE)
def a_string_is_one_text_block(target: Target) -> None:
    """A string and one text block of the same words are the same prompt."""
    words = "Say hello in one short sentence."
    blocks = [{"role": "user", "content": [{"type": "text", "text": words}]}]
    one = message(target.create())["usage"]["input_tokens"]
    other = message(target.create(messages=blocks))["usage"]["input_tokens"]
    same("input_tokens of the block", other, one)


@check("messages", PAGE)
def a_system_prompt(target: Target) -> None:
    """A system prompt counts, and is the same as a string and as a text block."""
    words = "You are a polite assistant who answers in few words."
    plain = message(target.create())["usage"]["input_tokens"]
    string = message(target.create(system=words))["usage"]["input_tokens"]
    block = message(target.create(system=[{"type": "text", "text": words}]))["usage"]
    expect(string > plain, f"with a system prompt {string} tokens, without one {plain}")
    same("input_tokens of the block", block["input_tokens"], string)


@check("messages", PAGE)
def turns_in_a_row(target: Target) -> None:
    """A conversation is answered, also where a role speaks twice in a row."""
    history = [
        {"role": "user", "content": "My name is Ada."},
        {"role": "user", "content": "I am from London."},
        {"role": "assistant", "content": "Hello Ada."},
        {"role": "user", "content": "Say hello in one short sentence."},
    ]
    expect(message(target.create(messages=history))["content"], "the answer is empty")


@check("messages", "Prefill")
def a_prefill(target: Target) -> None:
    """A last message of the assistant is gone on with where the model takes it, else refused."""
    history = [*ECHO, {"role": "assistant", "content": "alpha"}]
    answer = target.create(messages=history)
    if facts(target).prefill:
        message(answer)
    else:
        refused(answer, 400, "invalid_request_error")


@check("messages", "Mid-conversation system messages")
def a_system_message(target: Target) -> None:
    """A system message after a user turn is taken by the models that have it, else refused."""
    history = [
        {"role": "user", "content": "Say hello in one short sentence."},
        {"role": "system", "content": "Answer politely."},
    ]
    answer = target.create(messages=history)
    if facts(target).system_turns:
        message(answer)
    else:
        refused(answer, 400, "invalid_request_error")


@check("messages", PAGE)
def fields_beside_the_prompt(target: Target) -> None:
    """`metadata` and `service_tier` are taken."""
    fields: dict[str, Any] = {"metadata": {"user_id": "user-1"}, "service_tier": "auto"}
    message(target.create(**fields))


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


@check("messages", "Errors")
def a_missing_field(target: Target) -> None:
    """A field that is required is asked for, by its name."""
    for name in ("model", "max_tokens", "messages"):
        answer = target.create(**{name: None})
        refused(answer, 400, "invalid_request_error")
        same("the message", answer.error["message"], f"{name}: Field required")
