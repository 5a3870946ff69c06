from __future__ import annotations

import contextlib
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rookery.errors import APIError, OverloadedError, StreamError
from rookery.wire.events import Event
from rookery.wire.fold import Folder, events, fold
from rookery.wire.messages import Reply
from rookery.wire.sse import Decoder, encode
from tests.wire import strategies as some

CHUNKS = st.sampled_from([1, 2, 7, 24, 10_000])


def message(*content: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "id": "msg_01",
        "type": "message",
        "role": "assistant",
        "model": "claude-fable-5-2",
        "content": list(content),
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 3, "output_tokens": 9},
        **fields,
    }


def stream(*content: dict[str, Any], chunk: int = 4, **fields: Any) -> list[Event]:
    return list(events(some.reply_of(message(*content, **fields)), chunk))


def deltas(*content: dict[str, Any], chunk: int = 4) -> list[dict[str, Any]]:
    plain = [event.plain for event in stream(*content, chunk=chunk)]
    return [body["delta"] for body in plain if body["type"] == "content_block_delta"]


def refold(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Fold events written as JSON, as a backend would send them."""
    found = [Event(part["type"], msgspec.json.encode(part)) for part in parts]
    return fold(found).plain


def block_stream(
    start: dict[str, Any], *changes: dict[str, Any], reason: str = "end_turn"
) -> list[dict[str, Any]]:
    return [
        {"type": "message_start", "message": message(stop_reason=None)},
        {"type": "content_block_start", "index": 0, "content_block": start},
        *[{"type": "content_block_delta", "index": 0, "delta": delta} for delta in changes],
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {}},
        {"type": "message_stop"},
    ]


# --- there and back ------------------------------------------------------------------------------


@some.patient
@given(some.replies, CHUNKS)
def test_a_folded_stream_is_its_message_byte_for_byte(reply: Reply, chunk: int) -> None:
    assert fold(events(reply, chunk)).data == reply.data


@some.few
@given(some.replies, CHUNKS)
def test_a_stream_made_again_from_its_fold_is_the_same_stream(reply: Reply, chunk: int) -> None:
    first = [(event.type, event.data) for event in events(reply, chunk)]
    again = [(event.type, event.data) for event in events(fold(events(reply, chunk)), chunk)]
    assert again == first


@some.few
@given(some.replies, CHUNKS)
def test_a_message_survives_its_way_as_bytes(reply: Reply, chunk: int) -> None:
    sent = b"".join(encode(event) for event in events(reply, chunk))
    received = [Event(record.event, record.data) for record in Decoder().feed(sent)]
    assert fold(received).data == reply.data


@some.few
@given(some.fallen_back(), CHUNKS)
def test_a_reply_of_the_model_that_took_over_survives_too(reply: Reply, chunk: int) -> None:
    found = list(events(reply, chunk))
    assert fold(found).data == reply.data
    hops = [block for block in reply.plain["content"] if block["type"] == "fallback"]
    assert found[0].plain["message"]["model"] == hops[0]["from"]["model"]


@pytest.mark.parametrize("reason", some.STOP_REASONS)
def test_every_stop_reason_travels_at_the_end(reason: str) -> None:
    first, *_, delta, _ = stream(stop_reason=reason, stop_sequence="###")
    assert first.plain["message"]["stop_reason"] is None
    assert delta.plain["delta"] == {"stop_reason": reason, "stop_sequence": "###"}


def test_a_refusal_keeps_its_details() -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": None}
    reply = some.reply_of(message(stop_reason="refusal", stop_details=details))
    assert fold(events(reply)).body.stop_details == details


def test_numbers_and_letters_of_a_tool_input_stay_exact() -> None:
    value = {
        "big": 10**40,
        "small": 1e-300,
        "whole": 1.0,
        "text": "\U0001d518\n\"'\\ü",
        "": [{}, [], None],
    }
    tool = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": value}
    folded = fold(stream(tool, chunk=1)).plain["content"][0]["input"]
    assert folded == value
    assert isinstance(folded["whole"], float)


def test_a_usage_without_output_tokens_gets_them() -> None:
    found = stream(usage={"input_tokens": 3})
    assert found[-2].plain["usage"] == {"input_tokens": 3, "output_tokens": 0}
    assert fold(found).plain["usage"] == {"input_tokens": 3, "output_tokens": 0}


# --- what events() writes ------------------------------------------------------------------------


@some.few
@given(some.replies, CHUNKS)
def test_blocks_are_counted_from_zero_and_the_head_is_empty(reply: Reply, chunk: int) -> None:
    plain = [event.plain for event in events(reply, chunk)]
    starts = [body["index"] for body in plain if body["type"] == "content_block_start"]
    assert starts == list(range(len(reply.body.content)))
    head = plain[0]["message"]
    assert (head["content"], head["stop_reason"], head["usage"]["output_tokens"] <= 1) == (
        [],
        None,
        True,
    )
    last, whole = plain[-2]["usage"], reply.plain["usage"]
    assert {**head["usage"], **last} == whole
    assert last["output_tokens"] == whole["output_tokens"]
    assert not last.keys() & {"cache_creation", "service_tier", "inference_geo", "speed"}
    assert [body["type"] for body in plain[-2:]] == ["message_delta", "message_stop"]


@given(some.thinking_blocks)
def test_a_signature_comes_once_and_last(block: dict[str, Any]) -> None:
    kinds = [delta["type"] for delta in deltas(block)]
    signed = isinstance(block.get("signature"), str)
    assert kinds.count("signature_delta") == signed
    assert not signed or kinds[-1] == "signature_delta"


def test_omitted_thinking_is_a_signature_only() -> None:
    block = {"type": "thinking", "thinking": "", "signature": "c2ln"}
    assert deltas(block) == [{"type": "signature_delta", "signature": "c2ln"}]


@given(some.tool_blocks)
def test_a_tool_input_starts_empty_and_its_first_piece_is_empty(block: dict[str, Any]) -> None:
    start = stream(block)[1].plain["content_block"]
    pieces = [delta["partial_json"] for delta in deltas(block)]
    assert start == {**block, "input": {}}
    assert pieces[0] == ""
    assert msgspec.json.decode("".join(pieces) or "{}") == block["input"]


def test_a_text_comes_in_pieces_and_its_citations_after_it() -> None:
    cited = {"type": "char_location", "cited_text": "abc"}
    block = {"type": "text", "text": "abcdef", "citations": [cited]}
    assert deltas(block) == [
        {"type": "text_delta", "text": "abcd"},
        {"type": "text_delta", "text": "ef"},
        {"type": "citations_delta", "citation": cited},
    ]
    assert stream(block)[1].plain["content_block"] == {"type": "text", "text": "", "citations": []}


@given(some.result_blocks | some.redacted_blocks)
def test_other_blocks_come_whole(block: dict[str, Any]) -> None:
    assert deltas(block) == []
    assert stream(block)[1].plain["content_block"] == block


def test_an_empty_message_is_a_stream_without_blocks() -> None:
    kinds = [event.type for event in stream()]
    assert kinds == ["message_start", "message_delta", "message_stop"]


# --- what backends send --------------------------------------------------------------------------


def test_the_last_usage_overwrites_and_keeps_the_rest() -> None:
    parts = block_stream({"type": "text", "text": ""})
    parts[0]["message"]["usage"] = {"input_tokens": 5, "output_tokens": 1, "speed": "fast"}
    parts[-2]["usage"] = {"output_tokens": 2}
    more = {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 7, "input_tokens": 6}}
    parts.insert(-1, more)
    assert refold(parts)["usage"] == {"input_tokens": 6, "output_tokens": 7, "speed": "fast"}


def test_a_count_that_is_null_at_the_end_was_said_before() -> None:
    parts = block_stream({"type": "text", "text": ""})
    parts[-2]["usage"] = {"input_tokens": None, "output_tokens": 12, "server_tool_use": None}
    assert refold(parts)["usage"] == {"input_tokens": 3, "output_tokens": 12}


@pytest.mark.parametrize("name", ["context_management", "input_transformations", "new"])
def test_what_stands_beside_the_delta_arrives_with_the_end(name: str) -> None:
    parts = block_stream({"type": "text", "text": ""})
    parts[0]["message"][name] = []
    parts[-2][name] = {"applied_edits": []}
    assert refold(parts)[name] == {"applied_edits": []}
    parts[-2][name] = None
    assert refold(parts)[name] == []


def test_context_management_leaves_beside_the_delta() -> None:
    edits = {"applied_edits": [{"type": "clear_thinking_20251015"}]}
    first, *_, last, _ = stream(context_management=edits, container={"id": "c"})
    assert (first.plain["message"]["context_management"], last.plain["context_management"]) == (
        None,
        edits,
    )
    assert first.plain["message"]["container"] is None
    assert last.plain["delta"]["container"] == {"id": "c"}


def test_what_is_counted_at_the_end_is_not_in_the_head() -> None:
    usage = {
        "input_tokens": 3,
        "output_tokens": 9,
        "output_tokens_details": {"thinking_tokens": 4},
        "server_tool_use": {"web_search_requests": 1},
        "iterations": [{"type": "message"}],
        "service_tier": "standard",
    }
    first, *_, last, _ = stream(usage=usage)
    assert first.plain["message"]["usage"] == {
        "input_tokens": 3,
        "output_tokens": 1,
        "output_tokens_details": None,
        "server_tool_use": None,
        "iterations": None,
        "service_tier": "standard",
    }
    assert last.plain["usage"] == {k: v for k, v in usage.items() if k != "service_tier"}


def test_a_compaction_comes_whole_in_one_delta() -> None:
    block = {"type": "compaction", "content": "short", "encrypted_content": "e", "signature": "s"}
    assert deltas(block, chunk=1) == [
        {"type": "compaction_delta", "content": "short", "encrypted_content": "e"}
    ]
    start = stream(block)[1].plain["content_block"]
    assert start == {**block, "content": None, "encrypted_content": None}


@pytest.mark.parametrize(
    ("start", "changes", "expected"),
    [
        ({"type": "text"}, [{"type": "text_delta", "text": "a"}], {"type": "text", "text": "a"}),
        (
            {"type": "text", "text": "a", "citations": None},
            [{"type": "text_delta", "text": "b"}, {"type": "citations_delta", "citation": 1}],
            {"type": "text", "text": "ab", "citations": [1]},
        ),
        (
            {"type": "tool_use", "input": {"whole": 1}},
            [],
            {"type": "tool_use", "input": {"whole": 1}},
        ),
        (
            {"type": "compaction", "content": None},
            [{"type": "compaction_delta", "content": "short", "encrypted_content": "e"}],
            {"type": "compaction", "content": "short", "encrypted_content": "e"},
        ),
        ({"type": "text", "text": "a"}, [{"type": "new_delta"}], {"type": "text", "text": "a"}),
        ({"type": "new"}, [{"type": "text_delta", "text": "a"}], {"type": "new", "text": "a"}),
    ],
)
def test_blocks_of_backends(
    start: dict[str, Any], changes: list[dict[str, Any]], expected: dict[str, Any]
) -> None:
    assert refold(block_stream(start, *changes))["content"] == [expected]


@pytest.mark.parametrize(
    ("start", "delta"),
    [
        ({"type": "text", "text": ""}, {"type": "text_delta"}),
        ({"type": "text", "text": ""}, {"type": "text_delta", "text": 5}),
        ({"type": "text", "text": 5}, {"type": "text_delta", "text": "a"}),
        ({"type": "text", "text": "", "citations": 5}, {"type": "citations_delta", "citation": {}}),
        ({"type": "text", "text": ""}, {"type": "citations_delta"}),
        ({"type": "thinking"}, {"type": "signature_delta", "signature": None}),
        ({"type": "tool_use", "input": {}}, {"type": "input_json_delta"}),
        ({"type": "tool_use", "input": {}}, {"type": "input_json_delta", "partial_json": 5}),
        ({"type": "tool_use", "input": {}}, {"type": "input_json_delta", "partial_json": '{"a"'}),
        (
            {"type": "tool_use", "input": {}},
            {"type": "input_json_delta", "partial_json": "[" * 100_000},
        ),
    ],
)
def test_a_delta_that_makes_no_block_is_refused(
    start: dict[str, Any], delta: dict[str, Any]
) -> None:
    with pytest.raises(StreamError):
        refold(block_stream(start, delta))


@some.patient
@given(some.json_objects, st.lists(some.json_objects, max_size=3))
@example({"type": "text", "text": {}}, [{"type": "text_delta", "text": "a"}])
def test_any_block_and_delta_is_folded_or_refused(
    start: dict[str, Any], changes: list[dict[str, Any]]
) -> None:
    kinds = ("text_delta", "thinking_delta", "signature_delta", "input_json_delta")
    for kind in (None, *kinds, "citations_delta", "compaction_delta"):
        typed = [{**change, "type": kind} if kind else change for change in changes]
        with contextlib.suppress(StreamError):
            refold(block_stream(start, *typed))


@pytest.mark.parametrize("depth", range(880, 1000, 10))
def test_a_deep_input_is_folded_or_refused(depth: int) -> None:
    deep = '{"a":' * depth + "1" + "}" * depth
    delta = {"type": "input_json_delta", "partial_json": deep}
    try:
        fold(
            Event(part["type"], msgspec.json.encode(part))
            for part in block_stream({"type": "tool_use", "input": {}}, delta)
        )
    except StreamError as error:
        assert "nested too deeply" in error.message


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"null", b'{"type":"what"}', b'{"type":"\xff"}', b"[" * 100_000]
)
def test_an_event_that_cannot_be_read_is_refused(data: bytes) -> None:
    with pytest.raises(StreamError, match="cannot be read"):
        Folder().add(Event("message_start", data))


def test_an_error_event_raises_its_error() -> None:
    error = {"type": "overloaded_error", "message": "busy", "details": {"error_code": "x"}}
    with pytest.raises(OverloadedError, match="busy") as caught:
        refold([*block_stream({"type": "new"})[:2], {"type": "error", "error": error}])
    assert caught.value.details == {"error_code": "x"}


@pytest.mark.parametrize("error", [{}, {"type": 5, "message": [], "details": []}, {"type": None}])
def test_an_error_event_of_any_shape_raises_an_api_error(error: dict[str, Any]) -> None:
    with pytest.raises(APIError) as caught:
        refold([{"type": "error", "error": error}])
    assert caught.value.details is None


@some.few
@given(some.replies, st.data())
def test_a_truncated_stream_is_no_message(reply: Reply, data: st.DataObject) -> None:
    found = list(events(reply))
    with pytest.raises(StreamError):
        fold(found[: data.draw(st.integers(0, len(found) - 1))])


# --- tool inputs ---------------------------------------------------------------------------------


def inputs(block: dict[str, Any], eager: list[str], chunk: int = 100, **fields: Any) -> list[str]:
    reply = Reply(data=msgspec.json.encode(message(block)), **fields)
    plain = [event.plain for event in events(reply, chunk, eager)]
    return [b["delta"]["partial_json"] for b in plain if b["type"] == "content_block_delta"]


TOOL = {"type": "tool_use", "id": "t", "name": "f", "input": {"a": [1, {"b": 2}], "c": "x, y"}}


def test_an_input_comes_one_key_with_its_value_after_the_other() -> None:
    assert inputs(TOOL, []) == ["", '{"a":[1,{"b":2}]', ',"c":"x, y"', "}"]
    assert inputs(TOOL, [], chunk=9) == ["", '{"a":[1,{', '"b":2}]', ',"c":"x, ', 'y"', "}"]


def test_an_eager_input_comes_as_it_is() -> None:
    assert inputs(TOOL, ["g", "f"]) == ["", '{"a":[1,{"b":2}],"c":"x, y"}']
    assert inputs(TOOL, ["g"]) == inputs(TOOL, [])


@pytest.mark.parametrize(
    ("cut", "whole"),
    [
        ('{"a":[1,{"b":2}],"c":"x, ', '{"a":[1,{"b":2}]'),
        ('{"a":[1,{"b":2}],', '{"a":[1,{"b":2}]'),
        ('{"a":[1,{"b":2}]', ""),
        ('{"a":[1,{"b":', ""),
        ("", ""),
    ],
)
def test_of_an_input_that_is_cut_off_the_whole_keys_come(cut: str, whole: str) -> None:
    assert "".join(inputs(TOOL, [], cut_input=cut)) == whole
    assert "".join(inputs(TOOL, ["f"], cut_input=cut)) == cut


@some.few
@given(some.tool_blocks, CHUNKS, st.data())
def test_a_cut_input_is_folded_to_its_whole_keys(
    block: dict[str, Any], chunk: int, data: st.DataObject
) -> None:
    text = msgspec.json.encode(block["input"]).decode()
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    reason = data.draw(st.sampled_from(["max_tokens", "model_context_window_exceeded", "refusal"]))
    reply = Reply(data=msgspec.json.encode(message(block, stop_reason=reason)), cut_input=cut)
    for eager in ([], [block["name"]]):
        folded = fold(events(reply, chunk, eager)).plain["content"][0]["input"]
        assert list(folded) == list(block["input"])[: len(folded)]
        assert eager or folded == {name: block["input"][name] for name in folded}


def test_an_input_may_be_cut_off_only_where_the_message_is() -> None:
    start = {"type": "tool_use", "input": {}}
    piece = {"type": "input_json_delta", "partial_json": '{"a":1,"b":"x'}
    assert refold(block_stream(start, piece, reason="max_tokens"))["content"] == [
        {"type": "tool_use", "input": {"a": 1}}
    ]
    for reason in ("tool_use", "end_turn"):
        with pytest.raises(StreamError, match="not JSON"):
            refold(block_stream(start, piece, reason=reason))
    parts = block_stream(start, piece, reason="max_tokens")
    text = [{**part, "index": 1} for part in block_stream({"type": "text", "text": ""})[1:-2]]
    with pytest.raises(StreamError, match="not JSON"):
        refold([*parts[:-2], *text, *parts[-2:]])


@pytest.mark.parametrize("junk", ["nonsense", "[1", '"a', "}"])
def test_what_is_no_beginning_of_an_input_is_refused(junk: str) -> None:
    piece = {"type": "input_json_delta", "partial_json": junk}
    with pytest.raises(StreamError, match="not JSON"):
        refold(block_stream({"type": "tool_use", "input": {}}, piece, reason="max_tokens"))


def test_folding_leaves_the_events_as_they_were() -> None:
    found = stream({"type": "text", "text": "abcdef"}, {"type": "tool_use", "input": {"a": 1}})
    before = [event.plain for event in found]
    first = fold(found).data
    assert fold(found).data == first
    assert [event.plain for event in found] == before
