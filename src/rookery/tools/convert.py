"""Turns a model's input into arguments, and says in the model's words what does not fit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from rookery.tools import schema
from rookery.tools.signature import Parameter
from rookery.tools.unknown import unknown_fields

_AT = re.compile(r"(?P<reason>.*?)(?: - at (?P<key>`key` in )?`(?P<where>\$.*)`)?", re.DOTALL)
_STEP = re.compile(r"\.(?P<field>\w+)|\[(?P<index>\d+)\]")
_TYPE = re.compile(r"`([^`]+)`")
_FIELD = re.compile(r"Object (?P<what>missing required|contains unknown) field `(?P<field>[^`]+)`")
_WORDS = {"int": "integer", "float": "number", "str": "string", "bool": "boolean"}
_SHOWN = 60


def arguments(
    parameters: Mapping[str, Parameter], given: Any, described: dict[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the arguments by name, and every problem as a line `path: reason`.

    `described` is the schema of the input.
    Parameters that were not given are left out: the function's own defaults apply.
    """
    if not isinstance(given, dict):
        return {}, (f"input: expected object, got {show(given)}",)
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, parameter in parameters.items():
        if name not in given:
            if parameter.required:
                problems.append(f"{name}: missing")
            continue
        try:
            values[name] = schema.from_builtins(given[name], parameter.hint)
            inner = described["properties"][name]
            extra = unknown_fields(inner, given[name], described, name)
            problems += [f"{path}: unknown field" for path in extra]
        except msgspec.ValidationError as error:
            problems.append(_explain(parameter, given[name], str(error)))
    unknown = [name for name in given if name not in parameters]
    problems += [f"{name}: unknown parameter; {_known(parameters)}" for name in unknown]
    return values, tuple(problems)


def show(value: Any) -> str:
    """Return a value as short JSON."""
    try:
        text = msgspec.json.encode(value).decode()
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _known(parameters: Mapping[str, Parameter]) -> str:
    if not parameters:
        return "the tool takes none"
    return f"the tool takes {', '.join(parameters)}"


def _explain(parameter: Parameter, value: Any, text: str) -> str:
    """Return msgspec's message with the parameter's path, JSON's type names and the value."""
    match = _AT.fullmatch(text)
    reason, where = (match["reason"], match["where"] or "$") if match else (text, "$")
    path = parameter.name + where.removeprefix("$")
    if match and match["key"]:
        return f"{path}: in a key: {_reason(reason, None, ())}"
    field = _FIELD.fullmatch(reason)
    if field:
        what = "missing" if field["what"].startswith("missing") else "unknown field"
        return f"{path}.{field['field']}: {what}"
    choices = parameter.choices if where == "$" else ()
    return f"{path}: {_reason(reason, _shown(value, where), choices)}"


def _reason(reason: str, shown: str | None, choices: tuple[Any, ...]) -> str:
    if reason.startswith("Invalid enum value"):
        wanted = f"one of {', '.join(map(show, choices))}" if choices else "one of the enum"
        return f"expected {wanted}, got {shown or reason.removeprefix('Invalid enum value ')}"
    words = _TYPE.sub(lambda match: _word(match[1]), reason)
    if shown is not None:
        words = words.partition(", got ")[0] + f", got {shown}"
    return words[:1].lower() + words[1:]


def _word(names: str) -> str:
    return " or ".join(_WORDS.get(name, name) for name in names.split(" | "))


def _shown(value: Any, where: str) -> str | None:
    """Return what is at msgspec's path; None where the path hides a key (`[...]`)."""
    position = 1
    while position < len(where):
        step = _STEP.match(where, position)
        if step is None:
            return None
        try:
            value = value[step["field"] or int(step["index"])]
        except (KeyError, IndexError, TypeError):
            return None
        position = step.end()
    return show(value)
