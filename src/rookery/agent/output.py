"""Typed output: what the model's last reply must be, how it is told so, and how it is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any, Generic, is_typeddict

import msgspec
from msgspec import Struct

from rookery.errors import AgentError, APIError
from rookery.gateway.checks.strict import Strict
from rookery.jsonschema.schema import dereference
from rookery.tools.schema import from_builtins, schemas

if TYPE_CHECKING:
    from typing_extensions import TypeVar  # with a default; of the type checker alone

    T = TypeVar("T", default=str)
else:
    from typing import TypeVar

    T = TypeVar("T")

LIMITS = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
)
"""Keywords that constrained sampling does not take. They go into the description, and are checked
when the reply is read."""

_FENCED = re.compile(r"\s*```\w*\n(.*)\n\s*```\s*", re.DOTALL)


class Output(Generic[T]):
    """A type that the last reply of a run is read as."""

    def __init__(self, kind: Any) -> None:
        """Read the schema of `kind`: a dataclass, Struct, TypedDict or pydantic model.

        Raises AgentError where it is none of these, or JSON cannot carry it.
        """
        self.name = getattr(kind, "__name__", repr(kind))
        if _is_pydantic(kind):
            self.schema: dict[str, Any] = kind.model_json_schema()
            self._read: Callable[[str], T] = kind.model_validate_json
        elif isinstance(kind, type) and (
            is_typeddict(kind) or is_dataclass(kind) or issubclass(kind, Struct)
        ):
            self.schema = _schema(kind)
            self._read = lambda text: from_builtins(msgspec.json.decode(text), kind)
        else:
            raise AgentError(
                "output_type must be str, a dataclass, a msgspec Struct, a TypedDict or a pydantic "
                f"model, not {kind!r:.100}."
            )
        if dereference(self.schema, self.schema).get("type") != "object":
            raise AgentError(f"output_type {self.name} must be an object in JSON.")
        self.sealed = _sealed_or_none(self.schema)
        """The schema as constrained sampling takes it; None where it cannot."""

    @property
    def instruction(self) -> str:
        """What a model is told to which the schema cannot be given otherwise."""
        return (
            "End with a reply that is one JSON object and nothing else, valid for this JSON "
            f"Schema:\n{msgspec.json.encode(self.schema).decode()}"
        )

    def read(self, text: str) -> T:
        """Return the output that a reply is. Raises AgentError that says what is wrong with it."""
        fenced = _FENCED.fullmatch(text)
        try:
            return self._read(fenced[1] if fenced else text)
        except (ValueError, RecursionError) as error:
            raise AgentError(f"The reply is no {self.name}: {_problem(error)}") from error

    def repair(self, problem: str) -> str:
        """What the model is told of a reply that could not be read."""
        return f"{problem}\nReply again, with one JSON object that is valid, and nothing else."


def _is_pydantic(kind: Any) -> bool:
    """Whether this is a pydantic model; pydantic itself is not imported for it."""
    return isinstance(kind, type) and all(
        callable(getattr(kind, name, None)) for name in ("model_json_schema", "model_validate_json")
    )


def _schema(kind: Any) -> dict[str, Any]:
    try:
        [schema], shared = schemas([kind])
    except TypeError as error:
        raise AgentError(f"output_type {kind.__name__} cannot be JSON: {error}") from error
    return {**schema, "$defs": shared} if shared else schema


def _problem(error: Exception) -> str:
    """Return what is wrong with a reply, in a line for each fault."""
    faults = getattr(error, "errors", None)
    if not callable(faults):
        return str(error)
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'the whole'}: {fault['msg']}" for fault in faults()
    )


# --- what constrained sampling takes -------------------------------------------------------------


def _sealed_or_none(schema: dict[str, Any]) -> dict[str, Any] | None:
    sealed: dict[str, Any] = _sealed(schema)
    strict = Strict()
    try:
        strict.schema(sealed, "output_config.format.schema")
        strict.end()
    except APIError:
        return None
    return sealed


def _sealed(schema: Any) -> Any:
    """Return a schema whose objects take no further properties, and without its limits."""
    if not isinstance(schema, dict):
        return schema
    result = dict(_parts(schema))
    dropped = {name: schema[name] for name in LIMITS if name in schema}
    if dropped:
        told = ", ".join(f"{name}: {value}" for name, value in dropped.items())
        result["description"] = f"{schema.get('description', '')} ({told})".strip()
    if result.get("type") == "object":
        result.setdefault("additionalProperties", False)
    return result


def _parts(schema: dict[str, Any]) -> list[tuple[str, Any]]:
    parts: list[tuple[str, Any]] = []
    for name, value in schema.items():
        match name, value:
            case ("properties" | "$defs", dict()):
                parts.append((name, {key: _sealed(part) for key, part in value.items()}))
            case ("anyOf" | "oneOf" | "allOf" | "prefixItems", list()):
                name = "anyOf" if name == "oneOf" else name  # noqa: PLW2901
                parts.append((name, [_sealed(part) for part in value]))
            case ("items", _):
                parts.append((name, _sealed(value)))
            case _ if name not in (*LIMITS, "discriminator"):
                parts.append((name, value))
    return parts
