"""Schemas that constrain what is sampled: those of strict tools and of structured output.

They are a subset of JSON schema, with limits over all of them together (docs: "Structured
outputs", "JSON Schema limitations", "Schema complexity limits").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from rookery.jsonschema.draft import inner, is_schema
from rookery.jsonschema.schema import pointed_at
from rookery.jsonschema.values import is_type
from rookery.rules import schemas as rules

MAX_TOOLS = 20
MAX_OPTIONAL = 24
MAX_UNIONS = 16
MAX_NODES = 1000
"""Schemas within schemas, of all together. The API has a limit of its own, on what it compiles
them to; in practice it is below this one."""

_FORMATS = frozenset(
    (
        "date",
        "date-time",
        "duration",
        "email",
        "hostname",
        "ipv4",
        "ipv6",
        "text",  # what the official clients fill in
        "time",
        "uri",
        "uuid",
    )
)
_ANYWHERE = frozenset(
    (
        "$comment",
        "$defs",
        "$id",
        "$ref",
        "$schema",
        "allOf",
        "anyOf",
        "const",
        "default",
        "definitions",
        "deprecated",
        "description",
        "enum",
        "examples",
        "readOnly",
        "title",
        "type",
        "writeOnly",
    )
)
_OF_TYPE: dict[str, frozenset[str]] = {
    "object": frozenset(("additionalProperties", "properties", "required")),
    "array": frozenset(("items", "minItems")),
    "string": frozenset(("format", "pattern")),
}
_REFUSED = ("oneOf", "not", "if", "then", "else")
_REGEX = {
    r"\(\?[=!<]": "Lookaround is not supported.",
    r"\\[1-9]": "Backreferences are not supported.",
    r"\\[bB]": "Word boundaries are not supported.",
}


class Strict:
    """The strict schemas of one request, counted together."""

    def __init__(self) -> None:
        self._tools = 0
        self._optional = 0
        self._unions = 0
        self._nodes = 0

    def tool(self, schema: dict[str, Any], path: str) -> None:
        """Check the schema of a strict tool; `path` is that of the tool."""
        self._tools += 1
        self.schema(schema, path)

    def schema(self, schema: dict[str, Any], path: str) -> None:
        """Check one schema."""
        if not is_schema(schema):
            raise rules.STRICT_INVALID.error(path)
        for node in _nodes(schema):
            self._nodes += 1
            if self._nodes > MAX_NODES:
                raise rules.STRICT_TOO_COMPLEX.error(path)
            _keywords(node, path)
            _reference(node, schema, path)
            self._count(node)
        _cycles(schema, path)

    def end(self) -> None:
        """Check the limits."""
        if self._tools > MAX_TOOLS:
            raise rules.STRICT_TOOLS.error(count=self._tools, maximum=MAX_TOOLS)
        if self._optional > MAX_OPTIONAL:
            raise rules.STRICT_OPTIONAL.error(count=self._optional, maximum=MAX_OPTIONAL)
        if self._unions > MAX_UNIONS:
            raise rules.STRICT_UNIONS.error(count=self._unions, maximum=MAX_UNIONS)

    def _count(self, node: dict[str, Any]) -> None:
        properties = node.get("properties") or {}
        self._optional += len(properties.keys() - set(node.get("required") or ()))
        self._unions += sum(map(_is_union, properties.values()))


def _is_union(schema: Any) -> bool:
    return isinstance(schema, dict) and ("anyOf" in schema or isinstance(schema.get("type"), list))


def _nodes(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every object of the schema, those of its definitions too."""
    todo: list[Any] = [schema]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            yield node
            for keyword, value in node.items():
                todo.extend(inner(keyword, value))


# --- one object ----------------------------------------------------------------------------------


