"""JSON schemas as requests carry them: references, a plain form, and whether a value is valid.

Schemas come from callers, so every walk has a budget: a schema that refers to itself, or to very
much, cannot take the engine's time.
"""

from __future__ import annotations

from typing import Any

from rookery.providers.offline.patterns import matches

Schema = dict[str, Any]
DEPTH = 24
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
    "number": (int, float),
    "integer": (int, float),
}


def as_schema(schema: Any) -> Schema:
    """Return a schema in its object form: `true` allows everything, `false` nothing."""
    if isinstance(schema, dict):
        return schema
    return {"not": {}} if schema is False else {}


def resolve(schema: Any, root: Schema) -> Schema:
    """Follow local references, and merge `allOf` and the first useful of `anyOf` and `oneOf`."""
    result = _dereference(as_schema(schema), root)
    for keyword in ("anyOf", "oneOf"):
        options = result.get(keyword)
        if isinstance(options, list) and "type" not in result and "properties" not in result:
            plain = [_dereference(as_schema(option), root) for option in options[:32]]
            useful = [option for option in plain if option.get("type") != "null"]
            if useful:
                rest = {key: value for key, value in result.items() if key != keyword}
                result = {**useful[0], **rest}
    parts = result.get("allOf")
    if isinstance(parts, list):
        for part in parts[:32]:
            result = _merge(result, _dereference(as_schema(part), root))
    return result


def _dereference(schema: Schema, root: Schema) -> Schema:
    for _ in range(DEPTH):
        target = schema.get("$ref")
        if not isinstance(target, str):
            return schema
        found = _lookup(target, root)
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**found, **rest}
    return {key: value for key, value in schema.items() if key != "$ref"}


def _lookup(reference: str, root: Schema) -> Schema:
    """Return the part of the root that `#/a/b` points at; no other document is ever read."""
    node: Any = root
    if not reference.startswith("#"):
        return {}
    for part in reference[1:].split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict):
            node = node.get(name)
        elif isinstance(node, list) and name.isdigit() and len(name) < 6 and int(name) < len(node):
            node = node[int(name)]
        else:
            return {}
    return as_schema(node) if isinstance(node, dict | bool) else {}


def _merge(first: Schema, second: Schema) -> Schema:
    result = {**first, **second}
    if "properties" in first and "properties" in second:
        result["properties"] = {**properties(first), **properties(second)}
    if "required" in first and "required" in second:
        result["required"] = list(dict.fromkeys([*required(first), *required(second)]))
    return result


def properties(schema: Schema) -> dict[str, Any]:
    """Return the properties of an object schema."""
    found = schema.get("properties")
    return found if isinstance(found, dict) else {}


def required(schema: Schema) -> list[str]:
    """Return the names of the required properties."""
    found = schema.get("required")
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def types(schema: Schema) -> tuple[str, ...]:
    """Return the types that a resolved schema allows; what it implies where it names none."""
    named = schema.get("type")
    if isinstance(named, str):
        return (named,)
    if isinstance(named, list):
        return tuple(name for name in named if isinstance(name, str))
    for keyword, implied in _IMPLIED.items():
        if keyword in schema:
            return (implied,)
    return ()


_IMPLIED = {
    "properties": "object",
    "items": "array",
    "prefixItems": "array",
    "pattern": "string",
    "minLength": "string",
    "format": "string",
    "minimum": "number",
    "maximum": "number",
    "multipleOf": "number",
}


