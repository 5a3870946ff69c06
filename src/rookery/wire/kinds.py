"""Types of the wire as data: what a type hint of a struct allows, for code that walks them."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

from rookery.wire.shapes import Branch, Leaf

_UNIONS = (typing.Union, types.UnionType)
_MARKS = (Branch, Leaf)


class Kind(NamedTuple):
    """A type without its annotations, and these."""

    type: Any
    metas: tuple[Meta, ...] = ()

    @property
    def extra(self) -> dict[str, Any]:
        """What the annotations say beyond msgspec's limits."""
        return {name: value for meta in self.metas for name, value in (meta.extra or {}).items()}


@lru_cache(maxsize=1024)
def bare(hint: Any) -> Kind:
    """Take the annotations off a type."""
    if typing.get_origin(hint) is typing.Annotated:
        inner, *metas = typing.get_args(hint)
        return Kind(inner, tuple(meta for meta in metas if isinstance(meta, Meta)))
    return Kind(hint)


def is_struct(kind: Any) -> bool:
    """Whether a type is a struct."""
    return isinstance(kind, type) and issubclass(kind, Struct)


def is_union(kind: Any) -> bool:
    """Whether a type is a union."""
    return typing.get_origin(kind) in _UNIONS


def tag(kind: Any) -> str:
    """Return the tag of a type of struct; empty where it has none."""
    return str(kind.__struct_config__.tag or "") if is_struct(kind) else ""


@lru_cache(maxsize=1024)
def fields(kind: type[Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """Return the fields of a struct, in order, with their names on the wire."""
    return msgspec.structs.fields(kind)


class Union(NamedTuple):
    """The members of a union by what they are in JSON."""

    null: bool
    tagged: dict[str, type[Struct]]
    """By their tags."""
    named: bool
    """Whether the tag of the value is part of the path of a fault."""
    struct: type[Struct] | None
    """The one without a tag."""
    array: Any
    string: Any
    other: Any
    """A number or a boolean."""


@lru_cache(maxsize=1024)
def union(kind: Any) -> Union:
    """Sort the members of a union."""
    members = typing.get_args(kind)
    structs = [one for one in members if is_struct(one) and one not in _MARKS]
    rest = [one for one in members if not is_struct(one) and one is not type(None)]
    arrays = [one for one in rest if typing.get_origin(bare(one).type) is list]
    strings = [one for one in rest if _is_string(bare(one).type)]
    others = [one for one in rest if one not in arrays and one not in strings]
    return Union(
        null=type(None) in members,
        tagged={tag(one): one for one in structs if tag(one)},
        named=Leaf not in members,
        struct=next((one for one in structs if not tag(one)), None),
        array=next(iter(arrays), None),
        string=next(iter(strings), None),
        other=next(iter(others), None),
    )


def _is_string(kind: Any) -> bool:
    return kind is str or typing.get_origin(kind) is Literal


def fit(hint: Any, values: list[Any]) -> bool:
    """Whether msgspec takes each of these values as one of a type."""
    read = bare(hint).extra.get("read")
    try:
        msgspec.convert(values, list[hint])
        if read is not None:
            for one in values:
                read(one)
    except msgspec.ValidationError:
        return False
    return True


def literals(hint: Any) -> list[Any]:
    """Return the `Literal` types that a hint is, or is a union of."""
    kind = bare(hint).type
    members = typing.get_args(kind) if is_union(kind) else (kind,)
    return [one for one in members if typing.get_origin(one) is Literal]


def structs_within(hint: Any, seen: set[type[Struct]] | None = None) -> Iterator[type[Struct]]:
    """Yield every struct that a value of a type may hold, each once."""
    seen = set() if seen is None else seen
    kind = bare(hint)
    inner = list(typing.get_args(kind.type)) if not _is_string(kind.type) else []
    for found in kind.extra.get("tagged", ()):
        inner.append(found)
    if "is" in kind.extra:
        inner.append(kind.extra["is"])
    if is_struct(kind.type) and kind.type not in _MARKS and kind.type not in seen:
        seen.add(kind.type)
        yield kind.type
        inner += [field.type for field in fields(kind.type)]
    for one in inner:
        yield from structs_within(one, seen)
