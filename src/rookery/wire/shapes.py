"""What the types of a request are made from: base classes, limits, and how a field is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, TypeVar, Union

from msgspec import Meta, Struct

T = TypeVar("T")


class Record(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An object without a tag; a field that the API does not have is refused."""


class Block(Struct, tag_field="type", forbid_unknown_fields=True, omit_defaults=True):
    """An object with a tag in `type`; a field that the API does not have is refused."""


class _Impossible(Struct, tag_field="type"):
    never: Annotated[str, Meta(min_length=2, max_length=1)]


class Branch(_Impossible, tag="\0branch"):
    """Completes a union of one member, so that msgspec asks for the tag. Nothing is one."""


class Leaf(_Impossible, tag="\0leaf"):
    """The same; the API does not name the member in the path of a fault."""


if TYPE_CHECKING:
    Absent: TypeAlias = T | None
    Tagged: TypeAlias = Annotated[T, "tagged"]
    Typed: TypeAlias = Annotated[T, "typed"]
else:

    class Absent:
        """`Absent[T] = None`: a field that may be left out, but not be null."""

        def __class_getitem__(cls, kind: object) -> object:
            """Return the type for msgspec, which does not check defaults."""
            return kind

    class Tagged:
        """`Tagged[T]`: a tagged union of one member; its tag is part of the path of a fault."""

        def __class_getitem__(cls, kind: object) -> object:
            """Return the union for msgspec, which asks for the tag of a lone type never."""
            return Union[kind, Branch]  # noqa: UP007

    class Typed:
        """`Typed[T]`: one type whose `type` must be there; the path of a fault does not name it."""

        def __class_getitem__(cls, kind: object) -> object:
            """Return the union for msgspec."""
            return Union[kind, Leaf]  # noqa: UP007


CallId = Annotated[str, Meta(pattern=r"^[a-zA-Z0-9_-]+\Z")]  # `$` would let "id\n" pass
ServerCallId = Annotated[str, Meta(pattern=r"^srvtoolu_[a-zA-Z0-9_]+\Z")]
Natural = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(gt=0)]


class CacheControl(Block, tag="ephemeral"):
    """A prompt-cache breakpoint."""

    ttl: Absent[Literal["5m", "1h"]] = None


Cached = Tagged[CacheControl]
"""What a `cache_control` may be, besides null."""
