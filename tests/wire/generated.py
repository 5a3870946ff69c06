"""Values drawn from the types of a request, and values with one thing changed."""

from __future__ import annotations

import typing
from functools import lru_cache
from typing import Any, Literal

from hypothesis import strategies as st
from msgspec import Meta, Struct

from rookery.wire import kinds
from rookery.wire.kinds import Kind
from rookery.wire.messages import CountRequest, InputMessage, MessagesRequest
from tests.wire import strategies as some

_SIZE = 2
"""Items of a list and letters of a text, at most."""


@lru_cache(maxsize=1024)
def values(hint: Any) -> st.SearchStrategy[Any]:
    """JSON values that a type allows."""
    return st.deferred(lambda: _values(hint))


def _values(hint: Any) -> st.SearchStrategy[Any]:
    kind = kinds.bare(hint)
    origin = typing.get_origin(kind.type)
    if "tagged" in kind.extra:
        return st.one_of(*map(values, kind.extra["tagged"]))
    if "is" in kind.extra:
        return st.builds(
            lambda more, known: {**more, **known}, some.json_objects, values(kind.extra["is"])
        )
    if kinds.is_struct(kind.type):
        return _objects(kind.type)
    if kinds.is_union(kind.type):
        return st.one_of(*(values(one) for one in _members(kind.type)))
    if origin is Literal:
        return st.sampled_from(typing.get_args(kind.type))
    if origin is list:
        return st.lists(values(typing.get_args(kind.type)[0]), max_size=_SIZE)
    if origin is dict:
        return st.dictionaries(some.names, values(typing.get_args(kind.type)[1]), max_size=_SIZE)
    return _scalars(kind)


def _members(kind: Any) -> list[Any]:
    union = kinds.union(kind)
    found = [union.struct, union.array, union.string, union.other, *union.tagged.values()]
    return [one for one in found if one is not None] + ([type(None)] if union.null else [])


def _scalars(kind: Kind) -> st.SearchStrategy[Any]:
    if kind.type is Any:
        return some.json_values
    if kind.type is type(None):
        return st.none()
    if kind.type is bool:
        return st.booleans()
    meta = next(iter(kind.metas), Meta())
    if kind.type is str and meta.pattern:
        return st.from_regex(
            meta.pattern.replace(r"+\Z", r"{1,9}\Z").replace("256", "9").replace("128", "9")
        )
    if kind.type is str:
        least = meta.min_length or 0
        return st.text(min_size=least, max_size=min(meta.max_length or 99, least + _SIZE))
    low = meta.ge if meta.ge is not None else meta.gt + 1 if meta.gt is not None else -9
    high = meta.le if meta.le is not None else low + 9
    return st.floats(low, high) if kind.type is float else st.integers(int(low), int(high))


def _objects(kind: type[Struct]) -> st.SearchStrategy[Any]:
    fields = kinds.fields(kind)
    config = kind.__struct_config__
    needed = {f.encode_name: values(f.type) for f in fields if f.required}
    if kinds.tag(kind):
        needed[str(config.tag_field)] = st.just(kinds.tag(kind))
    optional = {f.encode_name: values(f.type) for f in fields if not f.required}
    if kind is InputMessage:
        return st.fixed_dictionaries(
            {**needed, "content": optional.pop("content")}, optional=optional
        ).map(_of_its_role)
    return st.fixed_dictionaries(needed, optional=optional)


def _of_its_role(message: dict[str, Any]) -> dict[str, Any]:
    """Take away what only a message of role `system` has."""
    if message["role"] == "system":
        return message
    return {name: one for name, one in message.items() if name in ("role", "content")}


requests = values(MessagesRequest)
counts = values(CountRequest)


# --- changes -------------------------------------------------------------------------------------

Path = tuple[int | str, ...]


def places(value: Any, path: Path = ()) -> list[Path]:
    """Return the path of every value inside of one, itself included."""
    if not isinstance(value, dict | list):
        return [path]
    steps: list[tuple[int | str, Any]] = [
        *(value.items() if isinstance(value, dict) else enumerate(value))
    ]
    return [path, *(below for step, inner in steps for below in places(inner, (*path, step)))]


def put(value: Any, path: Path, new: Any) -> Any:
    """Return the value with another one at a path."""
    if not path:
        return new
    step, *rest = path
    inner = put(value[step], tuple(rest), new)
    if isinstance(value, dict):
        return {**value, step: inner}
    return [inner if index == step else one for index, one in enumerate(value)]


def at(value: Any, path: Path) -> Any:
    """Return what is at a path."""
    for step in path:
        value = value[step]
    return value


@st.composite
def changed(draw: st.DrawFn) -> Any:
    """A request with one value replaced, one field taken away, or one added."""
    value: Any = draw(requests)
    path = draw(st.sampled_from(places(value)))
    target: Any = at(value, path)
    how = draw(st.sampled_from(["replace", "remove", "add"]))
    if how == "remove" and isinstance(target, dict) and target:
        gone = draw(st.sampled_from(sorted(target)))
        return put(value, path, {name: one for name, one in target.items() if name != gone})
    if how == "add" and isinstance(target, dict):
        return put(value, path, {**target, draw(st.text(max_size=4)): draw(some.json_values)})
    return put(value, path, draw(some.json_values))
