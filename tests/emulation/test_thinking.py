"""Thinking by model family (platform.claude.com, "Thinking" and "Extended thinking")."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.catalog.lookup import Catalog
from rookery.emulation.prompt import count_prompt
from rookery.emulation.signature import TamperedError, read_signature, sign
from rookery.emulation.text import count_text
from rookery.providers.base import Call
from rookery.providers.offline.provider import OfflineProvider
from rookery.wire.fold import fold
from rookery.wire.messages import CountTokensRequest, Request

CATALOG = Catalog.builtin()
TOOL = {
    "name": "get_weather",
    "description": "Get the weather of a city.",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string", "description": "The city."}},
        "required": ["city"],
    },
}
ENABLED = {"type": "enabled", "budget_tokens": 1024}
ADAPTIVE = {"type": "adaptive", "display": "summarized"}
INTERLEAVED = ("interleaved-thinking-2025-05-14",)
ASK = {"role": "user", "content": "What is the weather in Oslo?"}


def request_of(model: str, **fields: Any) -> dict[str, Any]:
    given = {name: value for name, value in fields.items() if value is not None}
    return {"model": model, "max_tokens": 4000, "messages": [ASK], "tools": [TOOL], **given}


def after_results(model: str, **fields: Any) -> dict[str, Any]:
    """Return a request in the middle of a turn: one call is answered, another is to make."""
    call = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Oslo"}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "Rain"}
    ask = {"role": "user", "content": "What is the weather in Oslo? What is the weather in Rome?"}
    turns = [ask, {"role": "assistant", "content": [call]}, {"role": "user", "content": [result]}]
    return request_of(model, messages=turns, **fields)


async def answer(body: dict[str, Any], betas: tuple[str, ...] = ()) -> dict[str, Any]:
    request = Request(json.dumps(body).encode())
    reply = await OfflineProvider(seed=1).create(request, Call("req_1", betas=betas))
    return json.loads(reply.data)  # type: ignore[no-any-return]


def kinds(message: dict[str, Any]) -> list[str]:
    return [block["type"] for block in message["content"]]


# --- whether it thinks ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "thinking", "thinks"),
    [
        ("claude-fable-5-2", None, True),
        ("claude-opus-5-5", None, True),
        ("claude-opus-5", None, True),
        ("claude-sonnet-5-5", None, True),
        ("claude-sonnet-5", None, True),
        ("claude-haiku-5-5", None, True),
        ("claude-opus-5", {"type": "disabled"}, False),
        ("claude-opus-4-8", None, False),
        ("claude-opus-4-7", {"type": "adaptive"}, True),
        ("claude-opus-4-6", None, False),
        ("claude-sonnet-4-6", {"type": "adaptive"}, True),
        ("claude-sonnet-4-6", ENABLED, True),
        ("claude-opus-4-5", ENABLED, True),
        ("claude-haiku-4-5", None, False),
        ("claude-haiku-4-5", ENABLED, True),
        ("claude-sonnet-5-5", {"type": "between_tools"}, False),
    ],
)
async def test_the_model_decides_what_holds_if_nothing_is_said(
    model: str, thinking: dict[str, Any] | None, thinks: bool
) -> None:
    message = await answer(request_of(model, thinking=thinking))
    assert kinds(message) == (["thinking"] if thinks else []) + ["tool_use"]


@pytest.mark.parametrize(
    ("effort", "thinks"), [("low", False), ("medium", False), ("high", True), ("max", True)]
)
async def test_low_effort_skips_thinking_for_what_is_simple(effort: str, thinks: bool) -> None:
    simple = [{"role": "user", "content": "What is 2+2?"}]
    asked = {"effort": effort}
    message = await answer(
        request_of("claude-opus-5", messages=simple, tools=None, output_config=asked)
        | {"tools": []}
    )
    assert ("thinking" in kinds(message)) is thinks
    harder = await answer(request_of("claude-opus-5", output_config=asked))
    assert kinds(harder) == ["thinking", "tool_use"]


async def test_a_forced_call_has_no_thinking() -> None:
    for choice in ({"type": "any"}, {"type": "tool", "name": "get_weather"}):
        assert kinds(await answer(request_of("claude-opus-5", tool_choice=choice))) == ["tool_use"]


# --- between the calls of tools ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "thinking", "betas", "found"),
    [
        ("claude-opus-5", None, (), ["thinking", "tool_use"]),
        ("claude-sonnet-4-6", {"type": "adaptive"}, (), ["thinking", "tool_use"]),
        ("claude-sonnet-4-6", ENABLED, (), ["tool_use"]),
        ("claude-sonnet-4-6", ENABLED, INTERLEAVED, ["thinking", "tool_use"]),
        ("claude-opus-4-5", ENABLED, INTERLEAVED, ["thinking", "tool_use"]),
        ("claude-opus-4-6", ENABLED, INTERLEAVED, ["tool_use"]),
        ("claude-haiku-4-5", ENABLED, INTERLEAVED, ["tool_use"]),
        ("claude-sonnet-5-5", {"type": "between_tools"}, (), ["thinking", "tool_use"]),
    ],
)
async def test_where_thinking_stands_between_calls(
    model: str, thinking: dict[str, Any] | None, betas: tuple[str, ...], found: list[str]
) -> None:
    message = await answer(after_results(model, thinking=thinking), betas)
    assert kinds(message) == found
    assert message["content"][-1]["input"] == {"city": "Rome"}


# --- what is shown and what it costs -------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "thinking", "is_shown"),
    [
        ("claude-sonnet-4-6", {"type": "adaptive"}, True),
        ("claude-haiku-4-5", ENABLED, True),
        ("claude-haiku-4-5", {**ENABLED, "display": "omitted"}, False),
        ("claude-opus-4-7", {"type": "adaptive"}, False),
        ("claude-opus-5-5", None, False),
        ("claude-opus-5-5", {"type": "adaptive", "display": "summarized"}, True),
        ("claude-opus-5-5", {"type": "adaptive", "display": "omitted"}, False),
    ],
)
async def test_what_is_shown_of_it(
    model: str, thinking: dict[str, Any] | None, is_shown: bool
) -> None:
    message = await answer(request_of(model, thinking=thinking))
    block = message["content"][0]
    assert list(block) == ["type", "thinking", "signature"]
    signed = read_signature(block["signature"])
    assert signed is not None
    assert signed.shown is is_shown
    assert block["thinking"] == (signed.thinking if is_shown else "")
    thought = count_text(signed.thinking, CATALOG.get(model))
    usage = message["usage"]
    assert usage["output_tokens_details"] == {"thinking_tokens": thought}
    assert usage["output_tokens"] > thought > 0


async def test_between_tools_shows_its_updates() -> None:
    message = await answer(after_results("claude-sonnet-5-5", thinking={"type": "between_tools"}))
    assert "Rome" in message["content"][0]["thinking"]


async def test_the_thinking_says_what_the_rules_did() -> None:
    message = await answer(request_of("claude-opus-5", thinking=ADAPTIVE))
    assert message["content"][0]["thinking"] == (
        '"What is the weather in Oslo?" speaks for `get_weather` by "weather"; from the text: '
        "city = Oslo."
    )
    assert (
        message["content"]
        == (await answer(request_of("claude-opus-5", thinking=ADAPTIVE)))["content"]
    )


async def test_thinking_counts_toward_max_tokens() -> None:
    whole = await answer(request_of("claude-opus-5", thinking=ADAPTIVE))
    thought = whole["usage"]["output_tokens_details"]["thinking_tokens"]
    cut = await answer(request_of("claude-opus-5", thinking=ADAPTIVE) | {"max_tokens": thought - 5})
    assert kinds(cut) == ["thinking"]
    assert whole["content"][0]["thinking"].startswith(cut["content"][0]["thinking"])
    assert cut["stop_reason"] == "max_tokens"
    assert cut["usage"]["output_tokens"] <= thought - 5
    none = await answer(
        request_of("claude-opus-5", thinking=ADAPTIVE) | {"max_tokens": thought + 1}
    )
    assert (kinds(none), none["stop_reason"]) == (["thinking"], "max_tokens")


async def test_the_stream_is_the_same_message() -> None:
    provider = OfflineProvider(seed=1)
    body = request_of("claude-opus-5", thinking=ADAPTIVE)
    streamed = Request(json.dumps({**body, "stream": True}).encode())
    stream = fold([event async for event in provider.stream(streamed, Call("req_1"))])
    whole = await answer(body)
    assert json.loads(stream.data) == whole


# --- handed back ---------------------------------------------------------------------------------


def counted(model: str, *messages: dict[str, Any]) -> int:
    body = {"model": model, "messages": list(messages)}
    return count_prompt(CountTokensRequest(json.dumps(body).encode()).body, CATALOG.get(model))


@pytest.mark.parametrize(
    ("model", "keeps"),
    [
        ("claude-opus-4-5", True),
        ("claude-sonnet-4-6", True),
        ("claude-haiku-5-5", True),
        ("claude-sonnet-4-5", False),
        ("claude-haiku-4-5", False),
    ],
)
def test_old_thinking_counts_where_the_model_keeps_it(model: str, keeps: bool) -> None:
    said = {"type": "text", "text": "It rains."}
    thought = {
        "type": "thinking",
        "thinking": "",
        "signature": sign("Rain it is. " * 9, shown=False),
    }
    turns = [
        counted(model, ASK, {"role": "assistant", "content": content}, ASK)
        for content in ([said], [thought, said])
    ]
    assert (turns[1] > turns[0]) is keeps


def test_thinking_counts_as_much_without_its_text() -> None:
    model = "claude-opus-5"
    text = "The words of the request fit one tool only."
    blocks = [
        {"type": "thinking", "thinking": text, "signature": sign(text, shown=True)},
        {"type": "thinking", "thinking": "", "signature": sign(text, shown=False)},
        {"type": "thinking", "thinking": text, "signature": "of another server"},
    ]
    said = {"type": "text", "text": "ok"}
    assert (
        len({counted(model, ASK, {"role": "assistant", "content": [b, said]}, ASK) for b in blocks})
        == 1
    )


def test_thinking_that_cannot_be_read_counts_by_its_length() -> None:
    said = {"type": "text", "text": "ok"}
    short, long = (
        counted("claude-opus-5", ASK, {"role": "assistant", "content": [block, said]}, ASK)
        for block in (
            {"type": "thinking", "thinking": "", "signature": "x" * 100},
            {"type": "redacted_thinking", "data": "x" * 1000},
        )
    )
    assert 0 < short < long


@given(st.text(max_size=300), st.booleans(), st.data())
def test_a_signature_carries_its_thinking_and_no_change_goes_unseen(
    text: str, is_shown: bool, data: st.DataObject
) -> None:
    signature = sign(text, shown=is_shown)
    assert read_signature(signature) == (text, is_shown)
    at = data.draw(st.integers(8, len(signature) - 1))
    other = data.draw(st.sampled_from("ABcd01+/"))
    changed = signature[:at] + other + signature[at + 1 :]
    if changed != signature:
        with pytest.raises(TamperedError):
            read_signature(changed)
    with pytest.raises(TamperedError):
        read_signature(signature[:at])


def test_foreign_signatures_are_left_to_their_server() -> None:
    assert read_signature("EqQBCgIYAhIM1gbcDa9GJwZA2b") is None
    assert read_signature("") is None
