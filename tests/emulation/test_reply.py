from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rookery.catalog.lookup import Catalog
from rookery.emulation.draft import Draft
from rookery.emulation.emulator import Emulator
from rookery.emulation.prompt import count_prompt
from rookery.emulation.tokens import count_block
from rookery.wire.ids import Ids
from rookery.wire.messages import InputMessage, Message, MessagesRequest
from rookery.wire.usage import Usage

MODEL = Catalog.builtin().get("claude-haiku-4-5")
TOOL = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"where": "here"}}
THOUGHT = {"type": "thinking", "thinking": "abc", "signature": "s"}

texts = st.text(st.sampled_from("ab c\u00e9\U0001f426"), min_size=1, max_size=40)
drafts = st.lists(
    st.builds(lambda said: {"type": "text", "text": said}, texts)
    | st.sampled_from([TOOL, THOUGHT]),
    max_size=4,
)


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def finished(*content: dict[str, Any], draft_reason: Any = "end_turn", **fields: Any) -> Message:
    values = {"max_tokens": 1000, "messages": [InputMessage("user", "hi")], **fields}
    request = MessagesRequest(model=MODEL.id, **values)
    turn = Emulator(ids=Ids(0)).open(request)
    return turn.finish(Draft(list(content), draft_reason)).body


def words(message: Message) -> list[str]:
    return [block["text"] for block in message.content]


def test_a_draft_that_fits_is_the_message() -> None:
    message = finished(text("one"), TOOL, draft_reason="tool_use")
    assert message.content == [text("one"), TOOL]
    assert (message.stop_reason, message.stop_sequence) == ("tool_use", None)
    assert (message.model, message.role) == (MODEL.id, "assistant")
    assert message.id.startswith("msg_01")


# --- stop sequences ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "sequences", "kept", "stopped_at"),
    [
        ("one two three", ["two"], "one ", "two"),
        ("one two three", ["three", "two"], "one ", "two"),
        ("one two two", ["two"], "one ", "two"),
        ("abcabc", ["bc", "abcd"], "a", "bc"),
        ("abc", ["abc", "ab"], None, "ab"),
        ("two", ["two"], None, "two"),
        ("\U0001f426e\u0301", ["\u0301"], "\U0001f426e", "\u0301"),
    ],
)
def test_the_earliest_stop_sequence_ends_the_text(
    said: str, sequences: list[str], kept: str | None, stopped_at: str
) -> None:
    message = finished(text(said), TOOL, stop_sequences=sequences)
    assert words(message) == ([kept] if kept else [])
    assert (message.stop_reason, message.stop_sequence) == ("stop_sequence", stopped_at)


def test_a_stop_sequence_does_not_reach_across_blocks() -> None:
    message = finished(text("one t"), text("wo"), stop_sequences=["two"])
    assert words(message) == ["one t", "wo"]
    assert (message.stop_reason, message.stop_sequence) == ("end_turn", None)


def test_a_stop_sequence_in_a_later_block_keeps_the_earlier_ones() -> None:
    message = finished(text("one"), THOUGHT, text("x two y"), text("z"), stop_sequences=["two"])
    assert message.content == [text("one"), THOUGHT, text("x ")]


def test_thinking_and_tool_calls_are_not_searched() -> None:
    message = finished(THOUGHT, TOOL, stop_sequences=["abc", "here"], draft_reason="tool_use")
    assert message.content == [THOUGHT, TOOL]
    assert message.stop_reason == "tool_use"


# --- max_tokens ----------------------------------------------------------------------------------


def test_max_tokens_cuts_a_text() -> None:
    message = finished(text("x" * 100), max_tokens=10)
    assert words(message) == ["x" * 44]
    assert (message.stop_reason, message.usage.output_tokens) == ("max_tokens", 10)


def test_max_tokens_leaves_out_a_call_that_does_not_fit() -> None:
    message = finished(text("abc"), TOOL, text("d"), max_tokens=5, draft_reason="tool_use")
    assert message.content == [text("abc")]
    assert message.stop_reason == "max_tokens"


def test_max_tokens_0_warms_the_cache_only() -> None:
    for content in ([text("hello")], [text("")], []):
        message = finished(*content, max_tokens=0)
        assert (message.content, message.stop_reason) == ([], "max_tokens")
        assert message.usage.output_tokens == 0
        assert message.usage.input_tokens > 0


def test_of_a_stop_sequence_and_max_tokens_the_first_one_holds() -> None:
    late = finished(text("x" * 100 + "stop"), stop_sequences=["stop"], max_tokens=10)
    assert (late.stop_reason, late.stop_sequence) == ("max_tokens", None)
    early = finished(text("x stop" + "x" * 100), stop_sequences=["stop"], max_tokens=10)
    assert (early.stop_reason, early.stop_sequence) == ("stop_sequence", "stop")


@given(drafts, st.integers(0, 40), st.lists(texts, max_size=2))
@settings(max_examples=300, deadline=None)
def test_a_message_never_exceeds_max_tokens(
    content: list[dict[str, Any]], max_tokens: int, sequences: list[str]
) -> None:
    message = finished(*content, max_tokens=max_tokens, stop_sequences=sequences)
    assert message.usage.output_tokens <= max_tokens
    assert message.usage.output_tokens == sum(count_block(b, MODEL) for b in message.content)
    for kept, said in zip(message.content, content, strict=False):
        if kept["type"] == said["type"] == "text":
            assert said["text"].startswith(kept["text"])
    assert (message.stop_reason == "stop_sequence") is (message.stop_sequence is not None)
    if message.stop_reason == "end_turn":
        assert message.content == content


def test_the_usage_is_that_of_the_prompt_and_of_what_was_kept() -> None:
    message = finished(text("x" * 100), max_tokens=10, inference_geo="us")
    request = MessagesRequest(
        model=MODEL.id, max_tokens=10, messages=[InputMessage("user", "hi")], inference_geo="us"
    )
    assert message.usage.input_tokens == count_prompt(request, MODEL)
    assert message.usage.service_tier == "standard"
    assert message.usage.inference_geo == "us"
    assert finished(text("x")).usage.inference_geo == "global"


def test_what_is_written_is_kept() -> None:
    request = MessagesRequest(model=MODEL.id, max_tokens=3, messages=[])
    usage = Usage(input_tokens=1, output_tokens=2)
    long = Draft([text("x" * 100)])
    message = Emulator().open(request).as_written(long, usage).body
    assert (message.usage, message.content) == (usage, long.content)


def test_the_draft_is_not_changed() -> None:
    block = text("one two")
    finished(block, stop_sequences=["two"], max_tokens=1)
    assert block == text("one two")


def test_seeded_ids_repeat() -> None:
    assert finished(text("a")).id == finished(text("b")).id
