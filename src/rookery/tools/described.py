"""What classes say about their fields, which JSON Schema of the types alone leaves out."""

from __future__ import annotations

import inspect
from typing import (
    Annotated,
    Any,
    NotRequired,
    Required,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from rookery.tools import docstring

Texts = dict[str, str]


def annotated_text(hint: Any) -> str | None:
    """Return the description in `Annotated[..., "text"]`, also below `| None`."""
    if get_origin(hint) is Annotated:
        return next((note for note in hint.__metadata__ if isinstance(note, str)), None)
    parts = get_args(hint)
    if type(None) in parts or _is_marker(hint):
        return next((text for part in parts if (text := annotated_text(part))), None)
    return None


def field_texts(hints: list[Any]) -> dict[str, Texts]:
    """Return, for the classes in these types, by name, what is said about each field.

    That is text in `Annotated`, which wins, or the `Args:` or `Attributes:` of the docstring.
    """
    found: dict[str, Texts] = {}
    waiting, seen = list(hints), set()
    while waiting:
        hint = waiting.pop()
        waiting += get_args(hint)
        if not _has_fields(hint) or hint in seen:
            continue
        seen.add(hint)
        fields = _fields(hint)
        waiting += fields.values()
        texts = docstring.parameters(hint.__doc__)
        texts |= {name: text for name in fields if (text := annotated_text(fields[name]))}
        found[hint.__name__] = texts
    return found


def add_texts(name: str, body: dict[str, Any], texts: dict[str, Texts]) -> dict[str, Any]:
    """Return the schema of a class with the texts of its fields; those that it has stay."""
    known = texts.get(name, {})
    body = dict(body)
    if "description" in body:
        body["description"] = docstring.summary(body["description"])
    if "properties" in body:
        body["properties"] = {
            field: {"description": known[field], **schema} if field in known else schema
            for field, schema in body["properties"].items()
        }
    return body


def _has_fields(hint: Any) -> bool:
    is_plain = is_typeddict(hint) or hasattr(hint, "__dataclass_fields__")
    return inspect.isclass(hint) and (is_plain or hasattr(hint, "__struct_fields__"))


def _fields(kind: type) -> dict[str, Any]:
    try:
        return get_type_hints(kind, include_extras=True)
    except Exception:  # noqa: BLE001 -- an annotation is code; who needs it says what is wrong
        return {}


def _is_marker(hint: Any) -> bool:
    """Whether this is `Required[...]` or `NotRequired[...]`."""
    return get_origin(hint) in {Required, NotRequired}
