"""A value without what the types do not know: fields, and items of lists with an unknown tag."""

from __future__ import annotations

import typing
from typing import Any

from msgspec import Struct

from rookery.wire import kinds
from rookery.wire.kinds import Kind

_DROPPED = object()


def known(hint: Any, value: Any) -> Any:
    """Return a value without what its type does not know; what is wrong otherwise stays so.

    An object with an unknown tag is left out where it is an item or a field; the value itself
    never is.
    """
    kept = _known(hint, value)
    return value if kept is _DROPPED else kept


def _known(hint: Any, value: Any) -> Any:
    kind = kinds.bare(hint)
    if isinstance(value, list):
        return _items(kind, value)
    if not isinstance(value, dict):
        return value
    struct = _struct_of(kind, value)
    if struct is None:
        return value
    return _DROPPED if struct is _DROPPED else _fields(struct, value)


def _items(kind: Kind, value: list[Any]) -> Any:
    array = kinds.union(kind.type).array if kinds.is_union(kind.type) else kind.type
    if typing.get_origin(kinds.bare(array).type) is not list:
        return value
    (inner,) = typing.get_args(kinds.bare(array).type)
    if kinds.fit(inner, value):
        return value
    kept = (_known(inner, one) for one in value)
    return [one for one in kept if one is not _DROPPED]


def _struct_of(kind: Kind, value: dict[str, Any]) -> Any:
    """Return the struct that an object is, `_DROPPED` for an unknown tag, or None."""
    if kinds.is_struct(kind.type):
        return kind.type
    tag = value.get("type")
    if "tagged" in kind.extra:
        custom, others = kind.extra["tagged"]
        if tag in (None, "custom"):
            return custom
        return kinds.union(others).tagged.get(tag, _DROPPED) if isinstance(tag, str) else None
    if not kinds.is_union(kind.type):
        return None
    union = kinds.union(kind.type)
    if union.tagged and isinstance(tag, str):
        return union.tagged.get(tag, _DROPPED)
    return union.struct


def _fields(struct: type[Struct], value: dict[str, Any]) -> dict[str, Any]:
    config = struct.__struct_config__
    kept = {} if config.forbid_unknown_fields else dict(value)
    if config.tag_field is not None and config.tag_field in value:
        kept[config.tag_field] = value[config.tag_field]
    for field in kinds.fields(struct):
        if field.encode_name in value:
            one = _known(field.type, value[field.encode_name])
            if one is not _DROPPED:
                kept[field.encode_name] = one
    return kept
