"""Server-sent events: the grammar, and that a stream is the same message in pieces."""

from __future__ import annotations

from rookery.testing.conformance.answers import good, message, refused
from rookery.testing.conformance.check import Skipped, check, expect, same
from rookery.testing.conformance.sections.messages import ECHO
from rookery.testing.conformance.target import Streamed, Target

PAGE = "Streaming messages"


def text_of(streamed: Streamed) -> str:
    """Return the text that the deltas of a stream make up."""
    return "".join(data["delta"].get("text", "") for data in streamed.of("content_block_delta"))


@check("streams", PAGE)
def the_grammar(target: Target) -> None:
    """A stream follows the grammar: start, blocks in order with deltas of their kind, end."""
    expect(text_of(good(target.stream())), "there is no text")


@check("streams", PAGE)
def the_content_type(target: Target) -> None:
    """A stream is `text/event-stream`, and is not to be cached."""
    headers = target.stream().answer.headers
    expect(headers["content-type"].startswith("text/event-stream"), headers["content-type"])
    expect("no-cache" in headers.get("cache-control", ""), f"{headers.get('cache-control')=}")


@check("streams", PAGE)
def the_message_at_the_start(target: Target) -> None:
    """`message_start` has the whole message object and usage but for what is still to come."""
    start = good(target.stream()).of("message_start")[0]["message"]
    missing = set(message(target.create())) - set(start)
    expect(not missing, f"message_start lacks {sorted(missing)}")
    for name in ("cache_creation_input_tokens", "cache_read_input_tokens"):
        count = start["usage"].get(name)
        expect(isinstance(count, int), f"usage.{name} in message_start is {count!r}")
    expect(str(start["id"]).startswith("msg_"), f"id is {start['id']!r}")


@check("streams", PAGE)
def input_tokens_at_the_start(target: Target) -> None:
    """`message_start` has the real input tokens, those that the whole message has."""
    start = good(target.stream()).of("message_start")[0]
    whole = message(target.create())["usage"]["input_tokens"]
    same("input_tokens in message_start", start["message"]["usage"]["input_tokens"], whole)


@check("streams", PAGE)
def max_tokens_in_a_stream(target: Target) -> None:
    """A stream that `max_tokens` ends says so, with the count."""
    long = [{"role": "user", "content": "Count from 1 to 500, in words, with nothing else."}]
    last = good(target.stream(max_tokens=5, messages=long)).of("message_delta")[-1]
    same("stop_reason", last["delta"]["stop_reason"], "max_tokens")
    expect(0 < last["usage"]["output_tokens"] <= 5, f"{last['usage']['output_tokens']} tokens")


@check("streams", PAGE)
def a_stop_sequence_in_a_stream(target: Target) -> None:
    """A stop sequence is told at the end, and no piece of it is sent."""
    streamed = good(target.stream(messages=ECHO, stop_sequences=["charlie"]))
    expect("ch" not in text_of(streamed), f"the text has a piece of it: {text_of(streamed)!r}")
    delta = streamed.of("message_delta")[-1]["delta"]
    if delta["stop_reason"] != "stop_sequence":
        raise Skipped("the model did not come to write it")
    same("stop_sequence", delta.get("stop_sequence"), "charlie")


@check("streams", "Errors")
def a_refusal_is_plain_json(target: Target) -> None:
    """What fails before the first event is a JSON error, as without a stream."""
    refused(target.stream(max_tokens=-1).answer, 400, "invalid_request_error")
