"""JSON values by the names that schemas have for their types."""

from __future__ import annotations

from typing import Any, TypeGuard

TYPES: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int, float),
    "null": (type(None),),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}


def is_type(value: Any, name: Any) -> bool:
    """Whether a value is of the type of this name; 2.0 is an integer, `true` is no number."""
    if not isinstance(name, str) or name not in TYPES:
        return False
    if isinstance(value, bool):
        return name == "boolean"
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, TYPES[name])


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a value is a number."""
    return is_type(value, "number")
