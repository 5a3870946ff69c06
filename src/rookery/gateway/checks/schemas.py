"""Whether the schema of a tool's input is one, by draft 2020-12 and what the API adds.

The draft's own schema of schemas says which keyword has a value of which form; a keyword that it
does not know may have any. References are not followed: the draft does not ask for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import msgspec

from rookery.rules import schemas as rules
from rookery.rules.rule import Rule

_CACHED_BYTES = 32_768
"""The largest schema whose verdict is kept."""
_KEY = re.compile(r"[a-zA-Z0-9_.-]{1,64}")

TYPES = frozenset(("array", "boolean", "integer", "null", "number", "object", "string"))
_COMBINERS = ("oneOf", "allOf", "anyOf")


def fault(schema: dict[str, Any]) -> Rule | None:
    """Return the rule that the schema of a tool's input breaks, or None.

    Verdicts are kept by the bytes of the schema: clients send the same tools again and again.
    """
    data = msgspec.json.encode(schema)
    return _kept(data) if len(data) <= _CACHED_BYTES else _fault(schema)


@lru_cache(maxsize=1024)
def _kept(data: bytes) -> Rule | None:
    return _fault(msgspec.json.decode(data))


def _fault(schema: dict[str, Any]) -> Rule | None:
    if any(keyword in schema for keyword in _COMBINERS):
        return rules.SCHEMA_COMBINED
    properties = schema.get("properties")
    if isinstance(properties, dict) and not all(map(_KEY.fullmatch, properties)):
        return rules.SCHEMA_KEYS
    return None if is_schema(schema) else rules.SCHEMA_INVALID


def is_schema(schema: Any) -> bool:
    """Whether a value is a schema, by the draft."""
    todo = [schema]
    while todo:
        node = todo.pop()
        if isinstance(node, bool):
            continue
        if not isinstance(node, dict):
            return False
        for keyword, value in node.items():
            form = FORMS.get(keyword)
            if form is not None and not form(value):
                return False
            todo.extend(inner(keyword, value))
    return True


def inner(keyword: str, value: Any) -> Iterator[Any]:
    """Yield the schemas below a keyword; none where its value has not its form."""
    if keyword in _ONE:
        yield value
    elif keyword in _LIST and isinstance(value, list):
        yield from value
    elif keyword in _MAP and isinstance(value, dict):
        yield from value.values()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_natural(value: Any) -> bool:
    return _is_number(value) and value >= 0 and float(value).is_integer()


def _is_names(value: Any) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(item, str) for item in value)
        and len(set(value)) == len(value)
    )


def _is_type(value: Any) -> bool:
    if isinstance(value, str):
        return value in TYPES
    return _is_names(value) and bool(value) and TYPES.issuperset(value)


def _is_step(value: Any) -> bool:
    return _is_number(value) and value > 0


def _is_named_lists(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_names, value.values()))


def _of(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kind)


def _is_schemas(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


_ONE = frozenset(
    (
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    )
)
_LIST = frozenset(("allOf", "anyOf", "oneOf", "prefixItems"))
_MAP = frozenset(("$defs", "definitions", "dependentSchemas", "patternProperties", "properties"))

FORMS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(_LIST, _is_schemas),
    **dict.fromkeys(_MAP, _of(dict)),
    **dict.fromkeys(
        (
            "$anchor",
            "$comment",
            "$dynamicAnchor",
            "$dynamicRef",
            "$id",
            "$ref",
            "$schema",
            "contentEncoding",
            "contentMediaType",
            "description",
            "format",
            "pattern",
            "title",
        ),
        _of(str),
    ),
    **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum"), _is_number),
    **dict.fromkeys(
        (
            "maxContains",
            "maxItems",
            "maxLength",
            "maxProperties",
            "minContains",
            "minItems",
            "minLength",
            "minProperties",
        ),
        _is_natural,
    ),
    **dict.fromkeys(("deprecated", "readOnly", "uniqueItems", "writeOnly"), _of(bool)),
    "dependentRequired": _is_named_lists,
    "enum": _of(list),
    "examples": _of(list),
    "multipleOf": _is_step,
    "required": _is_names,
    "type": _is_type,
}
"""The form of each keyword's value, beside that of the schemas below it."""
