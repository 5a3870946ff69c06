"""What is wrong with a value, in the order in which the API looks, and in its words.

msgspec decides whether a body is valid; it names the fault that it met first, in words of its
own. So a body that it refused is walked again here, along the same types: fields in their order
in the struct, then those that do not belong, each at its path. Where the path crosses a tagged
union the tag is part of it, as in `messages.0.content.1.image.source.base64.media_type`.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Struct

from rookery.errors import APIError
from rookery.rules import types as rules
from rookery.rules.rule import Rule
from rookery.wire import kinds
from rookery.wire.kinds import Kind, Union

Path = tuple[str, ...]


class Fault(NamedTuple):
    """A broken rule, and where."""

    rule: Rule
    at: Path = ()
    values: Mapping[str, Any] = MappingProxyType({})

    def error(self) -> APIError:
        """Return the error to answer with."""
        return self.rule.error(".".join(map(_shown, self.at)), **self.values)


def _shown(name: str) -> str:
    """Return a name that the client chose, as it may stand in a message."""
    return name if len(name) <= _SHOWN else name[:_SHOWN] + "…"


Faults = Iterator[Fault]
_SHOWN = 200
"""Letters of a name that are shown."""
_CHUNK = 500
"""Items of a list that are looked at together first."""
Hidden = frozenset[object]
"""What does not exist for a request: structs, pairs of a struct and its field, and pairs of a
`Literal` and its value."""


def faults(
    hint: Any, value: Any, at: Path = (), hidden: Hidden = frozenset(), *, whole: bool = False
) -> Faults:
    """Yield the faults of a value against a type; the first is what the API answers.

    `at` is the path of the value; what is in `hidden` does not exist. Items of lists that are
    right but for what is hidden are passed over, as they may be many, unless `whole` is set.
    """
    return _Walk(hidden, whole).faults(hint, value, at)


class _Walk:
    def __init__(self, hidden: Hidden, whole: bool) -> None:
        self._hidden = hidden
        self._whole = whole
        self._names = frozenset(_names(hidden)) if whole else frozenset()

    def faults(self, hint: Any, value: Any, at: Path) -> Faults:
        kind = kinds.bare(hint)
        origin = typing.get_origin(kind.type)
        if "tagged" in kind.extra:
            yield from self._definition(kind.extra["tagged"], value, at)
        elif kinds.is_struct(kind.type):
            yield from self._struct(kind.type, value, at)
        elif kinds.is_union(kind.type):
            yield from self._union(kinds.union(kind.type), value, at)
        elif origin is Literal:
            yield from self._choice(kind, value, at)
        elif origin is list:
            yield from self._array(kind, value, at)
        elif origin is dict:
            yield from self._mapping(kind, value, at)
        elif kind.type is not Any:
            yield from _scalar(kind, value, at)

    # --- objects ---------------------------------------------------------------------------------

    def _struct(self, kind: type[Struct], value: Any, at: Path) -> Faults:
        if not isinstance(value, dict):
            yield Fault(getattr(kind, "not_object", rules.WRONG_SHAPE), at)
            return
        known = [f for f in kinds.fields(kind) if (kind, f.name) not in self._hidden]
        for field in known:
            name = field.encode_name
            if name in value:
                yield from self.faults(field.type, value[name], (*at, name))
            elif field.required:
                yield Fault(rules.FIELD_REQUIRED, (*at, name))
        config = kind.__struct_config__
        if not config.forbid_unknown_fields:
            return
        names = {field.encode_name for field in known} | {config.tag_field}
        for name in value:
            if name not in names:
                yield _extra(kind, name, at)

    def _mapping(self, kind: Kind, value: Any, at: Path) -> Faults:
        if not isinstance(value, dict):
            yield Fault(rules.NOT_OBJECT, at)
            return
        inner = typing.get_args(kind.type)[1]
        for name, one in value.items() if inner is not Any else ():
            yield from self.faults(inner, one, (*at, name))
        if "is" in kind.extra:
            yield from self.faults(kind.extra["is"], value, at)

    def _definition(self, members: tuple[type[Struct], Any], value: Any, at: Path) -> Faults:
        """Faults of an object whose tag may be missing: then it is of the first type."""
        custom, others = members
        tagged = {"custom": custom, **kinds.union(others).tagged}
        if isinstance(value, dict) and value.get("type") is None:
            value = {**value, "type": "custom"}
        yield from self._tagged(tagged, value, at)

    # --- unions ----------------------------------------------------------------------------------

    def _union(self, union: Union, value: Any, at: Path) -> Faults:
        if value is None and union.null:
            return
        if isinstance(value, str) and union.string is not None:
            yield from self.faults(union.string, value, at)
        elif union.array is not None and not (isinstance(value, dict) and union.tagged):
            if union.other is None or not isinstance(value, bool):
                yield from self.faults(union.array, value, at)
        elif union.tagged and union.named:
            yield from self._tagged(union.tagged, value, at)
        elif union.tagged:
            yield from self._typed(union.tagged, value, at)
        elif union.struct is not None:
            inside = (*at, union.struct.__name__) if union.string is not None else at
            yield from self._struct(union.struct, value, inside)
        else:
            yield from self.faults(union.other or union.string, value, at)

    def _tagged(self, tagged: dict[str, type[Struct]], value: Any, at: Path) -> Faults:
        if not isinstance(value, dict):
            yield Fault(rules.NOT_OBJECT, at)
        elif "type" not in value:
            yield Fault(rules.FIELD_REQUIRED, (*at, "type"))
        elif not isinstance(value["type"], str):
            yield Fault(rules.NOT_STRING, (*at, "type"))
        elif (kind := tagged.get(value["type"])) is None or kind in self._hidden:
            shown = sorted(name for name, one in tagged.items() if one not in self._hidden)
            tags = ", ".join(f"'{name}'" for name in shown)
            yield Fault(rules.UNKNOWN_TAG, at, {"tag": _shown(value["type"]), "tags": tags})
        else:
            yield from self._struct(kind, value, (*at, value["type"]))

    def _typed(self, only: dict[str, type[Struct]], value: Any, at: Path) -> Faults:
        ((tag, kind),) = only.items()
        if isinstance(value, dict) and "type" not in value:
            yield Fault(rules.FIELD_REQUIRED, (*at, "type"))
        elif isinstance(value, dict) and value["type"] != tag:
            yield Fault(rules.NOT_A_CHOICE, (*at, "type"), {"choices": f"'{tag}'"})
        else:
            yield from self._struct(kind, value, at)

    # --- arrays and choices ----------------------------------------------------------------------

    def _array(self, kind: Kind, value: Any, at: Path) -> Faults:
        if not isinstance(value, list):
            yield Fault(rules.NOT_ARRAY, at)
            return
        (inner,) = typing.get_args(kind.type)
        for start in range(0, len(value), _CHUNK):
            some = value[start : start + _CHUNK]
            if self._passes(inner, some):
                continue
            for index, one in enumerate(some, start):
                if not self._passes(inner, [one]):
                    yield from self.faults(inner, one, (*at, str(index)))
        for meta in kind.metas:
            if meta.max_length is not None and len(value) > meta.max_length:
                limit = _count(meta.max_length, "item")
                yield Fault(rules.TOO_MANY_ITEMS, at, {"count": limit, "found": len(value)})

    def _passes(self, inner: Any, values: list[Any]) -> bool:
        """Whether there is nothing to be said of these items; much faster than to walk them."""
        return kinds.fit(inner, values) and not (self._whole and self._mentions(values))

    def _mentions(self, value: Any) -> bool:
        """Whether a value has anywhere what may be hidden, by its name."""
        if isinstance(value, list):
            return any(map(self._mentions, value))
        if not isinstance(value, dict):
            return isinstance(value, str) and value in self._names
        return not self._names.isdisjoint(value) or any(map(self._mentions, value.values()))

    def _choice(self, kind: Kind, value: Any, at: Path) -> Faults:
        values = typing.get_args(kind.type)
        shown = [one for one in values if (kind.type, one) not in self._hidden]
        if isinstance(value, str) and value in shown:
            return
        if "rule" in kind.extra and isinstance(value, str):
            yield Fault(kind.extra["rule"], kind.extra["at"], {"found": _shown(value)})
        else:
            yield Fault(rules.NOT_A_CHOICE, at, {"choices": _quoted(shown)})


def _extra(kind: type[Struct], name: str, at: Path) -> Fault:
    special: dict[str, Rule] = getattr(kind, "extra_rules", {})
    if name in special:
        return Fault(special[name], at)
    return Fault(rules.EXTRA_FIELD, (*at, name))


def _names(hidden: Hidden) -> Iterator[str]:
    """Yield the tags, fields and values that are hidden."""
    for one in hidden:
        yield str(one[1]) if isinstance(one, tuple) else kinds.tag(one)


# --- strings, numbers, booleans ------------------------------------------------------------------

_SCALARS: dict[type, tuple[Rule, tuple[type, ...]]] = {
    str: (rules.NOT_STRING, (str,)),
    int: (rules.NOT_INTEGER, (int,)),
    float: (rules.NOT_NUMBER, (int, float)),
    bool: (rules.NOT_BOOLEAN, (bool,)),
}


def _scalar(kind: Kind, value: Any, at: Path) -> Faults:
    rule, allowed = _SCALARS[kind.type]
    if not isinstance(value, allowed) or isinstance(value, bool) != (kind.type is bool):
        yield Fault(rule, at)
        return
    check = _text if kind.type is str else _number
    for meta in kind.metas:
        yield from check(meta, value, at)


def _text(meta: msgspec.Meta, value: Any, at: Path) -> Faults:
    if meta.min_length is not None and len(value) < meta.min_length:
        yield Fault(rules.TOO_SHORT, at, {"count": _count(meta.min_length, "character")})
    if meta.max_length is not None and len(value) > meta.max_length:
        yield Fault(rules.TOO_LONG, at, {"count": _count(meta.max_length, "character")})
    if meta.pattern is not None and not re.search(meta.pattern, value):
        yield Fault(rules.PATTERN, at, {"pattern": meta.pattern.replace(r"\Z", "$")})


def _number(meta: msgspec.Meta, value: Any, at: Path) -> Faults:
    low = meta.ge is not None and value < meta.ge
    high = meta.le is not None and value > meta.le
    if low or high:
        rule = (meta.extra or {}).get("rule", rules.TOO_SMALL)
        yield Fault(rule, at, {"limit": meta.ge, "low": meta.ge, "high": meta.le})
    if meta.gt is not None and value <= meta.gt:
        yield Fault(rules.NOT_ABOVE, at, {"limit": meta.gt})


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _quoted(values: list[str]) -> str:
    *most, last = [f"'{value}'" for value in values]
    return f"{', '.join(most)} or {last}" if most else last
