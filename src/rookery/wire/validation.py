"""Why a request is not valid, in the words of the API: `<dotted.path.with.indices>: <reason>`.

msgspec finds the fault; this names it. Where the path crosses a tagged union, the tag of the
value is part of the path, as in `messages.0.content.1.image.source.base64.media_type`.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from rookery.errors import InvalidRequestError
from rookery.wire.document import read
from rookery.wire.messages import CountRequest, Request
from rookery.wire.tools import definition_type, parse_tool

_AT = re.compile(r"(?P<reason>.*) - at `\$(?P<path>[\w.\[\]]*)`", re.DOTALL)
_any = msgspec.json.Decoder()
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def check(request: Request) -> CountRequest:
    """Return the typed body. Raises InvalidRequestError with the API's message."""
    try:
        body: CountRequest = request.body
    except msgspec.DecodeError as error:
        raise _refusal(request, error) from error
    for index, tool in enumerate(body.tools or ()):
        _check_tool(index, tool)
    return body


def check_envelope(request: Request) -> None:
    """Check only that the body is a JSON object that names its model; for upstreams that judge."""
    try:
        _ = request.envelope
    except msgspec.DecodeError as error:
        raise _refusal(request, error) from error


def _refusal(request: Request, error: msgspec.DecodeError) -> InvalidRequestError:
    """Return the error of a body that is not JSON, or is JSON and not of the type."""
    if isinstance(error, msgspec.ValidationError):
        try:
            return _invalid(str(error), request.decoder.type, read(_any, request.data))
        except msgspec.DecodeError as found_later:  # behind the first fault it is no JSON either
            error = found_later
    return InvalidRequestError(f"The request body is not valid JSON: {_split(str(error))[0]}")


def _check_tool(index: int, tool: dict[str, Any]) -> None:
    try:
        parse_tool(tool)
    except msgspec.ValidationError as error:
        tag = tool.get("type") or "custom"
        prefix = f"tools.{index}.{tag}" if isinstance(tag, str) else f"tools.{index}"
        raise _invalid(str(error), definition_type(tool), tool, prefix) from error


class _Place(NamedTuple):
    """Where a fault is: its path in the API's style, and the declared type of the value there."""

    path: str
    kind: Any


def _invalid(message: str, root: Any, value: Any, prefix: str = "") -> InvalidRequestError:
    reason, path = _split(message)
    steps = [int(index) if index else name for index, name in _STEP.findall(path)]
    if reason.startswith("Invalid value") and steps and steps[-1] == "type":
        return _unknown_tag(_locate(root, value, steps[:-1], prefix), reason)
    place = _locate(root, value, steps, prefix)
    for pattern, say in _REASONS:
        if found := re.match(pattern, reason, re.DOTALL):
            where, text = say(place, found)
            return InvalidRequestError(f"{where}: {text}" if where else text)
    return InvalidRequestError(f"{place.path}: {reason}" if place.path else reason)


def _split(message: str) -> tuple[str, str]:
    """Split msgspec's message into reason and path; names and tags in it may look like a path."""
    match = _AT.fullmatch(message)
    if match is None:
        return message, ""
    reason, path = match.groups()
    cut_name = reason.startswith("Object contains unknown field `") and reason[-1] != "`"
    return (message, "") if cut_name else (reason, path)


def _locate(kind: Any, value: Any, steps: list[int | str], prefix: str) -> _Place:
    """Follow a path through type and value at once; the value decides which union member."""
    path = [prefix] if prefix else []
    for step in steps:
        kind = _member(kind, value, path)
        kind = _child(kind, step)
        value = _at(value, step)
        path.append(str(step))
    _member(kind, value, path)
    return _Place(".".join(path), kind)


def _at(value: Any, step: int | str) -> Any:
    try:
        return value[step]
    except (LookupError, TypeError):
        return None


def _members(kind: Any) -> tuple[Any, ...]:
    if typing.get_origin(kind) is typing.Annotated:
        kind = typing.get_args(kind)[0]
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return typing.get_args(kind)
    return (kind,)


def _tag(kind: Any) -> str | int | None:
    return kind.__struct_config__.tag if _is_struct(kind) else None


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _member(kind: Any, value: Any, path: list[str]) -> Any:
    """Return the member of a union that the value is, adding its tag to the path."""
    members = _members(kind)
    if isinstance(value, dict):
        tagged = [member for member in members if _tag(member)]
        if len(tagged) > 1:
            chosen = next((m for m in tagged if _tag(m) == value.get("type")), None)
            if chosen is not None:
                path.append(str(value["type"]))
            return chosen
        return next((m for m in members if _is_struct(m)), members[0])
    if isinstance(value, list):
        return next((m for m in members if typing.get_origin(m) is list), members[0])
    return members[0]


def _child(kind: Any, step: int | str) -> Any:
    if isinstance(step, int):
        arguments = typing.get_args(kind)
        return arguments[0] if arguments else Any
    if _is_struct(kind):
        found = (f.type for f in msgspec.structs.fields(kind) if f.encode_name == step)
        return next(found, Any)
    return Any


def _quoted(values: list[str]) -> str:
    *most, last = [f"'{value}'" for value in values]
    return f"{', '.join(most)} or {last}" if most else last


def _unknown_tag(place: _Place, reason: str) -> InvalidRequestError:
    tags = ", ".join(f"'{tag}'" for tag in map(_tag, _members(place.kind)) if tag)
    return InvalidRequestError(
        f"{place.path}: Input tag {reason.removeprefix('Invalid value ')} found using 'type' does "
        f"not match any of the expected tags{tags and ': '}{tags}"
    )


_Say = Callable[[_Place, "re.Match[str]"], tuple[str, str]]

_TYPE_NAMES = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "array": "list",
    "object": "dictionary",
}


def _field(text: str) -> _Say:
    def say(place: _Place, found: re.Match[str]) -> tuple[str, str]:
        return f"{place.path}.{found[1]}".lstrip("."), text

    return say


def _choices(place: _Place, _: re.Match[str]) -> tuple[str, str]:
    values = [
        str(value)
        for member in _members(place.kind)
        for value in typing.get_args(member)
        if typing.get_origin(member) is typing.Literal
    ]
    # Of a duplicate key msgspec judges every value; its type may then not be found by the last.
    return place.path, f"Input should be {_quoted(values) if values else 'a permitted value'}"


def _bound(place: _Place, found: re.Match[str]) -> tuple[str, str]:
    word = "greater" if found[1] == ">=" else "less"
    number = found[2].removesuffix(".0")
    return place.path, f"Input should be {word} than or equal to {number}"


def _pattern(place: _Place, found: re.Match[str]) -> tuple[str, str]:
    pattern = found[1].replace(r"\\Z", "$")
    return place.path, f"String should match pattern '{pattern}'"


def _expected(place: _Place, found: re.Match[str]) -> tuple[str, str]:
    names = [n for n in found[1].split(" | ") if n != "null"]
    # Of `str | array` the API names the list.
    return place.path, f"Input should be a valid {_TYPE_NAMES.get(names[-1], names[-1])}"


_REASONS: list[tuple[str, _Say]] = [
    (r"Object missing required field `(.*)`", _field("Field required")),
    (r"Object contains unknown field `(.*)`", _field("Extra inputs are not permitted")),
    (r"Invalid enum value", _choices),
    (r"Expected `.*` (>=|<=) (.*)", _bound),
    (r"Expected `str` matching regex '(.*)'", _pattern),
    (r"Expected `(.*?)`(?:, got|$)", _expected),
]
"""What msgspec says, and what the API says of it."""
