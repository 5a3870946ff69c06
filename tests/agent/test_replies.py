"""Replies that are odd, malformed or cut: what the run makes of them."""

from __future__ import annotations

from typing import Any

import pytest

from rookery import RunError
from rookery.errors import StreamError
from tests.agent.common import agent, call, is_valid, sent, text, use


def add(a: int, b: int = 0) -> int:
    """Add."""
    return a + b


THINKING = {"type": "thinking", "thinking": "Hm.", "signature": "EqQBCgIYAhIM"}
REDACTED = {"type": "redacted_thinking", "data": "EmwKAhgBEgy3va3pzix"}
SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"q": "é"}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
CITED = {"type": "text", "text": "As said.", "citations": None}


def test_blocks_go_back_as_they_came() -> None:
    content = [THINKING, REDACTED, CITED, SEARCH, FOUND, use("add", a=1)]
    worker, provider = agent({"content": content}, "ok", tools=[add])
    worker.run("Add.")
    assert sent(provider)["messages"][1] == {"role": "assistant", "content": content}


def test_an_unknown_block_is_kept() -> None:
    new = {"type": "hologram", "n": 1.50, "deep": {"list": [None, {"é": "\u2028"}]}}
    worker, _ = agent({"content": [new, text("See above.")]})
    result = worker.run("Show.")
    assert result.messages[1]["content"] == [new, text("See above.")]
    assert str(result) == "See above."


def test_two_calls_of_one_id_get_two() -> None:
    twice = {"content": [use("add", 1, a=1), use("add", 1, a=2)]}
    worker, provider = agent(twice, {"content": [use("add", 1, a=3)]}, "6", tools=[add])
    result = worker.run("Add.")
    calls = [b["id"] for m in result.messages[1::2] for b in m["content"] if "id" in b]
    assert calls == ["toolu_1", "toolu_1_2", "toolu_1_3"]
    assert [block["content"] for block in sent(provider, 1)["messages"][2]["content"]] == ["1", "2"]
    assert is_valid(result.messages)


def test_calls_that_end_the_turn_are_carried_out() -> None:
    early = {"content": [use("add", a=1)], "stop_reason": "end_turn"}
    worker, _ = agent(early, "1", tools=[add])
    assert str(worker.run("Add.")) == "1"


@pytest.mark.parametrize("stop_reason", ["max_tokens", "refusal", "model_context_window_exceeded"])
def test_calls_of_a_reply_that_was_cut_are_not(stop_reason: str) -> None:
    cut = {"content": [text("I add."), use("add", a=1)], "stop_reason": stop_reason}
    worker, _ = agent(cut, tools=[add])
    result = worker.run("Add.")
    assert result.messages[1:] == [{"role": "assistant", "content": [text("I add.")]}]


def test_a_promised_call_that_is_not_there_ends_the_turn() -> None:
    worker, _ = agent({"text": "I add.", "stop_reason": "tool_use"})
    assert worker.run("Add.").stop_reason == "end_turn"


@pytest.mark.parametrize(
    "content", [[], [text("")], [text(" \n")], [THINKING], [text(""), REDACTED]]
)
def test_a_reply_of_nothing_leaves_nothing(content: list[dict[str, Any]]) -> None:
    worker, _ = agent({"content": content, "stop_reason": "max_tokens"})
    result = worker.run("Think.")
    assert result.messages == [{"role": "user", "content": "Think."}]
    assert result.text.strip() == ""


def test_a_blank_text_beside_a_call_does_not_go_back() -> None:
    worker, provider = agent({"content": [text(""), use("add", a=1)]}, "1", tools=[add])
    worker.run("Add.")
    assert sent(provider)["messages"][1]["content"] == [use("add", a=1)]


def start(**fields: Any) -> dict[str, Any]:
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "usage": usage}
    return {"type": "message_start", "message": message | fields}


def block(content: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": 0, "content_block": content},
        {"type": "content_block_stop", "index": 0},
    ]


END: list[dict[str, Any]] = [
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 1}},
    {"type": "message_stop"},
]


def test_events_of_unknown_types_are_passed_over() -> None:
    new = {"type": "weather_report", "sunny": True}
    worker, _ = agent({"events": [new, start(), new, *block(text("hi")), new, *END, new]})
    assert str(worker.run("Hello?")) == "hi"


@pytest.mark.parametrize(
    "reply",
    [
        {"events": [start(id=None), *END]},
        {"events": [start(usage={}), *END]},
        {"events": [start(usage={"input_tokens": "many"}), *END]},
        {"events": [start(usage={"input_tokens": 1, "iterations": [1]}), *END]},
        {"events": [start(), *block({"type": "tool_use", "name": "add", "input": {}}), *END]},
        {"events": [start(), *block(use("add") | {"input": [1]}), *END]},
        {"events": [start(), *block(use("add") | {"name": None}), *END]},
        {"events": [start(), *END[:1]]},
        {"events": []},
        {"text": "Hello there.", "malformed": "{"},
        {"text": "Hello there.", "malformed": '{"type":"content_block_delta"}'},
        {"text": "Hello there.", "cut_after": 3},
        {"text": "Hello there.", "error_after": {"events": 3, "error": {"type": "api_error"}}},
    ],
)
def test_a_broken_reply_is_an_error_with_what_was_reached(reply: dict[str, Any]) -> None:
    worker, provider = agent(call("add", a=1), reply, tools=[add])
    with pytest.raises(RunError) as caught:
        worker.run("Add.")
    result = caught.value.result
    assert result.stop_reason == "error"
    assert [message["role"] for message in result.messages] == ["user", "assistant", "user"]
    assert is_valid(result.messages)
    assert provider.open_streams == 0


def test_a_malformed_call_is_named() -> None:
    broken = [start(), *block({"type": "tool_use", "id": "toolu_1", "input": {}}), *END]
    worker, _ = agent({"events": broken}, tools=[add])
    with pytest.raises(RunError, match="tool call of the reply is malformed") as caught:
        worker.run("Add.")
    assert isinstance(caught.value.__cause__, StreamError)
    assert len(caught.value.result.steps) == 1  # it was paid for


def calls_with(given: str) -> dict[str, Any]:
    """A reply that calls `add` with this text as its input."""
    block = {"type": "tool_use", "id": "toolu_1", "name": "add", "input": {}}
    delta = {"type": "input_json_delta", "partial_json": given}
    return {
        "events": [
            start(usage={"input_tokens": 1, "output_tokens": 1}),
            {"type": "content_block_start", "index": 0, "content_block": block},
            {"type": "content_block_delta", "index": 0, "delta": delta},
            {"type": "content_block_stop", "index": 0},
            {
                "type": "message_delta",
                "delta": {"stop_reason": "tool_use", "stop_sequence": None},
                "usage": {"output_tokens": 9},
            },
            {"type": "message_stop"},
        ]
    }


@pytest.mark.parametrize(
    "given", ['{"a": 1', "[1]", "1", '"a"', "{a: 1}", '{"a": "\\ud800"}', "[" * 5_000, "nothing"]
)
def test_an_input_that_is_no_json_object_is_told_to_the_model(given: str) -> None:
    worker, provider = agent(calls_with(given), "Then not.", tools=[add])
    result = worker.run("Add.")
    assert str(result) == "Then not."
    assert is_valid(result.messages)
    [answer] = sent(provider)["messages"][-1]["content"]
    assert answer["is_error"]
    assert answer["content"] == "The input of the call is no object in JSON."
