from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rookery.catalog.lookup import Catalog
from rookery.emulation.cut import cut
from rookery.emulation.draft import Draft
from rookery.emulation.emulator import Emulator
from rookery.emulation.prompt import count_prompt
from rookery.emulation.tokens import count_block
from rookery.wire.blocks import Text
from rookery.wire.fold import events, fold
from rookery.wire.ids import Ids
from rookery.wire.messages import InputMessage, Message, MessagesRequest, Reply
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


def replied(*content: dict[str, Any], draft_reason: Any = "end_turn", **fields: Any) -> Reply:
    values = {"max_tokens": 1000, "messages": [InputMessage("user", "hi")], **fields}
    request = MessagesRequest(model=MODEL.id, **values)
    turn = Emulator(ids=Ids(0)).open(request)
    return turn.finish(Draft(list(content), draft_reason))


def finished(*content: dict[str, Any], draft_reason: Any = "end_turn", **fields: Any) -> Message:
    return replied(*content, draft_reason=draft_reason, **fields).body


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


def test_max_tokens_cuts_thinking() -> None:
    thought = {**THOUGHT, "thinking": "hm, " * 40}
    message = finished(thought, text("so"), max_tokens=10)
    [kept] = message.content
    assert thought["thinking"].startswith(kept["thinking"])
    assert 0 < len(kept["thinking"]) < len(thought["thinking"])
    assert kept["signature"] == thought["signature"]
    assert message.stop_reason == "max_tokens"


LONG = {"city": "Oslo", "days": [1, 2, {"a": "b, c"}], "note": "x, " * 100, "last": 1}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": LONG}


def test_max_tokens_in_the_middle_of_an_input_leaves_the_keys_before_it() -> None:
    seen = []
    whole = count_block(CALL, MODEL)
    for tokens in range(1, whole + 1):
        reply = replied(CALL, draft_reason="tool_use", max_tokens=tokens)
        message = reply.body
        assert message.usage.output_tokens <= tokens
        if tokens == whole:
            assert (message.content, message.stop_reason) == ([CALL], "tool_use")
            assert reply.cut_input is None
            continue
        assert message.stop_reason == "max_tokens"
        for block in message.content:
            kept = block["input"]
            assert list(kept.items()) == list(LONG.items())[: len(kept)]
            assert reply.cut_input is not None
            assert msgspec.json.encode(LONG).decode().startswith(reply.cut_input)
            seen.append(len(kept))
    assert seen == sorted(seen)
    assert set(seen) == {0, 1, 2, 3}


def test_a_cut_input_is_streamed_raw_only_where_that_is_asked_for() -> None:
    reply = replied(CALL, draft_reason="tool_use", max_tokens=count_block(CALL, MODEL) - 20)
    raw = "".join(partial_json(reply, eager=["look"]))
    assert raw == reply.cut_input
    assert raw.rstrip(", ").endswith("x, x, x")
    assert "".join(partial_json(reply, eager=[])) == '{"city":"Oslo","days":[1,2,{"a":"b, c"}]'
    assert fold(events(reply)).plain["content"] == reply.body.content


def partial_json(reply: Reply, eager: list[str]) -> list[str]:
    bodies = [event.plain for event in events(reply, eager=eager)]
    return [b["delta"]["partial_json"] for b in bodies if b["type"] == "content_block_delta"]


def test_a_full_context_window_cuts_as_max_tokens_does() -> None:
    request = MessagesRequest(
        model=MODEL.id, max_tokens=1000, messages=[InputMessage("user", "hi")]
    )
    prompt = count_prompt(request, MODEL)
    said = text("word " * 200)
    for room, reason in (
        (10, "model_context_window_exceeded"),
        (0, "model_context_window_exceeded"),
        (-5, "model_context_window_exceeded"),
        (999, "end_turn"),
        (5000, "end_turn"),
    ):
        model = msgspec.structs.replace(MODEL, max_input_tokens=prompt + room)
        ending = cut(request, Draft([said]), model, prompt)
        assert ending.stop_reason == reason
        assert sum(count_block(b, model) for b in ending.content) <= max(0, room)
    small = msgspec.structs.replace(request, max_tokens=5)
    model = msgspec.structs.replace(MODEL, max_input_tokens=prompt + 5)
    assert cut(small, Draft([said]), model, prompt).stop_reason == "max_tokens"


# --- prefill -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prefill", "said", "left"),
    [
        ("The answer is", "The answer is 4.", " 4."),
        ("The answer is", " 4.", " 4."),
        ("The", "No. The answer", "No. The answer"),
        ([Text("one"), Text("two")], "two three", " three"),
        ([], "two", "two"),
    ],
)
def test_a_reply_goes_on_where_the_prefill_ends(prefill: Any, said: str, left: str) -> None:
    messages = [InputMessage("user", "?"), InputMessage("assistant", prefill)]
    assert words(finished(text(said), messages=messages)) == [left]


def test_of_a_reply_that_is_all_prefill_no_empty_block_is_left() -> None:
    messages = [InputMessage("user", "?"), InputMessage("assistant", "four")]
    message = finished(text("four"), messages=messages)
    assert (message.content, message.stop_reason) == ([], "end_turn")


def test_only_the_last_turn_is_a_prefill() -> None:
    messages = [InputMessage("user", "?"), InputMessage("assistant", "a"), InputMessage("user", "")]
    assert words(finished(text("ab"), messages=messages)) == ["ab"]


def test_a_stop_sequence_of_the_prefill_is_none_of_the_reply() -> None:
    messages = [InputMessage("user", "?"), InputMessage("assistant", "one.")]
    message = finished(text("one. two. three"), messages=messages, stop_sequences=["."])
    assert words(message) == [" two"]


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
    message = finished(text("x" * 100), max_tokens=10)
    request = MessagesRequest(model=MODEL.id, max_tokens=10, messages=[InputMessage("user", "hi")])
    assert message.usage.input_tokens == count_prompt(request, MODEL)
    assert message.usage.output_tokens == 10


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
