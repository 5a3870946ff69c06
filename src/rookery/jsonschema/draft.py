"""Whether a value is a JSON schema, by draft 2020-12.

The draft's own schema of schemas says which keyword has a value of which form; a keyword that it
does not know may have any. References are not followed: the draft does not ask for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rookery.jsonschema.values import TYPES, is_number


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


def _is_natural(value: Any) -> bool:
    return is_number(value) and value >= 0 and float(value).is_integer()


def _is_names(value: Any) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(item, str) for item in value)
        and len(set(value)) == len(value)
    )


def _is_type(value: Any) -> bool:
    if isinstance(value, str):
        return value in TYPES
    return _is_names(value) and bool(value) and all(name in TYPES for name in value)


def _is_step(value: Any) -> bool:
    return is_number(value) and value > 0


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
    **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum"), is_number),
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
