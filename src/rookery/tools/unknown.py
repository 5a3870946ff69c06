"""Finds what a model wrote into an input that nobody asked for, at any depth."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def unknown_fields(schema: Schema, value: Any, root: Schema, path: str = "") -> list[str]:
    """Return the paths of fields of `value` that its schema does not have.

    The value must be of the schema's type. `root` has the definitions that references lead to.
    Conversion drops such fields; told about them, a model can correct a name that it misspelt.
    """
    if not isinstance(value, dict | list):
        return []
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return unknown_fields(root["$defs"][name], value, root, path)
    if "anyOf" in schema:
        found = [unknown_fields(branch, value, root, path) for branch in _fitting(schema, value)]
        return min(found, key=len, default=[])
    if isinstance(value, list):
        return [
            problem
            for index, item in enumerate(value)
            for problem in unknown_fields(_item(schema, index), item, root, f"{path}[{index}]")
        ]
    fields, rest = schema.get("properties"), schema.get("additionalProperties")
    if fields is None and rest is None:
        return []  # any object will do
    problems = []
    for name, item in value.items():
        inner = (fields or {}).get(name, rest)
        if isinstance(inner, dict):
            problems += unknown_fields(inner, item, root, f"{path}.{name}")
        elif not inner:
            problems.append(f"{path}.{name}")
    return problems


def _fitting(schema: Schema, value: Any) -> list[Schema]:
    kind = "object" if isinstance(value, dict) else "array"
    return [branch for branch in schema["anyOf"] if branch.get("type", kind) == kind]


def _item(schema: Schema, index: int) -> Schema:
    first = schema.get("prefixItems", [])
    inner = first[index] if index < len(first) else schema.get("items")
    return inner if isinstance(inner, dict) else {}
