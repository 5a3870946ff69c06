"""Schemas: what is valid, and instances that are."""

from __future__ import annotations

from typing import Any

import pytest

from rookery.jsonschema.patterns import example, matches
from rookery.jsonschema.schema import pointed_at
from rookery.jsonschema.valid import valid
from rookery.providers.offline.schema_instance import instance

TREE: dict[str, Any] = {
    "$defs": {"node": {"type": "object", "required": ["next"],
                       "properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"},
                                                         {"type": "null"}]}}}},
    "$ref": "#/$defs/node",
}  # fmt: skip


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "integer", "minimum": 3}, 3, 2),
        ({"type": "integer"}, 2.0, 2.5),
        ({"type": "number", "multipleOf": 0.1}, 0.3, 0.35),
        ({"type": ["string", "null"]}, None, 1),
        ({"enum": [1, "a"]}, "a", True),
        ({"const": 0}, 0, False),
        ({"type": "string", "pattern": "^[A-Z]{3}$"}, "ABC", "AB"),
        ({"type": "array", "items": {"type": "string"}, "minItems": 1}, ["a"], []),
        ({"uniqueItems": True}, [1, 2], [1, 1]),
        ({"properties": {"a": True}, "additionalProperties": False}, {"a": 1}, {"b": 1}),
        ({"oneOf": [{"type": "integer"}, {"minimum": 5}]}, 2, 7),
        ({"not": {"type": "string"}}, 1, "a"),
        (TREE, {"next": {"next": None}}, {"next": {}}),
    ],
)
def test_valid(schema: dict[str, Any], good: Any, bad: Any) -> None:
    assert valid(good, schema)
    assert not valid(bad, schema)
    assert not valid(bad, False)


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("#", {"a": [1, {"b/c": 2}]}),
        ("#/a/0", 1),
        ("#/a/1/b~1c", 2),
        ("#/a/2", None),
        ("#/a/\u00b2", None),  # a digit to Python, but no number
        ("#/a/99999999", None),
        ("#/x", None),
        ("other.json#/a", None),
    ],
)
def test_a_reference_points_into_its_own_document(reference: str, found: Any) -> None:
    assert pointed_at(reference, {"a": [1, {"b/c": 2}]}) == found


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (TREE, {"next": None}),
        ({"type": "string", "format": "date"}, "1970-01-01"),
        ({"type": "string", "minLength": 3}, "aaa"),
        ({"type": "string", "pattern": r"^\d{4}-[A-Z]+$"}, "0000-A"),
        ({"type": "integer", "exclusiveMinimum": 4, "multipleOf": 3}, 6),
        ({"type": "number", "maximum": -2.5}, -2.5),
        ({"type": "array", "items": {"type": "boolean"}, "minItems": 2}, [False, False]),
        ({"enum": ["x", "y"]}, "x"),
        ({"anyOf": [{"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"]}]},
         {"a": 1}),
        ({"allOf": [{"properties": {"a": {"type": "integer"}}, "required": ["a"]},
                    {"properties": {"b": {"type": "null"}}, "required": ["b"]}]},
         {"a": 0, "b": None}),
    ],
)  # fmt: skip
def test_instances(schema: dict[str, Any], value: Any) -> None:
    assert instance(schema) == value
    assert valid(value, schema)


def test_labels_in_the_text_fill_properties() -> None:
    properties = {
        "name": {"type": "string"},
        "age": {"type": "integer"},
        "skills": {"type": "array", "items": {"type": "string"}},
        "rank": {"type": ["string", "null"]},
    }
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    text = "Name: Ada Lovelace\nAge: 36\nSkills: maths, writing"
    assert instance(schema, text) == {
        "name": "Ada Lovelace", "age": 36, "skills": ["maths", "writing"], "rank": None,
    }  # fmt: skip


def test_patterns_that_could_run_away_are_not_run() -> None:
    assert matches("^(a+)+$", "b")
    assert example("^(a|b)c+$") == "ac"
    assert example(r"^\+?[0-9]{7}$") == "0000000"
