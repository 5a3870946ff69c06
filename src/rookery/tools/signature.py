"""What a function's signature says: the parameters, their types, and the schema of a call."""

from __future__ import annotations

import contextlib
import inspect
import sys
import types
from collections.abc import Callable
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from rookery.errors import AgentError
from rookery.tools import docstring, schema
from rookery.tools.base import ToolContext
from rookery.tools.described import annotated_text

_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Parameter(Struct, frozen=True):
    """One parameter that the model fills."""

    name: str
    hint: Any
    required: bool
    default: Any = None
    positional: bool = False
    choices: tuple[Any, ...] = ()


class Signature(Struct, frozen=True):
    """A function as a tool: what the model sees, and where the context goes."""

    summary: str
    parameters: dict[str, Parameter]
    schema: dict[str, Any]
    context: str | None = None


def read(function: Callable[..., Any]) -> Signature:
    """Read a function or bound method.

    Raises AgentError that names the parameter, for `*args`, `**kwargs`, annotations that cannot
    be resolved, and types that JSON cannot carry.
    """
    parameters: dict[str, Parameter] = {}
    context = None
    for parameter in _inspected(function):
        hint = _hint(function, parameter)
        if ToolContext in (hint, *get_args(hint)):
            context = parameter.name
        else:
            parameters[parameter.name] = _parameter(parameter, hint)
    doc = inspect.getdoc(function)
    try:
        described, choices = _schema(parameters, docstring.parameters(doc))
    except TypeError as error:
        raise _first_unusable(function, parameters) from error
    for name, values in choices.items():
        parameters[name] = msgspec.structs.replace(parameters[name], choices=values)
    return Signature(docstring.summary(doc), parameters, described, context)


def _inspected(function: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (ValueError, NameError) as error:  # Python 3.14 evaluates the annotations here.
        raise AgentError(f"{function!r} cannot be a tool: no signature ({error}).") from error


def _parameter(parameter: inspect.Parameter, hint: Any) -> Parameter:
    required = parameter.default is parameter.empty
    if not required and parameter.default is None and not _takes_none(hint):
        hint = hint | None
    return Parameter(
        parameter.name,
        hint,
        required,
        None if required else parameter.default,
        parameter.kind is parameter.POSITIONAL_ONLY,
    )


def _takes_none(hint: Any) -> bool:
    plain = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    return plain is Any or type(None) in get_args(plain)


def _hint(function: Any, parameter: inspect.Parameter) -> Any:
    if parameter.kind in _VARIADIC:
        raise _unusable(function, parameter.name, "a tool's parameters must each have a name")
    if parameter.annotation is parameter.empty:
        return Any
    # One parameter at a time: the message can name it, and a return type that only exists for
    # type checkers does no harm.
    holder = types.SimpleNamespace(__annotations__={parameter.name: parameter.annotation})
    scope = getattr(inspect.unwrap(getattr(function, "func", function)), "__globals__", {})
    try:
        hint = get_type_hints(holder, scope, _locals(function), include_extras=True)[parameter.name]
    except Exception as error:  # An annotation is code: it can raise anything.
        reason = f"its annotation {parameter.annotation!r} cannot be resolved ({error})"
        raise _unusable(function, parameter.name, reason) from error
    return Any if hint is object else hint


def _locals(function: Any) -> dict[str, Any]:
    """Return the names around a local function, as far as they can be found.

    An annotation that is text does not keep its names alive as a closure does; but the function
    that encloses this one is usually still running when the tool is made, so its frame has them.
    """
    plain = inspect.unwrap(getattr(function, "func", function))
    scopes = getattr(plain, "__qualname__", "").split(".<locals>")[:-1]
    enclosing = {".<locals>".join(scopes[: end + 1]) for end in range(len(scopes))}
    names: dict[str, Any] = {}
    frame = sys._getframe(1) if enclosing else None
    while frame is not None:
        same_module = frame.f_globals is getattr(plain, "__globals__", None)
        if same_module and frame.f_code.co_qualname in enclosing:
            names = {**frame.f_locals, **names}
        frame = frame.f_back
    closure = inspect.getclosurevars(plain).nonlocals if inspect.isfunction(plain) else {}
    return {**names, **closure}


def _schema(
    parameters: dict[str, Parameter], texts: dict[str, str]
) -> tuple[dict[str, Any], dict[str, tuple[Any, ...]]]:
    """Return the schema of the call, and the values each enum parameter may have."""
    found, shared = schema.schemas([parameter.hint for parameter in parameters.values()])
    properties: dict[str, Any] = {}
    choices: dict[str, tuple[Any, ...]] = {}
    for parameter, described in zip(parameters.values(), found, strict=True):
        properties[parameter.name] = {**described, **_extras(parameter, texts)}
        branches = (described, *described.get("anyOf", ()))
        choices[parameter.name] = tuple(v for b in branches for v in b.get("enum", ()))
    body = {
        "type": "object",
        "properties": properties,
        "required": [name for name, parameter in parameters.items() if parameter.required],
        "additionalProperties": False,
    }
    return ({**body, "$defs": shared} if shared else body), choices


def _extras(parameter: Parameter, texts: dict[str, str]) -> dict[str, Any]:
    extras: dict[str, Any] = {}
    text = annotated_text(parameter.hint) or texts.get(parameter.name)
    if text:
        extras["description"] = text
    if parameter.default is not None:
        # A default that JSON cannot show is still the function's own.
        with contextlib.suppress(TypeError, ValueError):
            extras["default"] = msgspec.to_builtins(parameter.default)
    return extras


def _first_unusable(function: Any, parameters: dict[str, Parameter]) -> AgentError:
    for parameter in parameters.values():
        try:
            schema.schemas([parameter.hint])
        except TypeError as error:
            reason = str(error).splitlines()[-1]
            return _unusable(function, parameter.name, f"it cannot come from JSON: {reason}")
    raise AssertionError("each parameter has a schema, but not all of them")


def _unusable(function: Any, parameter: str, reason: str) -> AgentError:
    name = getattr(function, "__name__", None) or repr(function)
    return AgentError(f"{name} cannot be a tool: parameter {parameter!r}: {reason}.")
