from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.wire.document import Document, read
from rookery.wire.events import BlockStop, Event
from rookery.wire.messages import CountTokensRequest, Reply, Request
from tests.wire import strategies as some

AS_SENT = (
    b'{ "model" : "claude-fable-5-2",\n  "max_tokens":\t7, "temperature": 1.0e0,\r\n'
    b' "messages": [ {"role":"user", "content": "caf\\u00e9 \\/ \xc3\xa9"} ],\n'
    b' "unknown": {"z": 1.0e5, "a": [ 0.10 , -0, 12345678901234567890123 ], "a": "\\u0041"} }'
)


class Anything(Document[dict[str, Any]]):
    __slots__ = ()
    decoder = msgspec.json.Decoder(dict[str, Any])


def raw_fields(data: bytes) -> dict[str, bytes]:
    return {name: bytes(raw) for name, raw in msgspec.json.decode(data, type=_Raws).items()}


_Raws = dict[str, msgspec.Raw]


@st.composite
def spelled(draw: st.DrawFn, value: dict[str, Any]) -> bytes:
    """Spell an object in one of the ways that JSON has."""
    return json.dumps(
        value,
        indent=draw(st.sampled_from([None, 0, 2, "\t"])),
        ensure_ascii=draw(st.booleans()),
        separators=draw(st.sampled_from([(",", ":"), (" , ", " :  ")])),
    ).encode()


objects = some.json_objects.flatmap(spelled)


@given(objects)
def test_data_that_arrived_is_passed_on_as_the_same_bytes(data: bytes) -> None:
    document = Anything(data)
    assert document.body == document.plain == json.loads(data)
    assert document.data is data


@given(objects, st.dictionaries(some.names, some.json_values, max_size=3))
def test_replace_changes_the_named_fields_only(data: bytes, fields: dict[str, Any]) -> None:
    before = Anything(data)
    after = before.replace(**fields)
    assert list(after.plain) == list({**before.plain, **fields})
    kept, now = raw_fields(data), raw_fields(after.data)
    assert all(now[name] == raw for name, raw in kept.items() if name not in fields)
    assert {name: after.plain[name] for name in fields} == fields
    assert before.data is data


def test_replace_keeps_spelling_inside_the_values() -> None:
    request = Request(AS_SENT).replace(max_tokens=9, stream=True)
    assert request.data == (
        b'{"model":"claude-fable-5-2","max_tokens":9,"temperature":1.0e0,'
        b'"messages":[ {"role":"user", "content": "caf\\u00e9 \\/ \xc3\xa9"} ],'
        b'"unknown":{"z": 1.0e5, "a": [ 0.10 , -0, 12345678901234567890123 ], "a": "\\u0041"},'
        b'"stream":true}'
    )
    assert isinstance(request, Request)
    assert request.envelope.stream is True


def test_replace_of_a_typed_document_replaces_in_its_json() -> None:
    reply = Reply(data=b'{"id":"a","unknown":1.0e5}').replace(id="b")
    assert reply.data == b'{"id":"b","unknown":1.0e5}'


def test_the_typed_view_reads_what_the_data_says() -> None:
    data = b'{"type":"content_block_stop", "index": 3, "unknown": 1}'
    event = Event("content_block_stop", data)
    assert event.body == BlockStop(3)
    assert event.body is event.body
    assert event.plain == {"type": "content_block_stop", "index": 3, "unknown": 1}


def test_what_was_made_here_is_encoded_once() -> None:
    event = Event(body=BlockStop(3))
    assert (event.type, event.data) == ("content_block_stop", msgspec.json.encode(event.plain))
    assert event.data is event.data


@pytest.mark.parametrize("document", [Anything(b'{"a": {"b": [1]}}'), Anything(body={"a": {}})])
def test_plain_is_a_fresh_copy_at_each_call(document: Document[Any]) -> None:
    before = document.data
    document.plain["a"]["changed"] = 1
    assert document.plain == json.loads(before)
    assert document.data == before


def test_a_document_of_nothing_is_refused() -> None:
    with pytest.raises(TypeError, match="needs its data or its body"):
        Anything()


def test_the_repr_shows_the_object() -> None:
    assert repr(CountTokensRequest(b'{"model": "m"}')) == "CountTokensRequest({'model': 'm'})"


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"a":"\xff"}', b'{"\xff":1}', b'{"a":' * 100_000, b'{"a":1e999}']
)
def test_what_is_wrong_with_the_bytes_is_one_kind_of_error(data: bytes) -> None:
    document = Anything(data)
    with pytest.raises(msgspec.DecodeError):
        _ = document.body
    with pytest.raises(msgspec.DecodeError):
        _ = document.plain


@pytest.mark.parametrize("data", [b"", b"[]", b'{"\xff":1}', b"[" * 100_000])
def test_replace_needs_an_object(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        Anything(data).replace(a=1)


@given(st.binary())
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        read(msgspec.json.Decoder(), data)
    except msgspec.DecodeError:
        return
    json.loads(data)
