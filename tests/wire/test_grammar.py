"""What leaves is in order, whatever came: judged by `judge`, which knows nothing of the machine."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from rookery.errors import BY_TYPE, APIError, StreamError
from rookery.wire.deltas import BLOCKS, UnknownDelta, kind_of
from rookery.wire.envelope import error_event
from rookery.wire.events import Event, Verbatim
from rookery.wire.grammar import NEXT, Grammar, State
from tests.wire import strategies as some
from tests.wire import streams as sent
from tests.wire.judge import DELTAS, BrokenError, judge


def passed(found: list[Event]) -> tuple[list[Event], Exception | None]:
    """Return what is sent of a stream, and what ended it."""
    grammar = Grammar()
    out: list[Event] = []
    try:
        for event in found:
            out += grammar.take(event)
        grammar.end()
    except (StreamError, APIError) as error:
        return out, error
    return out, None


def repaired(*found: Event) -> list[Event]:
    out, error = passed(list(found))
    assert error is None
    assert judge(out)
    return out


def refused(*found: Event) -> str:
    out, error = passed(list(found))
    assert isinstance(error, StreamError)
    assert not judge(out)
    return error.message


def framed(*found: Event) -> list[Event]:
    """A message with these events as its content."""
    return [sent.START, *found, sent.DELTA, sent.STOP]


def lines(found: list[Event]) -> list[tuple[str, bytes]]:
    return [(event.type, event.data) for event in found]


# --- for any stream ------------------------------------------------------------------------------


@some.patient
@given(sent.anything)
def test_what_leaves_is_in_order_whatever_came(found: list[Event]) -> None:
    out, error = passed(found)
    assert judge(out) is (error is None)


@some.patient
@given(sent.anything)
def test_nothing_that_was_said_is_lost_or_made_up(found: list[Event]) -> None:
    out, error = passed(found)
    if error is None:
        assert sent.contents(out) == sent.contents(found)


@some.patient
@given(sent.orderly)
def test_a_stream_in_order_leaves_byte_for_byte(found: list[Event]) -> None:
    assert judge(found)
    out, error = passed(found)
    assert error is None
    assert lines(out) == lines(found)


@pytest.mark.parametrize("at", range(len(sent.WHOLE)))
@pytest.mark.parametrize("mutate", [sent.drop, sent.repeat, sent.swap, sent.cut])
def test_each_single_change_is_put_right_or_refused(mutate: Any, at: int) -> None:
    out, error = passed(mutate(at)(sent.WHOLE))
    assert judge(out) is (error is None)


@pytest.mark.parametrize("at", range(len(sent.WHOLE) + 1))
def test_each_single_event_more_or_instead_is_put_right_or_refused(at: int) -> None:
    for extra in sent.POOL:
        for found in (
            sent.insert(at, extra)(sent.WHOLE),
            sent.insert(at, extra)(sent.drop(at)(sent.WHOLE)),
        ):
            out, error = passed(found)
            assert judge(out) is (error is None)


def test_the_judge_judges() -> None:
    for change in (sent.drop(0), sent.drop(2), sent.swap(2), sent.repeat(0), sent.renumber(1)):
        with pytest.raises(BrokenError):
            judge(change(sent.WHOLE))
    assert not judge(sent.WHOLE[:-1])


# --- the tables ----------------------------------------------------------------------------------


def test_every_state_is_reached_and_only_the_last_has_no_way_on() -> None:
    reached = {after for row in NEXT.values() for after in row.values()}
    assert reached == set(State) - {State.START}
    assert [state for state, row in NEXT.items() if not row] == [State.DONE]


def test_the_blocks_are_those_of_the_documentation() -> None:
    for kind, deltas in DELTAS.items():
        found: set[Any] = set(kind_of(kind).deltas) - {UnknownDelta}
        assert {one.__struct_config__.tag for one in found} == deltas.keys()
    assert BLOCKS.keys() <= DELTAS.keys()


# --- what is put right ---------------------------------------------------------------------------


@pytest.mark.parametrize("numbers", [(1, 2), (5, 3), (0, 0), (-1, -2), (2**70, 1)])
def test_blocks_are_numbered_from_zero(numbers: tuple[int, int]) -> None:
    found: list[Event] = []
    for number in numbers:
        found += [sent.numbered(one, number) for one in sent.BLOCKS["text"]]
        found.append(sent.block_stop(number))
    out = repaired(*framed(*found))
    assert [event.plain.get("index") for event in out] == [None, *[0] * 4, *[1] * 4, None, None]


def test_a_number_that_is_changed_leaves_every_other_byte() -> None:
    start = sent.raw(
        "content_block_start",
        b'{ "type":"content_block_start", "index":3, '
        b'"content_block":{"type":"text","text":"","n":1.0} }',
    )
    out = repaired(*framed(start, sent.block_stop(3)))
    assert b'"content_block":{"type":"text","text":"","n":1.0}' in out[1].data
    assert out[1].plain["index"] == 0


@pytest.mark.parametrize("kind", sent.BLOCKS)
def test_a_block_that_is_left_open_is_stopped(kind: str) -> None:
    block = sent.BLOCKS[kind]
    stop = sent.block_stop(0)
    following = sent.block_start(1, type="text", text="")
    assert lines(repaired(*framed(*block))) == lines(framed(*block, stop))
    assert lines(repaired(*framed(*block, following, sent.block_stop(1)))) == lines(
        framed(*block, stop, following, sent.block_stop(1))
    )


def test_a_stop_for_no_block_is_left_out() -> None:
    text = [*sent.BLOCKS["text"], sent.block_stop(0)]
    for extra in (sent.block_stop(0), sent.block_stop(7)):
        assert lines(repaired(*framed(*text, extra))) == lines(framed(*text))
        late = [sent.START, *text[:-1], sent.DELTA, extra, sent.STOP]
        assert lines(repaired(*late)) == lines(framed(*text))


def test_a_ping_before_the_message_is_left_out() -> None:
    assert lines(repaired(sent.PING, *framed())) == lines(framed())


@pytest.mark.parametrize("data", [b"[DONE]", b"", b"{}", b'{"type":5}', b'{"type":"new","\xff":1}'])
@pytest.mark.parametrize("kind", ["new", "ping"])
def test_what_no_client_can_read_is_left_out(kind: str, data: bytes) -> None:
    assert lines(repaired(*framed(sent.raw(kind, data)))) == lines(framed())


@pytest.mark.parametrize("extra", [e for e in sent.POOL if e.type != "ping"])
def test_nothing_follows_the_end(extra: Event) -> None:
    assert lines(repaired(*framed(), extra, sent.PING)) == lines(framed())


@pytest.mark.parametrize("content", [{"content": None}, {}])
@pytest.mark.parametrize("reason", [{"stop_reason": "end_turn"}, {"stop_reason": None}, {}])
def test_the_head_has_no_content_and_no_reason(content: Any, reason: Any) -> None:
    head = {"model": "m", "usage": sent.USAGE, **content, **reason}
    start, *_ = repaired(sent.event("message_start", message=head), sent.DELTA, sent.STOP)
    assert start.plain["message"] == {**head, "content": [], "stop_reason": None}


@pytest.mark.parametrize(
    ("block", "filled"),
    [
        ({"type": "text"}, {"text": ""}),
        ({"type": "text", "text": None, "citations": None}, {"text": ""}),
        ({"type": "thinking", "signature": ""}, {"thinking": ""}),
        ({"type": "tool_use", "id": "t", "input": ""}, {"input": {}}),
        ({"type": "tool_use", "id": "t", "input": None}, {"input": {}}),
        ({"type": "mcp_tool_use"}, {"input": {}}),
    ],
)
def test_a_block_starts_with_the_fields_that_its_deltas_fill(block: Any, filled: Any) -> None:
    out = repaired(*framed(sent.block_start(0, **block), sent.block_stop(0)))
    assert out[1].plain["content_block"] == {**block, **filled}


@pytest.mark.parametrize("given_", ["", "c2ln", None, 5])
def test_a_thought_that_nobody_signed_gets_the_signature_of_its_start(given_: Any) -> None:
    block = sent.block_start(0, type="thinking", thinking="hm", signature=given_)
    out = repaired(*framed(block, sent.block_stop(0)))
    expected = given_ if isinstance(given_, str) else ""
    assert out[2].plain["delta"] == {"type": "signature_delta", "signature": expected}


def test_a_count_of_the_output_never_shrinks() -> None:
    def counted(*counts: Any) -> list[Any]:
        found = [
            sent.event("message_delta", delta={"stop_reason": "end_turn"}, usage=usage)
            for usage in counts
        ]
        return [e.plain["usage"] for e in repaired(sent.START, *found, sent.STOP)[1:-1]]

    assert counted({"output_tokens": 5}, {"output_tokens": 3, "input_tokens": 2}) == [
        {"output_tokens": 5},
        {"output_tokens": 5, "input_tokens": 2},
    ]
    assert counted({"output_tokens": 0}) == [{"output_tokens": 1}]
    assert counted({}) == counted(None) == [{"output_tokens": 1}]
    assert counted({"input_tokens": None}) == [{"input_tokens": None, "output_tokens": 1}]


def test_how_a_message_ended_is_not_taken_back() -> None:
    container = {"id": "container_1", "expires_at": "2026-11-24T00:00:00Z"}
    first = {"stop_reason": "refusal", "stop_details": {"type": "refusal"}, "container": container}
    more = {"stop_reason": None, "container": {**container, "id": "container_2"}}
    found = [
        sent.event("message_delta", delta=ending, usage={"output_tokens": 4})
        for ending in (first, more)
    ]
    out = repaired(sent.START, *found, sent.STOP)
    assert lines(out[:2]) == lines([sent.START, found[0]])
    assert out[2].plain["delta"] == {**first, "container": more["container"]}


# --- what ends the stream ------------------------------------------------------------------------


@pytest.mark.parametrize("at", range(len(sent.WHOLE)))
def test_an_end_before_the_end_is_never_silent(at: int) -> None:
    assert refused(*sent.WHOLE[:at]) == "The stream ended before the message was complete."


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ([sent.DELTA], "A message_delta event came before the message."),
        ([sent.STOP], "A message_stop event came before the message."),
        ([sent.START, sent.START], "A message_start event came between blocks."),
        ([sent.START, sent.STOP], "A message_stop event came between blocks."),
        ([sent.START, *sent.BLOCKS["text"], sent.STOP], "A message_stop event came in a block."),
        (framed(sent.BLOCKS["text"][1]), "A content_block_delta event came between blocks."),
        (
            [sent.START, sent.DELTA, sent.BLOCKS["text"][0]],
            "A content_block_start event came after message_delta.",
        ),
        (
            framed(*sent.BLOCKS["text"], sent.delta(1, "text_delta", text="b")),
            "A delta is for block 1, which is not open.",
        ),
        (
            framed(*sent.BLOCKS["text"], sent.block_stop(1)),
            "A stop is for block 1, which is not open.",
        ),
        (
            [sent.START, sent.event("message_delta", delta={}, usage={}), sent.STOP],
            "The message ended without a stop reason.",
        ),
        (
            [sent.START, sent.event("message_delta", delta={"stop_reason": 5})],
            "A stop reason is no string.",
        ),
        (framed(sent.block_start(0, text="")), "A content block has no type."),
        (
            framed(sent.block_start(0, type="text", text=[1])),
            "The text of a content block is no str.",
        ),
        (
            [
                sent.event(
                    "message_start", message={**sent.HEAD, "content": [1], "usage": sent.USAGE}
                )
            ],
            "The message starts with content.",
        ),
        (
            [
                sent.event("message_start", message={"usage": {"input_tokens": 1}}),
                sent.event("message_delta", delta={"stop_reason": "end_turn"}),
            ],
            "The message has no count of output tokens.",
        ),
        (
            framed(sent.raw("new", b'{"type":"message_stop"}')),
            "An event is both 'new' and 'message_stop'.",
        ),
    ],
)
def test_what_cannot_be_put_right_ends_the_stream(found: list[Event], why: str) -> None:
    assert refused(*found) == why


@pytest.mark.parametrize("kind", [kind for kind in sent.BLOCKS if kind != "block_of_next_year"])
@pytest.mark.parametrize(
    "extra",
    [
        sent.delta(0, "text_delta", text="a"),
        sent.delta(0, "citations_delta", citation={}),
        sent.delta(0, "thinking_delta", thinking="a"),
        sent.delta(0, "signature_delta", signature="a"),
        sent.delta(0, "input_json_delta", partial_json="a"),
        sent.delta(0, "compaction_delta", content="a"),
    ],
    ids=lambda event: event.plain["delta"]["type"],
)
def test_a_delta_must_suit_its_block(kind: str, extra: Event) -> None:
    start = sent.BLOCKS[kind][0]
    found = framed(start, extra, sent.block_stop(0))
    if extra.plain["delta"]["type"] in DELTAS[kind]:
        assert lines(repaired(*found))[:3] == lines(found[:3])
    else:
        assert "A block of another type got a" in refused(*found)


@pytest.mark.parametrize("kind", ["thinking_delta", "signature_delta"])
def test_a_signature_comes_last_and_once(kind: str) -> None:
    extra = sent.delta(0, kind, thinking="a", signature="a")
    assert "came after the signature" in refused(*framed(*sent.BLOCKS["thinking"], extra))


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b'{"type":"ping"}', b"[" * 9000])
@pytest.mark.parametrize("kind", ["message_start", "content_block_start", "content_block_delta"])
def test_an_event_that_cannot_be_read_ends_the_stream(kind: str, data: bytes) -> None:
    before = {
        "message_start": [],
        "content_block_start": [sent.START],
        "content_block_delta": [sent.START, sent.BLOCKS["text"][0]],
    }
    assert f"A {kind} event cannot be read" in refused(*before[kind], sent.raw(kind, data))


@pytest.mark.parametrize("index", [None, "0", 0.0, True, []])
@pytest.mark.parametrize("at", [0, 1, -1])
def test_an_index_is_a_number(index: object, at: int) -> None:
    found = [*sent.BLOCKS["text"], sent.block_stop(0)]
    found[at] = found[at].replace(index=index)
    assert "cannot be read" in refused(*framed(*found))


@pytest.mark.parametrize(
    "usage", [{}, {"input_tokens": None}, {"input_tokens": -1}, {"input_tokens": "3"}, None, 5]
)
def test_a_message_starts_with_the_count_of_its_prompt(usage: Any) -> None:
    start = sent.event("message_start", message={**sent.HEAD, "usage": usage})
    assert "A message_start event cannot be read" in refused(start)


@pytest.mark.parametrize("at", range(len(sent.WHOLE)))
@pytest.mark.parametrize("kind", BY_TYPE.values(), ids=BY_TYPE)
def test_an_error_ends_the_stream_anywhere_with_its_class(kind: type[APIError], at: int) -> None:
    failure = error_event(kind("why", details={"error_code": "c"}), "req_1")
    out, error = passed([*sent.WHOLE[:at], failure])
    assert lines(out) == lines(sent.WHOLE[:at])
    assert type(error) is kind
    assert (error.message, error.details) == ("why", {"error_code": "c"})


# --- what passes unread --------------------------------------------------------------------------


@pytest.mark.parametrize("at", range(1, len(sent.WHOLE)))
def test_a_ping_or_an_event_of_next_year_may_stand_anywhere(at: int) -> None:
    for extra in (sent.PING, sent.UNKNOWN, sent.raw("ping", b'{"type": "ping" }')):
        found = sent.insert(at, extra)(sent.WHOLE)
        assert lines(repaired(*found)) == lines(found)


def test_fields_of_next_year_pass() -> None:
    found = [event.replace(new={"deep": [1.0, None]}) for event in sent.whole(*sent.BLOCKS)]
    assert lines(repaired(*found)) == lines(found)


def test_a_delta_of_next_year_passes_in_any_block() -> None:
    for kind, block in sent.BLOCKS.items():
        for extra in (sent.delta(0, "new_delta"), sent.delta(0, "new_delta", text={"a": 1})):
            found = framed(block[0], extra, *block[1:], sent.block_stop(0))
            assert lines(repaired(*found)) == lines(found), kind


def test_what_a_script_wants_sent_is_sent_where_that_is_allowed() -> None:
    odd = Verbatim("content_block_delta", b"{")
    grammar = Grammar(verbatim=True)
    assert list(grammar.take(sent.START)) == [sent.START]
    assert list(grammar.take(odd)) == [odd]
    assert list(grammar.take(sent.START)) == [sent.START]
    grammar.end()
    with pytest.raises(StreamError):
        Grammar().take(odd)


def test_json_survives_the_repairs() -> None:
    block = {"type": "tool_use", "n": 10**40, "x": 1e-300, "input": None}
    out = repaired(*framed(sent.block_start(0, **block), sent.block_stop(0)))
    assert json.loads(out[1].data)["content_block"] == {**block, "input": {}}
