"""A JSON object in its two forms, bytes and typed, each made from the other when first asked for.

This is how rookery reads a body without regenerating it: what arrived as bytes is passed on as
the same bytes, with every field that rookery does not know; what was made here is encoded once.
"""

from __future__ import annotations

from typing import Any, ClassVar, Generic, Self, TypeVar

import msgspec

T = TypeVar("T")

_encode = msgspec.json.Encoder().encode


def read(decoder: msgspec.json.Decoder[T], data: bytes | str) -> T:
    """Decode JSON. Raises msgspec.DecodeError, or its subclass ValidationError for a wrong type.

    msgspec alone raises other errors for bad UTF-8 and for deep nesting.
    """
    try:
        return decoder.decode(data)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(f"JSON is malformed: {error}") from error
    except RecursionError as error:
        raise msgspec.DecodeError("JSON is nested too deeply") from error


class Document(Generic[T]):
    """A JSON object of type `T`. Subclasses name the decoder of their type."""

    __slots__ = ("_body", "_data")

    decoder: ClassVar[msgspec.json.Decoder[Any]]

    def __init__(self, data: bytes | None = None, body: T | None = None) -> None:
        """Hold an object as `data` (JSON), as `body` (typed), or both; one is needed."""
        if data is None and body is None:
            raise TypeError("a document needs its data or its body")
        self._data = data
        self._body = body

    @property
    def data(self) -> bytes:
        """The object as JSON; the bytes that arrived, where it arrived as bytes."""
        if self._data is None:
            self._data = _encode(self._body)
        return self._data

    @property
    def body(self) -> T:
        """The object as its type. Raises msgspec.DecodeError; ValidationError is one."""
        if self._body is None:
            self._body = read(self.decoder, self._data or b"")
        return self._body

    def keep(self, body: T) -> None:
        """Read the object as this from now on; its bytes stay as they are."""
        self._body = body

    @property
    def plain(self) -> dict[str, Any]:
        """The object as dicts and lists, with unknown fields: a fresh copy at each call."""
        if self._data is None:
            result: dict[str, Any] = msgspec.to_builtins(self._body)
            return result
        return read(_object, self._data)

    def replace(self, **fields: Any) -> Self:
        """Return a document with these top-level fields set; all other bytes stay as they are."""
        values: dict[str, Any] = read(_raw_fields, self.data)
        values.update(fields)
        return type(self)(data=_encode(values))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.plain!r})"


_object = msgspec.json.Decoder(dict[str, Any])
_raw_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
