"""A JSON value that is valid for a schema, with what a text says in it where it fits.

Where the text says nothing, the schema decides: its default, its first option, or the smallest
value of the type.
"""

from __future__ import annotations

import math
from typing import Any

from rookery.providers.offline.fill import fill
from rookery.providers.offline.params import leaves
from rookery.providers.offline.patterns import example
from rookery.providers.offline.schema import (
    Schema,
    as_schema,
    listed,
    properties,
    required,
    resolve,
    types,
)
from rookery.providers.offline.toolbox import Tool
from rookery.providers.offline.valid import valid
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


def instance(schema: Any, text: str = "") -> Any:
    """Return a value that is valid for the schema, as far as its budget goes."""
    root = as_schema(schema)
    flat = resolve(root, root)
    said = _from_text(flat, root, text) if properties(flat) and text else {}
    builder = _Builder(root)
    best = builder.build(flat, said, _DEPTH)
    if valid(best, root):
        return best
    return next((value for value in builder.options(root, said) if valid(value, root)), best)


def _from_text(flat: Schema, root: Schema, text: str) -> dict[str, Any]:
    """Return the properties that the text gives, each valid by itself."""
    reader = Tool("", flat, root, tuple(leaves(flat, root)))
    return fill(reader, Passage(text)).input


class _Builder:
    """Builds one value, with a budget of parts, for schemas that grow without end."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._budget = 3000

    def options(self, schema: Schema, said: Any) -> list[Any]:
        """Return a value for each alternative of a schema."""
        result = []
        for keyword in ("anyOf", "oneOf"):
            for option in listed(schema, keyword):
                rest = {key: value for key, value in schema.items() if key != keyword}
                merged = {**rest, **resolve(option, self._root)}
                result += [self.build(merged, said, _DEPTH), self.build(merged, {}, _DEPTH)]
        result.append(self.build(resolve(schema, self._root), {}, _DEPTH))
        return [*result, {}, "", 0, [], None, False, True, 1, "a", [0], {"a": 0}]

    def build(self, schema: Any, said: Any, depth: int) -> Any:
        """Return a value for a schema; `said` is what the text gave for it, {} for nothing."""
        self._budget -= 1
        if said == {} and depth < _DEPTH and _allows_null(as_schema(schema), self._root):
            return None  # nothing is said, and the schema lets that be said
        flat = resolve(schema, self._root)
        if said not in ({}, None) and valid(said, flat, self._root):
            given = said
            if not isinstance(said, dict):
                return given
        for keyword in ("const", "default"):
            if keyword in flat and valid(flat[keyword], flat, self._root):
                return flat[keyword]
        options = flat.get("enum")
        if isinstance(options, list):
            fitting = (option for option in options if valid(option, flat, self._root))
            return next(fitting, options[0] if options else None)
        return self._typed(flat, said, depth)

    def _typed(self, flat: Schema, said: Any, depth: int) -> Any:
        allowed = types(flat) or ("string",)
        kind = next((name for name in allowed if name != "null"), "null")
        if kind == "object":
            return self._object(flat, said if isinstance(said, dict) else {}, depth)
        if kind == "array":
            return self._array(flat, depth)
        if kind in ("integer", "number"):
            return _number(flat, kind)
        if kind == "boolean":
            return False
        return None if kind == "null" else _string(flat)

    def _object(self, flat: Schema, said: dict[str, Any], depth: int) -> dict[str, Any]:
        known, must = properties(flat), required(flat)
        if depth <= 0 or self._budget <= 0:
            return {}
        result = {
            name: self.build(known.get(name, _additional(flat)), said.get(name, {}), depth - 1)
            for name in dict.fromkeys([*(n for n in known if n in must or n in said), *must])
        }
        least = flat.get("minProperties")
        names = [name for name in known if name not in result]
        names += [f"key{n}" for n in range(_ITEMS)]
        while isinstance(least, int) and len(result) < min(least, _ITEMS):
            name = names.pop(0)
            result[name] = self.build(known.get(name, _additional(flat)), {}, depth - 1)
        return result

    def _array(self, flat: Schema, depth: int) -> list[Any]:
        least = flat.get("minItems")
        count = max(0, min(int(least), _ITEMS)) if isinstance(least, int | float) else 0
        if "contains" in flat:
            count = max(count, 1)
        prefix = flat.get("prefixItems")
        parts = list(prefix) if isinstance(prefix, list) else []
        if depth <= 0 or self._budget <= 0:
            return []
        parts += [flat.get("contains", flat.get("items", {}))] * (count - len(parts))
        result = [self.build(part, {}, depth - 1) for part in parts[:count]]
        return _distinct(result, flat, self._root) if flat.get("uniqueItems") is True else result


def _allows_null(schema: Schema, root: Schema) -> bool:
    """Whether a schema names null among its types or alternatives, and nothing else forbids it."""
    named = schema.get("type")
    options = [*listed(schema, "anyOf"), *listed(schema, "oneOf")]
    explicit = named == "null" or (isinstance(named, list) and "null" in named)
    explicit = explicit or any(as_schema(option).get("type") == "null" for option in options)
    explicit = explicit or any(
        _allows_null(as_schema(option), {}) for option in options if "anyOf" in as_schema(option)
    )
    return explicit and valid(None, schema, root)


def _additional(flat: Schema) -> Any:
    return flat.get("additionalProperties", {})


def _distinct(found: list[Any], flat: Schema, root: Schema) -> list[Any]:
    """Make the items of a list differ: by the options of their schema, or by counting on."""
    item = resolve(flat.get("items", {}), root)
    options = item.get("enum")
    if isinstance(options, list):
        return options[: len(found)]
    result: list[Any] = []
    for index, value in enumerate(found):
        if isinstance(value, bool):
            result.append(index % 2 == 1)
        elif isinstance(value, int | float):
            step = item.get("multipleOf")
            result.append(value + index * (step if isinstance(step, int | float) else 1))
        else:
            result.append(f"{value}{index}" if isinstance(value, str) and index else value)
    return result


def _string(flat: Schema) -> str:
    pattern, form = flat.get("pattern"), flat.get("format")
    if isinstance(pattern, str) and (text := example(pattern)) is not None:
        return _sized(text, flat) if valid(_sized(text, flat), flat) else text
    return _sized(_FORMATS.get(form, "") if isinstance(form, str) else "", flat)


def _sized(text: str, flat: Schema) -> str:
    least, most = flat.get("minLength"), flat.get("maxLength")
    if isinstance(least, int | float) and len(text) < least:
        text += (text[-1:] or "a") * (min(int(least), 10000) - len(text))
    return text[: int(most)] if isinstance(most, int | float) and most >= 0 else text


def _number(flat: Schema, kind: str) -> int | float:
    """Return the number nearest to zero that the bounds allow."""
    low, high = (
        _bound(flat, "minimum", "exclusiveMinimum", 1),
        _bound(flat, "maximum", "exclusiveMaximum", -1),
    )
    step = flat.get("multipleOf")
    step = step if isinstance(step, int | float) and step > 0 else None
    for value in _tries(low, high, step):
        plain = int(value) if float(value).is_integer() else value
        if (kind != "integer" or isinstance(plain, int)) and valid(plain, flat):
            return plain
    return 0


def _bound(flat: Schema, keyword: str, exclusive: str, sign: int) -> float | None:
    bound, open_bound = flat.get(keyword), flat.get(exclusive)
    found = [float(n) for n in (bound, open_bound) if isinstance(n, int | float) and abs(n) < 1e300]
    return sign * max(sign * n for n in found) if found else None


def _tries(low: float | None, high: float | None, step: float | None) -> list[float]:
    result = [0.0]
    if low is not None:
        result += [low, math.ceil(low), math.floor(low) + 1]
    if high is not None:
        result += [high, math.floor(high), math.ceil(high) - 1]
    if low is not None and high is not None:
        result += [(low + high) / 2]
    if step is not None:
        result += [math.ceil((low or 0) / step) * step, (math.floor((low or 0) / step) + 1) * step]
        result += [math.floor((high or 0) / step) * step]
    return result
