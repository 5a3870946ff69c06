"""Whatever bytes a body has, its check returns or says in the API's words what is wrong."""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rookery.errors import InvalidRequestError
from rookery.wire.messages import CountRequest, CountTokensRequest, Request
from rookery.wire.validation import check, check_envelope
from tests.wire import strategies as some
from tests.wire.generated import places, put

PNG = {"type": "base64", "media_type": "image/png", "data": "aGk="}
VALID: dict[str, Any] = {
    "model": "claude-fable-5-2",
    "max_tokens": 4096,
    "system": [{"type": "text", "text": "be kind", "cache_control": {"type": "ephemeral"}}],
    "thinking": {"type": "enabled", "budget_tokens": 2048, "display": "omitted"},
    "tools": [
        {"name": "look", "input_schema": {"type": "object"}},
        {"type": "bash_20250124", "name": "bash"},
    ],
    "tool_choice": {"type": "tool", "name": "look"},
    "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {}}},
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "hi"},
                {"type": "image", "source": PNG},
                {"type": "document", "source": {"type": "url", "url": "x"}, "citations": {}},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "", "signature": ""},
                {"type": "tool_use", "id": "a", "name": "look", "input": {"deep": [{}]}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "a",
                    "content": [{"type": "text", "text": ""}],
                }
            ],
        },
    ],
}
VALID_BYTES = msgspec.json.encode(VALID)

WORDS_OF_MSGSPEC = ("`$", "Expected `", "Object missing", "Object contains", "Invalid value")


def judge(data: bytes) -> None:
    """Run both checks; fail on anything but a verdict in the API's words."""
    for kind in (Request, CountTokensRequest):
        for verdict in (check, check_envelope):
            try:
                verdict(kind(data))
            except InvalidRequestError as error:
                assert not any(word in error.message for word in WORDS_OF_MSGSPEC)


tags = st.sampled_from(["text", "base64", "image", "tool", "enabled", "custom", "content", "x"])
strange = st.one_of(
    some.json_values,
    some.objects({"type": tags}, {"text": some.json_values, "source": some.json_values}),
    st.lists(some.objects({"type": tags}, {"content": some.json_values}), max_size=2),
)


def test_the_valid_body_is_valid() -> None:
    found = check(Request(VALID_BYTES))
    assert isinstance(found, CountRequest)
    assert len(found.messages) == 3


@some.patient
@given(st.binary(max_size=200))
@example(b'{"model":"m","model":"\xff"}')
def test_any_bytes_get_a_verdict(data: bytes) -> None:
    judge(data)


@some.patient
@given(st.integers(0, len(VALID_BYTES)), st.integers(0, 40), st.binary(max_size=8))
def test_a_body_with_other_bytes_in_it_gets_a_verdict(at: int, cut: int, new: bytes) -> None:
    judge(VALID_BYTES[:at] + new + VALID_BYTES[at + cut :])


@some.patient
@given(st.sampled_from(places(VALID)), strange)
def test_a_body_with_another_value_in_it_gets_a_verdict(
    path: tuple[int | str, ...], value: Any
) -> None:
    judge(msgspec.json.encode(put(VALID, path, value)))


@some.patient
@given(st.sampled_from([place for place in places(VALID) if place]), some.json_values)
def test_a_body_with_a_field_twice_gets_a_verdict(path: tuple[int | str, ...], value: Any) -> None:
    """The faulty field comes first, and one without fault is what remains."""
    faulty = msgspec.json.encode(put(VALID, path, value))
    judge(b"%b,%b" % (faulty[:-1], VALID_BYTES[1:]))


@pytest.mark.parametrize("depth", range(800, 1000, 20))
def test_a_body_as_deep_as_can_be_gets_a_verdict(depth: int) -> None:
    deep = b'{"a":' * depth + b"1" + b"}" * depth
    with contextlib.suppress(InvalidRequestError):
        check(Request(VALID_BYTES[:-1] + b',"container":' + deep + b"}"))
    judge(VALID_BYTES[:-1] + b',"metadata":' + deep + b"}")
