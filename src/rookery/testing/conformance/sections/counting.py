"""`POST /v1/messages/count_tokens`."""

from __future__ import annotations

from typing import Any

from rookery.testing.conformance.answers import message, refused
from rookery.testing.conformance.check import check, expect, same
from rookery.testing.conformance.sections.thinking import config
from rookery.testing.conformance.sections.tools import TOOL
from rookery.testing.conformance.target import Target

PAGE = "Token counting"
TOLERANCE = 0.1
"""The API calls its count an estimate."""


def count(target: Target, **fields: Any) -> int:
    """Return the count of a request that is right but for these fields."""
    body = target.message(**{"max_tokens": None, **fields})
    answer = target.post("/v1/messages/count_tokens", body)
    expect(answer.status == 200, f"the status is {answer.status}: {answer.data[:160]!r}")
    expect("input_tokens" in (answer.json or {}), f"the answer is {answer.data[:80]!r}")
    tokens = answer.json["input_tokens"]
    expect(isinstance(tokens, int) and tokens > 0, f"input_tokens is {tokens!r}")
    return int(tokens)


def close(what: str, counted: int, used: int) -> None:
    """Expect a count to be that of the usage, but for what an estimate may differ."""
    expect(abs(counted - used) <= max(3, TOLERANCE * used), f"{what}: {counted}, used {used}")


@check("counting", PAGE)
def the_count_is_what_is_used(target: Target) -> None:
    """The count of a request is the input tokens that its message then has."""
    close("counted", count(target), message(target.create())["usage"]["input_tokens"])


@check("counting", PAGE)
def tools_and_system_count(target: Target) -> None:
    """System prompt and tools are counted too."""
    fields: dict[str, Any] = {"system": "You are terse. " * 20, "tools": [TOOL]}
    used = message(target.create(**fields))["usage"]["input_tokens"]
    close("counted", count(target, **fields), used)
    expect(count(target, **fields) > count(target), "they change nothing")


@check("counting", PAGE)
def thinking_is_taken(target: Target) -> None:
    """A request with thinking is counted."""
    count(target, thinking=config(target))


@check("counting", PAGE)
def max_tokens_is_no_part_of_it(target: Target) -> None:
    """`max_tokens` says nothing about the prompt, and is refused."""
    answer = target.post("/v1/messages/count_tokens", target.message())
    refused(answer, 400, "invalid_request_error")
    same("the message", answer.error["message"], "max_tokens: Extra inputs are not permitted")


@check("counting", PAGE)
def more_text_is_more_tokens(target: Target) -> None:
    """Ten times the text is about ten times the tokens."""
    words = "The quick brown fox jumps over the lazy dog. " * 20
    one = count(target, messages=[{"role": "user", "content": words}])
    ten = count(target, messages=[{"role": "user", "content": words * 10}])
    expect(8 * one < ten < 10.5 * one, f"{one} tokens became {ten}")


@check("counting", "Errors")
def the_same_refusals(target: Target) -> None:
    """What a message is refused for, its count is refused for."""
    wrong: tuple[dict[str, Any], ...] = ({"messages": None}, {"messages": []}, {"new_field": 1})
    for fields in wrong:
        body = target.message(**{"max_tokens": None, **fields})
        answer = target.post("/v1/messages/count_tokens", body)
        refused(answer, 400, "invalid_request_error")
