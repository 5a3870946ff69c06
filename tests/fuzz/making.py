"""Values of the types of the wire, made by chance.

Every choice is one `randrange`, so that hypothesis can make it and make failures small, and the
plain generator of the standard library can make a hundred thousand requests fast.
"""

from __future__ import annotations

import typing
from collections.abc import Sequence
from random import Random
from typing import Any, TypeVar

from rookery.wire import kinds
from rookery.wire.shapes import Branch, Leaf

T = TypeVar("T")

DEEP = 7
"""From this depth on only what is needed is made."""
WORDS = (
    "a",
    "hello",
    "What is 12 * 12?",
    "Reply with exactly: OK",
    "naïve ☃ 𝄞",
    "x" * 300,
    "</document>\n\nHuman:",
    "\0\x1f\x7f",
    "msg_0123456789abcdefghijklmn",
    "2026-01-01",
    "https://example.com/a.pdf",
    "iVBORw0KGgo=",
    "error please",
    "a tool please",
    "thinking please",
)
NAMES = ("look", "find_it", "get-weather", "a", "B9")
NUMBERS = (0, 1, -1, 2, 64, 1023, 1024, 2000, 10**6, 2**31, 2**63, 10**30)


class Chance:
    """Draws from a source of random numbers."""

    def __init__(self, source: Random) -> None:
        self._source = source

    def below(self, count: int) -> int:
        """Return a number from 0 to `count` - 1."""
        return self._source.randrange(count)

    def one_in(self, count: int) -> bool:
        """Whether something happens that happens once in `count` times."""
        return self.below(count) == count - 1

    def of(self, some: Sequence[T]) -> T:
        """Return one of some things."""
        return some[self.below(len(some))]

    def some(self, things: Sequence[T], most: int) -> list[T]:
        """Return up to `most` of some things, each once."""
        rest = list(things)
        return [
            rest.pop(self.below(len(rest))) for _ in range(self.below(min(most, len(rest)) + 1))
        ]


def junk(chance: Chance, depth: int = 0) -> Any:
    """Return any JSON."""
    kind = chance.below(9 if depth < 3 else 6)
    if kind == 0:
        return None
    if kind == 1:
        return bool(chance.below(2))
    if kind == 2:
        return chance.of(NUMBERS)
    if kind == 3:
        return chance.of((0.5, -1.5, 1e300, 1.0))
    if kind in (4, 5):
        return chance.of((*WORDS, *NAMES, "", " ", "\ud800"))
    if kind == 6:
        return [junk(chance, depth + 1) for _ in range(chance.below(4))]
    keys = ("type", "text", "content", "id", "name", "cache_control", "ü", "")
    return {chance.of(keys): junk(chance, depth + 1) for _ in range(chance.below(4))}


def value(chance: Chance, hint: Any, depth: int = 0) -> Any:
    """Return JSON that is valid for a type."""
    kind = kinds.bare(hint)
    if "tagged" in kind.extra:
        custom, others = kind.extra["tagged"]
        return value(chance, custom if chance.below(3) else others, depth)
    if "is" in kind.extra:
        return _schema(chance)
    if kinds.is_union(kind.type):
        return _of_union(chance, kind.type, depth)
    if kinds.is_struct(kind.type):
        return _object(chance, kind.type, depth)
    origin = typing.get_origin(kind.type)
    if origin is typing.Literal:
        return chance.of(typing.get_args(kind.type))
    if origin is list:
        (inner,) = typing.get_args(kind.type)
        least = max([meta.min_length or 0 for meta in kind.metas], default=0)
        count = least + chance.below(4 if depth < DEEP else 1)
        return [value(chance, inner, depth + 1) for _ in range(count)]
    if origin is dict:
        _, inner = typing.get_args(kind.type)
        return {chance.of(NAMES): value(chance, inner, depth + 1) for _ in range(chance.below(3))}
    return _scalar(chance, kind)


def _of_union(chance: Chance, kind: Any, depth: int) -> Any:
    members = [one for one in typing.get_args(kind) if one not in (Branch, Leaf)]
    if depth >= DEEP and type(None) in members:
        return None
    return value(chance, chance.of(members), depth)


def _object(chance: Chance, struct: Any, depth: int) -> dict[str, Any]:
    tag = kinds.tag(struct)
    made: dict[str, Any] = {"type": tag} if tag else {}
    for field in kinds.fields(struct):
        if field.required or (depth < DEEP and chance.one_in(3)):
            made[field.encode_name] = value(chance, field.type, depth + 1)
    return made


def _scalar(chance: Chance, kind: kinds.Kind) -> Any:
    if kind.type is str:
        return _text(chance, kind)
    if kind.type is bool:
        return bool(chance.below(2))
    if kind.type is type(None):
        return None
    if kind.type in (int, float):
        least = max([_least(meta) for meta in kind.metas], default=0)
        most = min([meta.le for meta in kind.metas if meta.le is not None], default=10**9)
        return min(most, least + chance.of((0, 1, 2, 1000, 10**6)))
    return junk(chance)


def _least(meta: Any) -> int:
    return meta.ge if meta.ge is not None else meta.gt + 1 if meta.gt is not None else 0


def _text(chance: Chance, kind: kinds.Kind) -> str:
    patterns = [meta.pattern for meta in kind.metas if meta.pattern]
    if patterns:
        return ("srvtoolu_" if "srvtoolu_" in patterns[0] else "") + chance.of(("a", "B9", "x_1"))
    least = max([meta.min_length or 0 for meta in kind.metas], default=0)
    most = min([meta.max_length or 10**6 for meta in kind.metas], default=10**6)
    word = chance.of((*WORDS, ""))
    return word[:most] if len(word) >= least else "hello"[: max(least, 1)]


def _schema(chance: Chance) -> dict[str, Any]:
    if chance.below(2):
        return {"type": "object"}
    properties = {name: {"type": chance.of(("string", "integer"))} for name in NAMES[:2]}
    return {
        "type": "object",
        "properties": properties,
        **({"x": junk(chance)} if chance.one_in(4) else {}),
    }
