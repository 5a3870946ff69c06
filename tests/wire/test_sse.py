from __future__ import annotations

import re
import time

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rookery.errors import StreamError
from rookery.wire.events import PING, Event
from rookery.wire.sse import MAX_RECORD, Decoder, Record, encode
from tests.wire import strategies as some

BOM = b"\xef\xbb\xbf"


def decode(chunks: list[bytes], limit: int = MAX_RECORD) -> list[Record]:
    decoder = Decoder(limit)
    return [record for chunk in chunks for record in decoder.feed(chunk)]


def by_the_book(data: bytes) -> list[Record]:
    """Read a whole stream line by line, as the WHATWG's text says it."""
    found = []
    event, lines = "", list[bytes]()
    for line in re.split(rb"\r\n|\r|\n", data.removeprefix(BOM))[:-1]:
        name, _, value = line.partition(b":")
        value = value[1:] if value.startswith(b" ") else value
        if not line:
            if lines:
                found.append(Record(event or "message", b"\n".join(lines)))
            event, lines = "", []
        elif name == b"data":
            lines.append(value)
        elif name == b"event":
            event = value.decode("utf-8", "replace")
    return found


lines = st.one_of(
    st.sampled_from([b"data: {}", b"data:x", b"data", b"data:  two", b": comment", b"id: 7"]),
    st.sampled_from([b"event: message_start", b"event:ping", b"event", b"retry: 10", b"", b""]),
    st.sampled_from([b"data: \xc3\xbc", b"event: \xff", b"Data: no", b" data: no", BOM]),
    st.binary(max_size=6),
)
streams = st.builds(
    lambda bom, end, parts, tail: bom + b"".join(part + end for part in parts) + tail,
    st.sampled_from([b"", b"", BOM]),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
    st.lists(lines, max_size=12),
    lines,
)
noise = st.lists(st.sampled_from([b"data:", b"a", b"\n", b"\r", b"\r\n", BOM, b"\xef"])).map(
    b"".join
)
cut_streams = (streams | noise).flatmap(lambda data: st.tuples(st.just(data), some.splits(data)))


@some.patient
@given(cut_streams)
@example((b"data: x\r\ndata: y\r\n\r\n", [b"data: x\r", b"", b"\ndata: y\r\n\r\n"]))
@example((b"\xef\xbb\xbf\n\ndata: x\n\n", [b"\xef\xbb", b"\xbf\n\ndata: x\n\n"]))
def test_any_split_gives_the_records_of_the_whole(cut: tuple[bytes, list[bytes]]) -> None:
    data, chunks = cut
    assert decode(chunks) == by_the_book(data)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["lf", "crlf", "cr"])
def test_a_record_is_given_as_soon_as_its_blank_line_is_there(end: bytes) -> None:
    sent = end.join([b"event: ping", b"data: {}", b"", b""])
    decoder = Decoder()
    given_at = [n for n in range(len(sent)) if decoder.feed(sent[n : n + 1])]
    assert given_at == [sent.index(end + end) + len(end)], "at the first byte that ends it"


@pytest.mark.parametrize(
    "data", [b"data: {}", b"data: {}\n", b"data: {}\r\n", b"event: x\ndata: {}\n: still open"]
)
def test_an_unfinished_record_is_never_given(data: bytes) -> None:
    assert decode([data]) == []


@pytest.mark.parametrize(
    ("data", "records"),
    [
        (b"data: 1\n\n", [("message", b"1")]),
        (b"event: a\ndata: 1\n\nevent: b\ndata: 2\n\n", [("a", b"1"), ("b", b"2")]),
        (b"data: 1\nevent: a\nevent: b\n\n", [("b", b"1")]),
        (b"event: a\n\ndata: 1\n\n", [("message", b"1")]),
        (b"data: {\ndata:  1\ndata: }\n\n", [("message", b"{\n 1\n}")]),
        (b"data\n\n", [("message", b"")]),
        (b": ping\n\nid: 1\nretry: 5\n\n", []),
        (b"\n\n\n\ndata: 1\n\n\n\n", [("message", b"1")]),
        (b"data: [DONE]\n\n", [("message", b"[DONE]")]),
        (BOM + b"data: 1\n\n", [("message", b"1")]),
        (BOM + BOM + b"data: 1\n\ndata: 2\n\n", [("message", b"2")]),
        (b"event: \xff\ndata: \xff\n\n", [("\N{REPLACEMENT CHARACTER}", b"\xff")]),
    ],
)
def test_records(data: bytes, records: list[tuple[str, bytes]]) -> None:
    assert decode([data]) == records


# --- a limit -------------------------------------------------------------------------------------


@some.patient
@given(cut_streams, st.integers(1, 12))
@example((BOM + b"\n\ndata: x", [b"\xef\xbb", b"\xbf\n\n", b"data: x"]), 7)
def test_any_split_meets_the_limit_alike(cut: tuple[bytes, list[bytes]], limit: int) -> None:
    def judged(chunks: list[bytes]) -> list[Record] | str:
        try:
            return decode(chunks, limit)
        except StreamError as error:
            return error.message

    data, chunks = cut
    assert judged(chunks) == judged([data])


@pytest.mark.parametrize("tail", [b"", b"\n", b"\n\n"], ids=["open", "one line", "complete"])
def test_a_record_longer_than_the_limit_is_refused(tail: bytes) -> None:
    fits = b"data: " + b"x" * 94
    assert decode([fits + tail], limit=100) == ([("message", b"x" * 94)] if len(tail) == 2 else [])
    with pytest.raises(StreamError, match="longer than 100 bytes"):
        decode([fits + b"x" + tail], limit=100)


def test_the_limit_is_for_each_record() -> None:
    assert len(decode([b"data: 12345678\n\n" * 100], limit=20)) == 100


def test_a_long_record_in_small_pieces_costs_linear_time() -> None:
    """With a copy of all that came before at each piece, this is 400 GB of copying."""
    start = time.process_time()
    pieces = [b"data: ", *[b"x" * 100] * 90_000, b"\n\n"]
    assert len(decode(pieces)[0].data) == 9_000_000
    assert time.process_time() - start < 5


# --- events to bytes -----------------------------------------------------------------------------

kinds = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), min_size=1)
one_line = st.binary().map(lambda data: data.replace(b"\r", b"").replace(b"\n", b""))


@given(kinds, one_line)
def test_what_is_encoded_is_decoded_to_the_same(kind: str, data: bytes) -> None:
    assert decode([encode(Event(kind, data))]) == [Record(kind, data)]


@given(st.lists(some.json_objects))
def test_several_events_stay_several(bodies: list[dict[str, object]]) -> None:
    found = [Event("ping", msgspec.json.encode(body)) for body in bodies]
    records = decode([b"".join(encode(event) for event in found)])
    assert records == [("ping", event.data) for event in found]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_json_of_several_lines_is_one_record(end: bytes) -> None:
    data = end.join([b"{", b'  "type": "ping"', b"}", b""])
    record = decode([encode(Event("ping", data))])
    assert record == [("ping", b'{\n  "type": "ping"\n}')]


def test_an_event_is_an_event_line_and_a_data_line() -> None:
    assert encode(PING) == b'event: ping\ndata: {"type":"ping"}\n\n'
