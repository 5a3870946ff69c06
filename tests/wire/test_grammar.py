"""The order of events, judged by `Folder` and by a regular expression that knows nothing of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import accumulate

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.errors import BY_TYPE, APIError, StreamError
from rookery.wire.envelope import error_event
from rookery.wire.events import Event
from rookery.wire.fold import Folder, events
from rookery.wire.messages import Reply
from tests.wire import strategies as some

LETTERS = {
    "message_start": "S",
    "content_block_start": "b",
    "content_block_delta": "d",
    "content_block_stop": "e",
    "message_delta": "D",
    "message_stop": "E",
    "error": "!",
}


def word(found: list[Event]) -> str:
    """Write a stream as letters, blocks with their index; what may stand anywhere is nothing."""
    letters = ((LETTERS.get(event.type, ""), event.plain.get("index", "")) for event in found)
    return "".join(f"{letter}{index}" for letter, index in letters if letter)


def accepts(text: str) -> bool:
    """Whether the letters are a whole stream, by the grammar as the API's documentation has it."""
    blocks = "".join(f"(b{i}(d{i})*e{i})" for i in range(text.count("b")))
    return re.fullmatch(f"S{blocks}D+E", text) is not None


def viable(text: str) -> bool:
    """Whether the letters can become a whole stream."""
    tails = ["", "SDE", "DE", "E", *(f"e{i}DE" for i in range(text.count("b")))]
    return any(accepts(text + tail) for tail in tails)


def outcome(found: list[Event]) -> str:
    """Say what a folder makes of a stream, and at which event."""
    folder = Folder()
    for position, event in enumerate(found):
        try:
            folder.add(event)
        except StreamError:
            return f"refused at {position}"
        except APIError:
            return f"failed at {position}"
    return "whole" if folder.complete else "unfinished"


def expected(found: list[Event]) -> str:
    prefixes = accumulate(([event] for event in found), initial=list[Event]())
    for position, seen in enumerate(list(prefixes)[1:]):
        if word(seen).endswith("!"):
            return f"failed at {position}"
        if not viable(word(seen)):
            return f"refused at {position}"
    return "whole" if accepts(word(found)) else "unfinished"


def event(kind: str, **fields: object) -> Event:
    return Event(kind, msgspec.json.encode({"type": kind, **fields}))


PING = event("ping")
UNKNOWN = event("event_of_next_year", index=0)
POOL = [
    PING,
    UNKNOWN,
    event("message_start", message={}),
    *(event("content_block_start", index=i, content_block={}) for i in range(3)),
    *(event("content_block_delta", index=i, delta={}) for i in range(3)),
    *(event("content_block_stop", index=i) for i in range(3)),
    event("message_delta", delta={}),
    event("message_stop"),
    event("error", error={"type": "overloaded_error", "message": "busy"}),
]
WHOLE = [
    POOL[2],
    event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
    event("content_block_delta", index=0, delta={"type": "text_delta", "text": "a"}),
    event("content_block_stop", index=0),
    event("content_block_start", index=1, content_block={"type": "redacted_thinking"}),
    event("content_block_stop", index=1),
    event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 1}),
    event("message_stop"),
]

Mutation = Callable[[list[Event]], list[Event]]
places = st.integers(0, 12)


def drop(at: int) -> Mutation:
    return lambda found: [*found[:at], *found[at + 1 :]]


def repeat(at: int) -> Mutation:
    return lambda found: [*found[:at], *found[at : at + 1], *found[at:]]


def swap(at: int) -> Mutation:
    return lambda found: [*found[:at], *reversed(found[at : at + 2]), *found[at + 2 :]]


def insert(at: int, extra: Event) -> Mutation:
    return lambda found: [*found[:at], extra, *found[at:]]


mutations = st.lists(
    st.one_of(
        st.builds(drop, places),
        st.builds(repeat, places),
        st.builds(swap, places),
        st.builds(insert, places, st.sampled_from(POOL)),
    ),
    max_size=4,
)


@some.patient
@given(mutations)
def test_folder_and_grammar_agree_on_mutated_streams(changes: list[Mutation]) -> None:
    found = WHOLE
    for change in changes:
        found = change(found)
    assert outcome(found) == expected(found)


@some.patient
@given(st.lists(st.sampled_from(POOL), max_size=8))
def test_folder_and_grammar_agree_on_any_events(found: list[Event]) -> None:
    assert outcome(found) == expected(found)


@pytest.mark.parametrize("at", range(len(WHOLE)))
@pytest.mark.parametrize("mutate", [drop, repeat, swap])
def test_folder_and_grammar_agree_on_each_single_change(
    mutate: Callable[[int], Mutation], at: int
) -> None:
    found = mutate(at)(WHOLE)
    assert outcome(found) == expected(found)


@pytest.mark.parametrize("at", range(len(WHOLE) + 1))
def test_folder_and_grammar_agree_on_each_single_event_more_or_instead(at: int) -> None:
    for extra in POOL:
        for found in (insert(at, extra)(WHOLE), insert(at, extra)(drop(at)(WHOLE))):
            assert outcome(found) == expected(found)


@some.few
@given(some.replies, st.sampled_from([1, 24]))
def test_what_events_yields_is_in_the_grammar(reply: Reply, chunk: int) -> None:
    found = list(events(reply, chunk))
    assert accepts(word(found))
    assert outcome(found) == "whole"


@pytest.mark.parametrize("extra", [PING, UNKNOWN], ids=["ping", "unknown"])
@pytest.mark.parametrize("at", range(len(WHOLE) + 1))
def test_a_ping_or_an_event_of_next_year_may_stand_anywhere(at: int, extra: Event) -> None:
    """Also after the end: the sheet says anywhere, and who waits for more harms nobody."""
    assert outcome(insert(at, extra)(WHOLE)) == "whole"


@pytest.mark.parametrize("extra", [e for e in POOL if e.type not in ("ping", "error")][1:])
def test_nothing_of_a_message_follows_its_end(extra: Event) -> None:
    assert outcome([*WHOLE, extra]) == f"refused at {len(WHOLE)}"


def test_each_of_several_message_deltas_counts() -> None:
    assert outcome([*WHOLE[:-1], WHOLE[-2], WHOLE[-1]]) == "whole"


@pytest.mark.parametrize("at", range(len(WHOLE) + 1))
@pytest.mark.parametrize("kind", BY_TYPE.values(), ids=BY_TYPE)
def test_an_error_ends_the_stream_anywhere_with_its_class(kind: type[APIError], at: int) -> None:
    folder = Folder()
    for one in WHOLE[:at]:
        folder.add(one)
    with pytest.raises(APIError, match="why") as caught:
        folder.add(error_event(kind("why", details={"error_code": "c"}), "req_1"))
    assert type(caught.value) is kind
    assert caught.value.details == {"error_code": "c"}


@pytest.mark.parametrize("index", [-1, 1, 2**70, True, None, "0", 0.0])
def test_an_index_that_does_not_fit_is_refused(index: object) -> None:
    start = event("content_block_start", index=index, content_block={})
    assert outcome([WHOLE[0], start]) == "refused at 1"
