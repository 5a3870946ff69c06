"""What backends send: streams in order, and streams with something wrong in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import strategies as st

from rookery.wire.events import Event
from rookery.wire.fold import events
from tests.wire import strategies as some


def event(kind: str, **fields: object) -> Event:
    return Event(kind, msgspec.json.encode({"type": kind, **fields}))


def raw(kind: str, data: bytes) -> Event:
    return Event(kind, data)


USAGE = {"input_tokens": 3, "output_tokens": 1}
HEAD = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": []}
START = event("message_start", message={**HEAD, "stop_reason": None, "usage": USAGE})
PING = event("ping")
UNKNOWN = event("event_of_next_year", index=0)
DELTA = event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 4})
STOP = event("message_stop")
ERROR = event("error", error={"type": "overloaded_error", "message": "busy"})


def block_start(index: object, **block: object) -> Event:
    return event("content_block_start", index=index, content_block=block)


def delta(index: object, kind: object, **fields: object) -> Event:
    return event("content_block_delta", index=index, delta={"type": kind, **fields})


def block_stop(index: object) -> Event:
    return event("content_block_stop", index=index)


BLOCKS = {
    "text": [
        block_start(0, type="text", text=""),
        delta(0, "text_delta", text="a"),
        delta(0, "citations_delta", citation={"type": "char_location"}),
    ],
    "thinking": [
        block_start(0, type="thinking", thinking="", signature=""),
        delta(0, "thinking_delta", thinking="hm"),
        delta(0, "signature_delta", signature="c2ln"),
    ],
    "tool_use": [
        block_start(0, type="tool_use", id="toolu_1", name="f", input={}),
        delta(0, "input_json_delta", partial_json=""),
        delta(0, "input_json_delta", partial_json='{"a":1}'),
    ],
    "server_tool_use": [
        block_start(0, type="server_tool_use", id="srvtoolu_1", name="web_search", input={}),
        delta(0, "input_json_delta", partial_json='{"query":"q"}'),
    ],
    "mcp_tool_use": [
        block_start(0, type="mcp_tool_use", id="m", name="f", server_name="s", input={}),
        delta(0, "input_json_delta", partial_json="{}"),
    ],
    "web_search_tool_result": [
        block_start(0, type="web_search_tool_result", tool_use_id="srvtoolu_1", content=[])
    ],
    "redacted_thinking": [block_start(0, type="redacted_thinking", data="x")],
    "compaction": [
        block_start(0, type="compaction", content=None),
        delta(0, "compaction_delta", content="short", encrypted_content="e"),
    ],
    "fallback": [block_start(0, type="fallback", **{"from": {"model": "a"}, "to": {"model": "b"}})],
    "container_upload": [block_start(0, type="container_upload", file_id="file_1")],
    "block_of_next_year": [
        block_start(0, type="block_of_next_year", text=5),
        delta(0, "text_delta", text="a"),
        delta(0, "delta_of_next_year", text=5),
    ],
}
"""One block of each type, as events, without its stop."""


def numbered(found: Event, index: int) -> Event:
    return found.replace(index=index)


def whole(*kinds: str) -> list[Event]:
    """A stream in order, with blocks of these types."""
    found = [START, PING]
    for index, kind in enumerate(kinds):
        found += [numbered(one, index) for one in BLOCKS[kind]]
        found += [block_stop(index), UNKNOWN]
    return [*found, DELTA, STOP]


WHOLE = whole("thinking", "text", "tool_use", "web_search_tool_result")

POOL = [
    START,
    PING,
    UNKNOWN,
    DELTA,
    STOP,
    ERROR,
    *(numbered(one, index) for block in BLOCKS.values() for one in block for index in (0, 1)),
    *(block_stop(index) for index in (0, 1, 7)),
    event("message_start", message={**HEAD, "usage": {}}),
    event("message_start", message={"usage": {"input_tokens": 1}}),
    event("message_start", message={**HEAD, "content": [{"type": "text"}], "usage": USAGE}),
    event("message_start", message={**HEAD, "stop_reason": "end_turn", "usage": USAGE}),
    event("message_delta", delta={}, usage={"output_tokens": 2}),
    event("message_delta", delta={"stop_reason": None}, usage={"output_tokens": 0}),
    event("message_delta", delta={"stop_reason": "refusal"}, usage={"input_tokens": None}),
    event("message_delta", delta={"stop_reason": "end_turn"}),
    event("message_delta", delta={"stop_reason": 3}, usage={"output_tokens": -1}),
    event("message_delta", delta={"stop_reason": 3}, usage={"output_tokens": 8}),
    event("message_delta", delta={"stop_reason": "a"}, usage={"output_tokens": True}),
    block_start(0, type="text"),
    block_start(0, type="text", text=None),
    block_start(0, type="text", text=[1]),
    block_start(0, type="tool_use", input=""),
    block_start(0, type="tool_use", input="{}"),
    block_start(0, type="thinking", thinking="whole", signature="c2ln"),
    block_start(None, type="text", text=""),
    block_start(0, text=""),
    delta(0, "text_delta"),
    delta(0, "text_delta", text=5),
    delta(0, "input_json_delta", partial_json=None),
    delta(0, "signature_delta", signature=None),
    delta(0, None),
    delta("0", "text_delta", text="a"),
    raw("content_block_delta", b'{"type":"content_block_delta","index":0'),
    raw("content_block_delta", b""),
    raw("content_block_delta", b'{"type":"message_stop"}'),
    raw(
        "content_block_delta",
        b'{"type":"content_block_delta","index":0,"delta":{"type":"new","x":"\xff"}}',
    ),
    raw("content_block_delta", b'{"type":"content_block_delta","index":0,"delta":' + b"[" * 5000),
    raw("message_stop", b'{"type":"ping"}'),
    raw("ping", b"{}"),
    raw("ping", b'{"type":"message_stop"}'),
    raw("done", b"[DONE]"),
    raw("new", b'{"type":"new","x":"\xff"}'),
    raw("new", b'{"type":"content_block_delta","index":0}'),
    raw("error", b'{"type":"error"}'),
]
"""Events of which each is right somewhere, or nowhere."""

Mutation = Callable[[list[Event]], list[Event]]
places = st.integers(0, 24)


def drop(at: int) -> Mutation:
    return lambda found: [*found[:at], *found[at + 1 :]]


def repeat(at: int) -> Mutation:
    return lambda found: [*found[:at], *found[at : at + 1], *found[at:]]


def swap(at: int) -> Mutation:
    return lambda found: [*found[:at], *reversed(found[at : at + 2]), *found[at + 2 :]]


def insert(at: int, extra: Event) -> Mutation:
    return lambda found: [*found[:at], extra, *found[at:]]


def cut(at: int) -> Mutation:
    return lambda found: found[:at]


def renumber(by: int) -> Mutation:
    """Give every block another number."""

    def change(found: list[Event]) -> list[Event]:
        plain = [one.plain for one in found]
        return [
            numbered(one, body["index"] * 2 + by) if type(body.get("index")) is int else one
            for one, body in zip(found, plain, strict=True)
        ]

    return change


def mutated(found: list[Event], changes: list[Mutation]) -> list[Event]:
    for change in changes:
        found = change(found)
    return found


mutations = st.lists(
    st.one_of(
        st.builds(drop, places),
        st.builds(repeat, places),
        st.builds(swap, places),
        st.builds(insert, places, st.sampled_from(POOL)),
        st.builds(cut, places),
    ),
    max_size=4,
)

orderly = st.one_of(
    st.lists(st.sampled_from(sorted(BLOCKS)), max_size=4).map(lambda kinds: whole(*kinds)),
    st.builds(lambda reply, size: list(events(reply, size)), some.replies, st.integers(1, 30)),
)
"""Streams in order."""

anything = st.one_of(
    orderly,
    st.builds(lambda by, found: renumber(by)(found), st.integers(-3, 3), orderly),
    st.lists(st.sampled_from(POOL), max_size=12),
    st.builds(lambda rest: [START, *rest], st.lists(st.sampled_from(POOL), max_size=10)),
    st.builds(mutated, orderly, mutations),
)
"""What a backend may send."""


def contents(found: list[Event]) -> list[Any]:
    """Return what a stream says, without what only holds it together: blocks and their deltas."""
    said: list[Any] = []
    for one in found:
        if one.type == "message_stop":
            break
        if one.type == "content_block_start":
            block = one.plain["content_block"]
            said.append({name: value for name, value in block.items() if value})
        if one.type == "content_block_delta":
            said.append(one.plain["delta"])
    return [one for one in said if one != {"type": "signature_delta", "signature": ""}]
