"""A JSON value that is valid for a schema, with what a text says in it where it fits.

Where the text says nothing, the schema decides: its default, its first option, or the smallest
value of the type.
"""

from __future__ import annotations

import math
from copy import deepcopy
from typing import Any

from rookery.jsonschema.patterns import example
from rookery.jsonschema.schema import (
    Schema,
    as_schema,
    listed,
    properties,
    required,
    resolve,
    types,
)
from rookery.jsonschema.valid import valid
from rookery.jsonschema.values import is_number
from rookery.providers.offline.fill import fill
from rookery.providers.offline.params import leaves
from rookery.providers.offline.toolbox import Tool
from rookery.providers.offline.values import Passage

_DEPTH = 12
_ITEMS = 100
_FORMATS = {
    "date": "1970-01-01",
    "date-time": "1970-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "duration": "PT0S",
    "email": "name@example.com",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "hostname": "example.com",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
_NOTHING: dict[str, Any] = {}
"""What is said of a value that the text does not speak of."""


def instance(schema: Any, text: str = "") -> Any:
    """Return a value that is valid for the schema, as far as its budget goes."""
    root = as_schema(schema)
    flat = resolve(root, root)
    said = _NOTHING
    if text and properties(flat):
        said = fill(Tool("", flat, root, tuple(leaves(flat, root))), Passage(text)).input
    return _Builder(root).build(flat, said, _DEPTH)


class _Builder:
    """Builds one value, with a budget of parts, for schemas that grow without end."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._budget = 3000

    def build(self, schema: Any, said: Any, depth: int) -> Any:
        """Return a value for a schema; `said` is what the text gave for it."""
        self._budget -= 1
        if said == _NOTHING and depth < _DEPTH and _names_null(as_schema(schema)):
            return None  # nothing is said, and the schema lets that be said
        flat = resolve(schema, self._root)
        if not isinstance(said, dict) and valid(said, flat, self._root):
            return said
        for keyword in ("const", "default"):
            if keyword in flat and valid(flat[keyword], flat, self._root):
                return deepcopy(flat[keyword])
        options = listed(flat, "enum")
        if options:
            return next((one for one in options if valid(one, flat, self._root)), options[0])
        return self._typed(flat, said, depth)

    def _typed(self, flat: Schema, said: Any, depth: int) -> Any:
        kind = next((name for name in types(flat) or ("string",) if name != "null"), "null")
        if kind in ("object", "array") and (depth <= 0 or self._budget <= 0):
            return {} if kind == "object" else []
        if kind == "object":
            return self._object(flat, said if isinstance(said, dict) else {}, depth - 1)
        if kind == "array":
            return self._array(flat, depth - 1)
        if kind in ("integer", "number"):
            return _number(flat, kind)
        return (
            {"boolean": False, "null": None}[kind] if kind in ("boolean", "null") else _text(flat)
        )

    def _object(self, flat: Schema, said: dict[str, Any], depth: int) -> dict[str, Any]:
        known, must = properties(flat), required(flat)
        names = dict.fromkeys([*(name for name in known if name in must or name in said), *must])
        other = flat.get("additionalProperties", {})
        return {
            name: self.build(known.get(name, other), said.get(name, _NOTHING), depth)
            for name in names
        }

    def _array(self, flat: Schema, depth: int) -> list[Any]:
        least = flat.get("minItems")
        count = max(0, min(int(least), _ITEMS)) if is_number(least) else 0
        parts = listed(flat, "prefixItems")
        parts = [*parts, *[flat.get("items", {})] * (count - len(parts))]
        return [self.build(part, _NOTHING, depth) for part in parts[:count]]


def _names_null(schema: Schema) -> bool:
    """Whether a schema names null among its types or alternatives, and no `enum` forbids it."""
    options = [schema, *listed(schema, "anyOf"), *listed(schema, "oneOf")]
    named = any("null" in types(as_schema(option)) for option in options)
    return named and None in (listed(schema, "enum") or [None])


def _text(flat: Schema) -> str:
    pattern, form = flat.get("pattern"), flat.get("format")
    if isinstance(pattern, str) and (text := example(pattern)) is not None:
        return text
    text = _FORMATS.get(form, "") if isinstance(form, str) else ""
    least = flat.get("minLength")
    if is_number(least) and len(text) < least:
        text += (text[-1:] or "a") * (min(int(least), 10000) - len(text))
    return text


def _number(flat: Schema, kind: str) -> int | float:
    """Return a number near zero that the bounds allow."""
    for value in (0.0, *_near_bounds(flat)):
        plain = int(value) if value.is_integer() else value
        if (kind != "integer" or isinstance(plain, int)) and valid(plain, flat):
            return plain
    return 0


def _near_bounds(flat: Schema) -> list[float]:
    """Return the numbers at, just above and just below each bound, and those of its steps."""
    names = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
    given = [flat[name] for name in names if is_number(flat.get(name))]
    bounds = [float(bound) for bound in given if abs(bound) < 1e300]
    step = flat.get("multipleOf")
    step = float(step) if is_number(step) and 0 < step < 1e300 else 1.0
    result = [*bounds, sum(bounds) / len(bounds)] if bounds else []
    for bound in bounds:
        count = math.floor(bound / step) if abs(bound / step) < 1e15 else 0
        result += [count * step, (count + 1) * step, (count - 1) * step]
    return result
