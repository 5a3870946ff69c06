"""What every section expects of an answer: a message, a stream in order, an error of the API's."""

from __future__ import annotations

from typing import Any

from rookery.testing.conformance.check import expect, same
from rookery.testing.conformance.grammar import faults
from rookery.testing.conformance.target import Answer, Streamed


def message(answer: Answer) -> dict[str, Any]:
    """Return the message of a response. Raises Failed where it has none."""
    expect(answer.status == 200, f"the status is {answer.status}: {answer.data[:160]!r}")
    body = answer.json
    expect(isinstance(body, dict), "the body is no JSON object")
    return dict(body)


def text_of(content: list[dict[str, Any]]) -> str:
    """Return the text of a reply."""
    return "".join(block["text"] for block in content if block["type"] == "text")


def good(streamed: Streamed) -> Streamed:
    """Return a stream that breaks no rule of the grammar. Raises Failed."""
    answer = streamed.answer
    expect(answer.status == 200, f"the status is {answer.status}: {answer.data[:160]!r}")
    found = faults(streamed.records)
    expect(not found, "; ".join(found[:5]))
    return streamed


def refused(answer: Answer, status: int, kind: str) -> None:
    """Expect an error of the API's shape, with this status and type."""
    same("the status", answer.status, status)
    body = answer.json
    expect(isinstance(body, dict), f"the body is no JSON object: {answer.data[:80]!r}")
    same("`type`", body.get("type"), "error")
    same("`error.type`", answer.error.get("type"), kind)
    expect(answer.error.get("message"), "`error.message` is missing")
    expect(answer.headers.get("request-id"), "the `request-id` header is missing")
    same("`request_id`", body.get("request_id"), answer.headers["request-id"])