def _keywords(node: dict[str, Any], path: str) -> None:
    for name in _REFUSED:
        if name in node:
            raise rules.STRICT_KEYWORD.error(path, name=name)
    declared = node.get("type")
    kinds = [declared] if isinstance(declared, str) else declared or []
    if kinds:
        _only_known(node, kinds, path)
    if "object" in kinds:
        _closed(node, path)
    if node.get("minItems") not in (None, 0, 1):
        raise rules.STRICT_MIN_ITEMS.error(path, given=node["minItems"])
    if "format" in node and node["format"] not in _FORMATS:
        raise rules.STRICT_FORMAT.error(path, format=node["format"])
    if "pattern" in node:
        _pattern(node["pattern"], path)
    if "enum" in node:
        _enum(node["enum"], declared, path)
    if any(isinstance(part, dict) and "$ref" in part for part in node.get("allOf") or ()):
        raise rules.STRICT_ALL_OF.error(path)


def _only_known(node: dict[str, Any], kinds: list[str], path: str) -> None:
    known = _ANYWHERE.union(*(_OF_TYPE.get(kind, ()) for kind in kinds))
    if node.keys() <= known:
        return
    names = sorted(node.keys() - known)
    if len(names) == 1:
        raise rules.STRICT_PROPERTY.error(path, type=kinds[0], name=names[0])
    raise rules.STRICT_PROPERTIES.error(path, type=kinds[0], names=", ".join(names))


def _closed(node: dict[str, Any], path: str) -> None:
    given = node.get("additionalProperties")
    if given is False:
        return
    if "additionalProperties" not in node:
        raise rules.STRICT_OPEN.error(path)
    raise rules.STRICT_ADDITIONAL.error(path, given="true" if given is True else "object")


def _pattern(pattern: str, path: str) -> None:
    for feature, what in _REGEX.items():
        if re.search(feature, pattern):
            raise rules.STRICT_PATTERN.error(path, what=what)


def _enum(values: list[Any], declared: Any, path: str) -> None:
    for value in values:
        if isinstance(value, dict | list):
            raise rules.STRICT_ENUM_COMPLEX.error(path)
        # Of a list of types the API says that no value matches it.
        if isinstance(declared, list) or (declared and not is_type(value, declared)):
            raise rules.STRICT_ENUM_TYPE.error(
                path,
                value=value if isinstance(value, str) else _json(value),
                type=declared if isinstance(declared, str) else _json(declared),
            )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


# --- references ----------------------------------------------------------------------------------


def _reference(node: dict[str, Any], root: dict[str, Any], path: str) -> None:
    reference = node.get("$ref")
    if not isinstance(reference, str):
        return
    if not reference.startswith("#"):
        raise rules.STRICT_EXTERNAL.error(path, reference=reference)
    if pointed_at(reference, root) is None:
        raise rules.STRICT_REFERENCE.error(path, reference=reference)


def cycle(root: dict[str, Any]) -> list[str] | None:
    """Return the names of references that lead back to their beginning; None where none does.

    Of a schema with very many references only the first are followed.
    """
    done: set[str] = set()
    for start in _references(root):
        if len(done) > MAX_NODES:
            break
        trail = {start: _inside(start, root)}
        while trail:
            reference, rest = next(reversed(trail.items()))
            step = next(rest, None)
            if step is None:
                del trail[reference]
                done.add(reference)
            elif step in trail:
                names = [*trail, step]
                return [name.rsplit("/", 1)[-1] for name in names[names.index(step) :]]
            elif step not in done:
                trail[step] = _inside(step, root)
    return None


def _inside(reference: str, root: dict[str, Any]) -> Iterator[str]:
    """The references in what a reference points at."""
    target = pointed_at(reference, root)
    return _references(target) if isinstance(target, dict) else iter(())


def _references(schema: dict[str, Any]) -> Iterator[str]:
    for node in islice(_nodes(schema), MAX_NODES):
        if isinstance(reference := node.get("$ref"), str):
            yield reference


def _cycles(root: dict[str, Any], path: str) -> None:
    if found := cycle(root):
        raise rules.STRICT_CIRCULAR.error(path, cycle=" -> ".join(found))
