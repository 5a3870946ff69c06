"""Any valid request gets a reply, soon, whatever its texts and schemas are."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rookery.providers.offline.engine import compose
from rookery.wire.ids import Ids
from tests.providers.offline.kit import KIT
from tests.providers.offline.score import ask, request

WORDS = st.sampled_from(
    ["weather", "Paris", "$10k", "7%", "5 years", "and", "a/b.txt", '"x"', "2025-01-02", "(", "?"]
)
TEXT = st.one_of(st.lists(WORDS, max_size=12).map(" ".join), st.text(max_size=60))
NAMES = st.sampled_from(
    ["city", "amount", "path", "a", "from_unit", "items", "is_open", "$ref", ""]
)
COMBINED = st.sampled_from(["anyOf", "oneOf", "allOf", "not", "if", "prefixItems", "contains"])
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(allow_nan=False), TEXT
)


def schemas() -> st.SearchStrategy[Any]:
    """Return schemas, odd ones among them; any keyword may have any value."""
    leaf = st.one_of(
        st.booleans(),
        st.just({}),
        st.sampled_from(
            ["string", "number", "integer", "boolean", "null", "array", "object", "?"]
        ).map(lambda kind: {"type": kind}),
        st.just({"$ref": "#/$defs/node"}),
        st.just({"$ref": "#"}),
        st.just({"$ref": "#/properties/0/x"}),
        st.just({"$ref": "https://example.com/x.json"}),
    )
    return st.recursive(leaf, _wrapped, max_leaves=6)


def _wrapped(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    odd = st.one_of(SCALARS, st.lists(SCALARS, max_size=3))
    named = st.dictionaries(NAMES, inner, max_size=3)
    return st.one_of(
        st.fixed_dictionaries(
            {"type": st.just("object"), "properties": named},
            optional={"required": st.lists(NAMES, max_size=3), "additionalProperties": inner},
        ),
        st.fixed_dictionaries({"type": st.just("array"), "items": inner, "minItems": odd}),
        st.fixed_dictionaries({"enum": st.lists(SCALARS, max_size=3)}),
        COMBINED.flatmap(
            lambda keyword: st.one_of(
                st.lists(inner, max_size=3).map(lambda parts: {keyword: parts}),
                inner.map(lambda part: {keyword: part}),
            )
        ),
        st.dictionaries(
            st.sampled_from(
                ["minimum", "maximum", "multipleOf", "minLength", "maxLength", "pattern", "const",
                 "default", "format", "description", "properties", "required", "examples",
                 "patternProperties", "minProperties", "anyOf", "oneOf", "allOf", "prefixItems",
                 "enum", "minItems", "uniqueItems", "items", "$defs", "type"]
            ),
            st.one_of(odd, inner, st.dictionaries(NAMES, inner, max_size=2)),
            max_size=4,
        ),
    )  # fmt: skip


def _root(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with what the API asks for at its root."""
    known = {**schema, "type": "object"}
    if not isinstance(known.get("properties", {}), dict):
        del known["properties"]
    required = known.get("required", [])
    if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
        del known["required"]
    return known


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    count = draw(st.integers(0, 3))
    tools: list[dict[str, Any]] = [
        {
            "name": f"{draw(st.sampled_from(['get_weather', 'x', 'run', 'read_file']))}_{index}",
            "input_schema": _root(draw(st.one_of(st.just({}), _objects()))),
            "description": draw(TEXT),
        }
        for index in range(count)
    ]
    fields: dict[str, Any] = {"messages": draw(_messages([tool["name"] for tool in tools]))}
    if tools:
        fields["tools"] = tools
        kind = draw(st.sampled_from(["auto", "any", "none", "tool"]))
        name = {"name": tools[0]["name"]} if kind == "tool" else {}
        fields["tool_choice"] = {"type": kind, **name}
    if draw(st.booleans()):
        form = {"type": "json_schema", "schema": draw(_objects())}
        fields["output_config"] = {"format": form}
    if draw(st.booleans()):
        fields["system"] = draw(TEXT)
    return fields


