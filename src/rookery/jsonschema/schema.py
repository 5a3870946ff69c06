"""JSON schemas as requests carry them: references, and a plain form to read.

Schemas come from callers, so every walk has a budget: a schema that refers to itself, or to very
much, cannot take a server's time.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
DEPTH = 24
_DIGITS = 7
"""More has no position in a list."""


def as_schema(schema: Any) -> Schema:
    """Return a schema in its object form: `true` allows everything, `false` nothing."""
    if isinstance(schema, dict):
        return schema
    return {"not": {}} if schema is False else {}


def resolve(schema: Any, root: Schema) -> Schema:
    """Follow local references, and merge `allOf` and the first useful of `anyOf` and `oneOf`."""
    result = dereference(as_schema(schema), root)
    result = _first_option(result, root)
    parts = result.get("allOf")
    if isinstance(parts, list):
        for part in parts[:32]:
            result = _merge(result, dereference(as_schema(part), root))
    return result


def _first_option(schema: Schema, root: Schema) -> Schema:
    for keyword in ("anyOf", "oneOf"):
        if "type" in schema or "properties" in schema:
            break
        plain = [dereference(as_schema(option), root) for option in listed(schema, keyword)[:32]]
        useful = [option for option in plain if option.get("type") != "null"]
        if useful:
            rest = {key: value for key, value in schema.items() if key != keyword}
            return {**useful[0], **rest}
    return schema


def dereference(schema: Schema, root: Schema) -> Schema:
    """Follow a local reference, and those it leads to, so far as the depth allows."""
    for _ in range(DEPTH):
        target = schema.get("$ref")
        if not isinstance(target, str):
            return schema
        found = _lookup(target, root)
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**found, **rest}
    return {key: value for key, value in schema.items() if key != "$ref"}


def _lookup(reference: str, root: Schema) -> Schema:
    found = pointed_at(reference, root)
    return as_schema(found) if isinstance(found, dict | bool) else {}


def pointed_at(reference: str, root: Schema) -> Any:
    """Return what `#/a/b` points at in the root, or None; no other document is ever read."""
    if not reference.startswith("#"):
        return None
    node: Any = root
    for part in reference[1:].split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict):
            node = node.get(name)
        elif isinstance(node, list) and name.isdecimal() and len(name) < _DIGITS:
            node = node[int(name)] if int(name) < len(node) else None
        else:
            return None
    return node


def _merge(first: Schema, second: Schema) -> Schema:
    result = {**first, **second}
    if "properties" in first and "properties" in second:
        result["properties"] = {**properties(first), **properties(second)}
    if "required" in first and "required" in second:
        result["required"] = list(dict.fromkeys([*required(first), *required(second)]))
    return result


def listed(schema: Schema, keyword: str) -> list[Any]:
    """Return the value of a keyword that is a list; an empty one where it is none."""
    found = schema.get(keyword)
    return found if isinstance(found, list) else []


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
