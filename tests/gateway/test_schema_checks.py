"""Schemas come from strangers: whatever they are, a check says yes or no, and soon."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.catalog.lookup import Catalog
from rookery.errors import APIError
from rookery.gateway.checks.strict import Strict, cycle
from rookery.gateway.validate import validate
from rookery.jsonschema.draft import FORMS, inner, is_schema
from rookery.providers.base import Call
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.testing.conformance.refusals.case import message, tool
from rookery.wire.messages import Request

KEYWORDS = st.sampled_from(
    [*FORMS, "items", "not", "if", "additionalProperties", "const", "default", "$ref"]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.sampled_from(
        ["object", "array", "string", "#", "#/$defs/a", "#/properties/a", "#/anyOf/0"]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(KEYWORDS | st.sampled_from(["a", "b"]), inside, max_size=4)
    ),
    max_leaves=12,
)
SCHEMAS = st.dictionaries(KEYWORDS, VALUES, max_size=5)
CODE = {"type": "code_execution_20260120", "name": "code_execution"}
CATALOG = Catalog.builtin()
PROVIDER = ScriptedProvider.of()


@given(schema=SCHEMAS, strict=st.booleans())
def test_no_schema_breaks_a_check(schema: dict[str, Any], strict: bool) -> None:
    given = {**schema, "type": "object"}
    called = tool("called", input_schema=given, allowed_callers=["code_execution_20260120"])
    for body in (
        message(tools=[tool(input_schema=given, strict=strict, input_examples=[{"a": 1}])]),
        message(tools=[CODE, called], model="claude-opus-5"),
        message(output_config={"format": {"type": "json_schema", "schema": schema}}),
    ):
        with suppress(APIError):
            validate(Request(data=msgspec.json.encode(body)), Call("r"), PROVIDER, CATALOG)


@given(schema=SCHEMAS)
def test_what_is_below_a_schema_is_one_too(schema: dict[str, Any]) -> None:
    if is_schema(schema):
        for keyword, value in schema.items():
            assert all(map(is_schema, inner(keyword, value)))


@pytest.mark.parametrize("value", ["text", 1, None, [], {"type": "x"}, {"minItems": 1e999}])
def test_what_is_no_schema(value: Any) -> None:
    assert not is_schema(value)


@pytest.mark.parametrize(
    ("root", "names"),
    [
        ({}, None),
        ({"$ref": "#/$defs/a", "$defs": {"a": {}}}, None),
        ({"a": {"$ref": "#"}}, None),  # not below a keyword
        ({"items": {"$ref": "#"}}, ["#", "#"]),
        ({"anyOf": [{"items": {"$ref": "#/anyOf/0"}}]}, ["0", "0"]),
        (
            {
                "properties": {"x": {"$ref": "#/$defs/a"}, "y": {"$ref": "#/$defs/b"}},
                "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"type": "string"}},
            },
            None,
        ),
        (
            {"$defs": {"a": {"items": {"$ref": "#/$defs/b"}}, "b": {"not": {"$ref": "#/$defs/a"}}}},
            ["b", "a", "b"],
        ),
    ],
)
def test_a_cycle_is_found(root: dict[str, Any], names: list[str] | None) -> None:
    found = cycle(root)
    assert found is None if names is None else found is not None and set(found) == set(names)


def test_a_schema_of_very_many_references_takes_no_time() -> None:
    chain: dict[str, Any] = {
        f"d{n}": {"items": {"$ref": f"#/$defs/d{n + 1}"}} for n in range(50_000)
    }
    chain["d50000"] = {}
    assert cycle({"$defs": chain}) is None  # a recursion or a square would not end
    with pytest.raises(APIError, match="too complex"):
        Strict().schema({"$defs": chain}, "tools.0.custom")
