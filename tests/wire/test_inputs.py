from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.wire.inputs import FINE_GRAINED_BETA, eager_tools, pairs, parse_cut, whole_pairs
from rookery.wire.messages import MessagesRequest
from tests.wire import strategies as some

values = st.dictionaries(
    st.text(st.sampled_from('a"\\,{}[]:é'), max_size=4),
    some.json_values | st.text(st.sampled_from('a"\\,{}[]:é\n')),
    max_size=4,
)


@some.patient
@given(values, st.booleans())
def test_pairs_are_one_key_with_its_value_each(value: dict[str, Any], spaced: bool) -> None:
    text = json.dumps(value) if spaced else msgspec.json.encode(value).decode()
    found = pairs(text)
    assert "".join(found) == text
    assert len(found) == len(value) + 1 or not value
    for count in range(1, len(found)):
        seen = json.loads("".join(found[:count]) + "}")
        assert seen == dict(list(value.items())[:count])


@some.patient
@given(values, st.data())
def test_of_a_cut_object_the_surely_whole_pairs_are_left(
    value: dict[str, Any], data: st.DataObject
) -> None:
    text = json.dumps(value)
    cut = text[: data.draw(st.integers(0, len(text)))]
    kept = whole_pairs(cut)
    assert cut.startswith(kept)
    seen = json.loads(kept + "}") if kept else {}
    assert seen.items() <= value.items()
    if cut:
        parsed = parse_cut(cut) if cut != text else value
        assert list(parsed)[: len(seen)] == list(seen)


def test_a_number_that_may_go_on_is_not_whole() -> None:
    assert whole_pairs('{"a":1,"b":12') == '{"a":1'
    assert parse_cut('{"a":1,"b":12') == {"a": 1, "b": 12}


@pytest.mark.parametrize(
    ("betas", "eager"),
    [((), {"now"}), (("other",), {"now"}), ((FINE_GRAINED_BETA,), {"now", "later", "unsaid"})],
)
def test_a_tool_is_eager_if_it_says_so_or_the_beta_does(betas: tuple[str], eager: set[str]) -> None:
    tools: list[dict[str, Any]] = [
        {"name": "now", "eager_input_streaming": True},
        {"name": "later", "eager_input_streaming": False},
        {"name": "unsaid"},
    ]
    request = MessagesRequest(model="m", max_tokens=1, messages=[], tools=tools)
    assert eager_tools(request, betas) == eager
    assert not eager_tools(MessagesRequest(model="m", max_tokens=1, messages=[]), betas)
