"""Whether a JSON value is valid for a schema.

The check has a budget of schemas to look at. What it leaves unread, and what it does not know
(`if`, `contains`, `patternProperties`), counts as valid.
"""

from __future__ import annotations

from typing import Any

from rookery.jsonschema.patterns import matches
from rookery.jsonschema.schema import (
    DEPTH,
    Schema,
    as_schema,
    dereference,
    listed,
    properties,
    required,
)
from rookery.jsonschema.values import is_number, is_type

_SIZES: dict[type, str] = {str: "Length", list: "Items", dict: "Properties"}


def valid(value: Any, schema: Any, root: Schema | None = None) -> bool:
    """Whether a value is valid; what the budget leaves unread counts as valid."""
    return _Check(root if root is not None else as_schema(schema)).check(value, schema, DEPTH)


class _Check:
    """One check, with its budget of schemas to look at."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._budget = 5000

    def check(self, value: Any, schema: Any, depth: int) -> bool:
        self._budget -= 1
        if schema is False:
            return False
        if not isinstance(schema, dict) or depth <= 0 or self._budget <= 0:
            return True
        flat = dereference(schema, self._root)
        return (
            _type_fits(value, flat)
            and _option_fits(value, flat)
            and _size_fits(value, flat)
            and (not isinstance(value, list) or self._list_fits(value, flat, depth - 1))
            and (not isinstance(value, dict) or self._object_fits(value, flat, depth - 1))
            and self._combined(value, flat, depth - 1)
        )

    def _list_fits(self, value: list[Any], schema: Schema, depth: int) -> bool:
        prefix = listed(schema, "prefixItems")
        rest = [schema.get("items", True)] * (len(value) - len(prefix))
        if schema.get("uniqueItems") is True and len(set(map(repr, value))) < len(value):
            return False
        pairs = zip(value, [*prefix, *rest], strict=False)
        return all(self.check(item, part, depth) for item, part in pairs)

    def _object_fits(self, value: dict[str, Any], schema: Schema, depth: int) -> bool:
        known, other = properties(schema), schema.get("additionalProperties", True)
        if "patternProperties" in schema:
            other = True
        return all(name in value for name in required(schema)) and all(
            self.check(item, known.get(name, other), depth) for name, item in value.items()
        )

    def _combined(self, value: Any, schema: Schema, depth: int) -> bool:
        def count(keyword: str) -> int:
            return sum(self.check(value, part, depth) for part in listed(schema, keyword))

        if "not" in schema and self.check(value, schema["not"], depth):
            return False
        if "allOf" in schema and count("allOf") != len(listed(schema, "allOf")):
            return False
        if listed(schema, "anyOf") and not count("anyOf"):
            return False
        return not listed(schema, "oneOf") or count("oneOf") == 1


def _type_fits(value: Any, schema: Schema) -> bool:
    named = schema.get("type")
    allowed = [named] if isinstance(named, str) else named
    return not isinstance(allowed, list) or any(is_type(value, name) for name in allowed)


def _option_fits(value: Any, schema: Schema) -> bool:
    if "const" in schema and not _same(value, schema["const"]):
        return False
    options = schema.get("enum")
    return not isinstance(options, list) or any(_same(value, option) for option in options)


def _same(first: Any, second: Any) -> bool:
    """Whether two JSON values are equal; `true` is not 1."""
    return isinstance(first, bool) == isinstance(second, bool) and bool(first == second)


def _size_fits(value: Any, schema: Schema) -> bool:
    if is_number(value):
        return _number_fits(value, schema)
    name = _SIZES.get(type(value))
    if name and not _between(len(value), schema.get(f"min{name}"), schema.get(f"max{name}")):
        return False
    pattern = schema.get("pattern")
    return not (isinstance(value, str) and isinstance(pattern, str)) or matches(pattern, value)


def _between(size: float, least: Any, most: Any) -> bool:
    return (not is_number(least) or size >= least) and (not is_number(most) or size <= most)


def _number_fits(value: float, schema: Schema) -> bool:
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if (is_number(above) and value <= above) or (is_number(below) and value >= below):
        return False
    step = schema.get("multipleOf")
    if is_number(step) and step > 0 and not _is_multiple(value, step):
        return False
    return _between(value, schema.get("minimum"), schema.get("maximum"))


def _is_multiple(value: float, step: float) -> bool:
    try:
        return abs(value / step - round(value / step)) <= 1e-9
    except (OverflowError, ValueError):  # numbers beyond a float
        return False