def _objects() -> st.SearchStrategy[dict[str, Any]]:
    return schemas().filter(lambda schema: isinstance(schema, dict))


@st.composite
def _messages(draw: st.DrawFn, names: list[str]) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = [{"role": "user", "content": draw(TEXT)}]
    for index in range(draw(st.integers(0, 2))):
        use: dict[str, Any] = {
            "type": "tool_use",
            "id": f"t{index}",
            "name": "x",
            "input": {"path": draw(TEXT)},
        }
        use["name"] = draw(st.sampled_from([*names, "other"]))
        answer: dict[str, Any] = {
            "type": "tool_result",
            "tool_use_id": f"t{index}",
            "content": draw(TEXT),
        }
        answer["is_error"] = draw(st.booleans())
        result += [{"role": "assistant", "content": [use]}, {"role": "user", "content": [answer]}]
    return result


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(requests())
def test_any_request_gets_the_same_reply_twice(fields: dict[str, Any]) -> None:
    first = compose(request(**fields), Ids(seed=1).new)
    assert first == compose(request(**fields), Ids(seed=1).new)
    uses = [block for block in first.content if block["type"] == "tool_use"]
    assert first.stop_reason == ("tool_use" if uses else "end_turn")
    assert uses or first.content[0]["text"]
    msgspec.json.encode(first.content)


HOSTILE = ["a.a.a.", "(", '"', "1", "$1,", "a/", "A ", "and ", "\n", "a@", "x: y\n", "5 ", "1+",
           "Aa-", "{a,", "'", "`", "é", "Who? ", "for the ", "\u0661", "a_"]  # fmt: skip


@pytest.mark.parametrize("part", HOSTILE)
@pytest.mark.parametrize("size", [3000, 200_000])
def test_hostile_texts_take_no_more_than_their_share(part: str, size: int) -> None:
    body = request(messages=[{"role": "user", "content": part * (size // len(part))}], tools=KIT)
    started = time.process_time()
    compose(body, Ids(seed=1).new)
    assert (
        time.process_time() - started < 1.0
    )  # measured: 75 ms at most; the rest is for slow hosts


def test_a_pattern_that_would_never_end_is_not_run() -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string", "pattern": "^(a+)+$"}}}
    tool = {"name": "get_city", "description": "Get a city", "input_schema": schema}
    started = time.process_time()
    ask("Get the city " + "a" * 50 + "!", tools=[tool])
    assert time.process_time() - started < 1.0


def test_schemas_that_double_at_each_reference_stay_cheap() -> None:
    defs: dict[str, Any] = {
        f"n{i}": {"anyOf": [{"$ref": f"#/$defs/n{i + 1}"}] * 2} for i in range(40)
    }
    schema = {
        "type": "object", "properties": {"a": {"$ref": "#/$defs/n0"}}, "required": ["a"],
        "$defs": defs,
    }  # fmt: skip
    tool = {"name": "get_a", "description": "Get a", "input_schema": schema}
    started = time.process_time()
    ask("Get Paris", tools=[tool], tool_choice={"type": "any"})
    assert time.process_time() - started < 1.0


def test_thousands_of_calls_are_answered_at_once() -> None:
    ids = [f"t{at}" for at in range(20_000)]
    calls = [{"type": "tool_use", "id": name, "name": "look", "input": {}} for name in ids]
    results = [{"type": "tool_result", "tool_use_id": name, "content": "ok"} for name in ids]
    messages = [
        {"role": "user", "content": "Look."},
        {"role": "assistant", "content": calls},
        {"role": "user", "content": results},
    ]
    body = request(messages=messages)
    started = time.process_time()
    compose(body, Ids(seed=1).new)
    assert time.process_time() - started < 5.0  # measured: 0.3 s
