"""JSON Schema of Python types, without references, as models read it best."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

import msgspec

from rookery.tools.described import add_texts, field_texts

_PREFIX = "#/$defs/"


def schemas(hints: list[Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return a schema for each type, and the definitions that have to stay shared.

    Every reference is replaced by what it refers to; only types that contain themselves stay as
    `#/$defs/<name>`. Raises TypeError for a type that JSON cannot carry.
    """
    found, components = msgspec.json.schema_components(
        hints, schema_hook=_custom, ref_template=_PREFIX + "{name}"
    )
    texts = field_texts(hints)
    components = {name: add_texts(name, body, texts) for name, body in components.items()}
    recursive = _recursive(components)
    plain = [_expand(schema, components, recursive) for schema in found]
    kept = _reachable(plain, components) & recursive
    shared = {name: _expand(components[name], components, recursive) for name in sorted(kept)}
    return plain, shared


def from_builtins(value: Any, hint: Any) -> Any:
    """Return the value of type `hint` that JSON's `value` stands for.

    Types must fit: the only conversions are those of the wire, an integer where a number is
    expected, and text or lists for the types that JSON writes so (enums, dates, bytes, sets,
    paths, dataclasses). Text is never read as a number. Raises msgspec.ValidationError.
    """
    return msgspec.convert(value, hint, dec_hook=_decode)


def _custom(kind: type) -> dict[str, Any]:
    if issubclass(kind, PurePath):
        return {"type": "string"}
    raise NotImplementedError


def _decode(kind: type, value: Any) -> Any:
    if issubclass(kind, PurePath) and isinstance(value, str):
        return kind(value)
    raise TypeError(f"Expected `str`, got `{type(value).__name__}`")


def _names(node: Any) -> set[str]:
    """Return the definitions that a schema refers to directly."""
    if isinstance(node, list):
        return {name for item in node for name in _names(item)}
    if not isinstance(node, dict):
        return set()
    target = node.get("$ref")
    own = {target.removeprefix(_PREFIX)} if isinstance(target, str) else set()
    return own | {name for item in node.values() for name in _names(item)}


def _reachable(node: Any, components: dict[str, Any]) -> set[str]:
    seen: set[str] = set()
    waiting = _names(node)
    while waiting:
        name = waiting.pop()
        seen.add(name)
        waiting |= _names(components[name]) - seen
    return seen


def _recursive(components: dict[str, Any]) -> set[str]:
    return {name for name, body in components.items() if name in _reachable(body, components)}


def _expand(node: Any, components: dict[str, Any], keep: set[str]) -> Any:
    if isinstance(node, list):
        return [_expand(item, components, keep) for item in node]
    if not isinstance(node, dict):
        return node
    target = node.get("$ref")
    if isinstance(target, str) and (name := target.removeprefix(_PREFIX)) not in keep:
        # The class name as title tells a model nothing and costs tokens in every request.
        body = {key: value for key, value in components[name].items() if key != "title"}
        return _expand({**body, **{k: v for k, v in node.items() if k != "$ref"}}, components, keep)
    # A discriminator's mapping refers to definitions that are gone; the tags are in the branches.
    plain = {k: _expand(v, components, keep) for k, v in node.items() if k != "discriminator"}
    if _only_text(plain.get("enum")):
        plain = {"type": "string", **plain}
    return plain


def _only_text(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)
