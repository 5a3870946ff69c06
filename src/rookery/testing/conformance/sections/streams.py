"""Server-sent events: the grammar, and that a stream is the same message in pieces."""

from __future__ import annotations

from rookery.testing.conformance.check import check, expect, same
from rookery.testing.conformance.grammar import faults
from rookery.testing.conformance.sections.transport import refused
from rookery.testing.conformance.target import Streamed, Target

PAGE = "Streaming messages"


def good(streamed: Streamed) -> Streamed:
    """Return a stream that breaks no rule of the grammar. Raises Failed."""
    same("the status", streamed.answer.status, 200)
    found = faults(streamed.records)
    expect(not found, "; ".join(found[:5]))
    return streamed


@check("streams", PAGE)
def the_grammar(target: Target) -> None:
    """A stream follows the grammar: start, blocks in order with deltas of their kind, end."""
    good(target.stream())


@check("streams", PAGE)
def the_content_type(target: Target) -> None:
    """A stream is `text/event-stream`, and is not to be cached."""
    headers = target.stream().answer.headers
    expect(headers["content-type"].startswith("text/event-stream"), headers["content-type"])
    expect("no-cache" in headers.get("cache-control", ""), f"{headers.get('cache-control')=}")


@check("streams", PAGE)
def input_tokens_at_the_start(target: Target) -> None:
    """`message_start` has the real input tokens, those that the whole message has."""
    records = good(target.stream()).records
    at_start = records[0].data["message"]["usage"]["input_tokens"]
    whole = target.create().json["usage"]["input_tokens"]
    same("input_tokens in message_start", at_start, whole)


@check("streams", "Errors")
def a_refusal_is_plain_json(target: Target) -> None:
    """What fails before the first event is a JSON error, as without a stream."""
    refused(target.stream(max_tokens=-1).answer, 400, "invalid_request_error")