def valid(value: Any, schema: Any, root: Schema | None = None) -> bool:
    """Whether a value is valid; what the budget leaves unread counts as valid."""
    base = root if root is not None else as_schema(schema)
    return _Check(base).check(value, schema, DEPTH)


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
        flat = _dereference(schema, self._root)
        return (
            _type_fits(value, flat)
            and _enum_fits(value, flat)
            and _size_fits(value, flat)
            and self._parts_fit(value, flat, depth - 1)
            and self._combined(value, flat, depth - 1)
        )

    def _parts_fit(self, value: Any, schema: Schema, depth: int) -> bool:
        if isinstance(value, dict):
            return self._object_fits(value, schema, depth)
        if not isinstance(value, list):
            return True
        prefix = schema.get("prefixItems")
        prefix = prefix if isinstance(prefix, list) else []
        pairs = [*zip(value, prefix, strict=False)]
        pairs += [(item, schema.get("items", True)) for item in value[len(prefix) :]]
        if not all(self.check(item, part, depth) for item, part in pairs):
            return False
        contains = schema.get("contains")
        return contains is None or any(self.check(item, contains, depth) for item in value)

    def _object_fits(self, value: dict[str, Any], schema: Schema, depth: int) -> bool:
        known = properties(schema)
        patterns = schema.get("patternProperties")
        patterns = patterns if isinstance(patterns, dict) else {}
        if any(name not in value for name in required(schema)):
            return False
        for name, item in value.items():
            parts = [known[name]] if name in known else []
            parts += [part for pattern, part in patterns.items() if matches(pattern, name)]
            if not parts:
                parts = [schema.get("additionalProperties", True)]
            if not all(self.check(item, part, depth) for part in parts):
                return False
            if "propertyNames" in schema and not self.check(name, schema["propertyNames"], depth):
                return False
        return True

    def _combined(self, value: Any, schema: Schema, depth: int) -> bool:
        def count(keyword: str) -> int:
            return sum(self.check(value, part, depth) for part in _list(schema, keyword))

        if "not" in schema and self.check(value, schema["not"], depth):
            return False
        if count("allOf") != len(_list(schema, "allOf")):
            return False
        if _list(schema, "anyOf") and not count("anyOf"):
            return False
        if _list(schema, "oneOf") and count("oneOf") != 1:
            return False
        if "if" not in schema:
            return True
        branch = "then" if self.check(value, schema["if"], depth) else "else"
        return self.check(value, schema.get(branch, True), depth)


def _list(schema: Schema, keyword: str) -> list[Any]:
    found = schema.get(keyword)
    return found if isinstance(found, list) else []


def _type_fits(value: Any, schema: Schema) -> bool:
    named = schema.get("type")
    allowed = [named] if isinstance(named, str) else named
    if not isinstance(allowed, list):
        return True
    return any(_is_type(value, name) for name in allowed)


def _is_type(value: Any, name: Any) -> bool:
    if not isinstance(name, str) or name not in _TYPES:
        return False
    if isinstance(value, bool):
        return name == "boolean"
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[name])


def _enum_fits(value: Any, schema: Schema) -> bool:
    if "const" in schema and not same(value, schema["const"]):
        return False
    options = schema.get("enum")
    return not isinstance(options, list) or any(same(value, option) for option in options)


def same(first: Any, second: Any) -> bool:
    """Whether two JSON values are equal; `true` is not 1."""
    return isinstance(first, bool) == isinstance(second, bool) and bool(first == second)


def _size_fits(value: Any, schema: Schema) -> bool:
    if isinstance(value, str):
        pattern = schema.get("pattern")
        return _between(len(value), schema, "minLength", "maxLength") and (
            not isinstance(pattern, str) or matches(pattern, value)
        )
    if isinstance(value, list):
        distinct = schema.get("uniqueItems") is not True or len({repr(v) for v in value}) == len(
            value
        )
        return distinct and _between(len(value), schema, "minItems", "maxItems")
    if isinstance(value, dict):
        return _between(len(value), schema, "minProperties", "maxProperties")
    if isinstance(value, bool) or value is None:
        return True
    return _number_fits(value, schema)


def _between(size: float, schema: Schema, low: str, high: str) -> bool:
    least, most = schema.get(low), schema.get(high)
    return (not _is_number(least) or size >= least) and (not _is_number(most) or size <= most)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number_fits(value: float, schema: Schema) -> bool:
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    step = schema.get("multipleOf")
    if _is_number(above) and value <= above:
        return False
    if _is_number(below) and value >= below:
        return False
    if _is_number(step) and step > 0 and not _is_multiple(value, step):
        return False
    return _between(value, schema, "minimum", "maximum")


def _is_multiple(value: float, step: float) -> bool:
    try:
        return abs(value / step - round(value / step)) <= 1e-9
    except (OverflowError, ValueError):  # numbers beyond a float
        return False
