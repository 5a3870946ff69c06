from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.tools.schema import from_builtins, schemas
from tests.tools.conftest import quick


class Size(enum.Enum):
    S = "small"
    L = "large"


@dataclass
class Item:
    name: str
    size: Size
    price: float | None = None


class Order(msgspec.Struct):
    items: list[Item]
    notes: dict[str, str]


class Card(TypedDict):
    number: int


class Cat(msgspec.Struct, tag="cat"):
    lives: int


class Dog(msgspec.Struct, tag="dog"):
    name: str


finite = st.floats(allow_nan=False, allow_infinity=False)
items = st.builds(Item, st.text(), st.sampled_from(Size), st.none() | finite)
VALUES: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (int, st.integers(-(2**63), 2**64 - 1)),
    (float, finite),
    (bool, st.booleans()),
    (str, st.text()),
    (int | str | None, st.none() | st.integers(-(2**63), 2**64 - 1) | st.text()),
    (list[int], st.lists(st.integers(-1000, 1000))),
    (dict[str, list[bool]], st.dictionaries(st.text(), st.lists(st.booleans()))),
    (Literal["a", "b"], st.sampled_from(["a", "b"])),
    (Size, st.sampled_from(Size)),
    (Item, items),
    (Order, st.builds(Order, st.lists(items), st.dictionaries(st.text(), st.text()))),
    (Card, st.fixed_dictionaries({"number": st.integers(0, 9)})),
    (Cat | Dog, st.builds(Cat, st.integers(0, 9)) | st.builds(Dog, st.text())),
    (set[int], st.sets(st.integers(0, 9))),
]
TYPES: dict[str, Any] = {
    "integer": int,
    "number": (int, float),
    "string": str,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | finite | st.sampled_from(["a", "small", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "size", "number", "type", "lives"]), inner, max_size=3
        )
    ),
    max_leaves=5,
)


def admits(schema: dict[str, Any], value: Any) -> bool:
    """A validator for what our schemas use of JSON Schema."""
    if "anyOf" in schema:
        return any(admits(branch, value) for branch in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    kind = schema.get("type")
    if isinstance(value, bool):
        return kind in {None, "boolean"}
    if kind and not isinstance(value, TYPES[kind]):
        return False
    if isinstance(value, list):
        return all(admits(schema.get("items", {}), item) for item in value)
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        rest = schema.get("additionalProperties", {})
        return all(name in value for name in schema.get("required", ())) and all(
            admits(properties.get(name, rest), item) for name, item in value.items()
        )
    return True


@quick
@given(st.data())
def test_a_value_survives_json_and_its_schema_admits_it(data: st.DataObject) -> None:
    hint, strategy = data.draw(st.sampled_from(VALUES))
    value = data.draw(strategy)
    plain = msgspec.json.decode(msgspec.json.encode(value))
    assert from_builtins(plain, hint) == value
    (schema,), shared = schemas([hint])
    assert not shared
    assert admits(schema, plain)


@quick
@given(st.sampled_from([hint for hint, _ in VALUES if hint is not set[int]]), JSON)
def test_what_is_taken_is_what_the_schema_admits(hint: Any, value: Any) -> None:
    (schema,), _ = schemas([hint])
    try:
        from_builtins(value, hint)
        taken = True
    except msgspec.ValidationError:
        taken = False
    assert admits(schema, value) or not taken


def test_tagged_unions_keep_their_tags_and_no_reference() -> None:
    (schema,), shared = schemas([Cat | Dog])
    assert not shared
    assert schema == {
        "anyOf": [
            {
                "type": "object",
                "properties": {
                    "type": {"type": "string", "enum": ["cat"]},
                    "lives": {"type": "integer"},
                },
                "required": ["type", "lives"],
            },
            {
                "type": "object",
                "properties": {
                    "type": {"type": "string", "enum": ["dog"]},
                    "name": {"type": "string"},
                },
                "required": ["type", "name"],
            },
        ]
    }


@pytest.mark.parametrize(
    ("value", "hint"),
    [("3", int), (3.0, int), (True, int), (1, bool), ("true", bool), (1, str), ("[1]", list[int])],
)
def test_nothing_is_read_as_another_type(value: Any, hint: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        from_builtins(value, hint)


def test_an_integer_is_a_number() -> None:
    assert isinstance(from_builtins(3, float), float)
