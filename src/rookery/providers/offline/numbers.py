"""Numbers of a text to parameters that take numbers: units, percentages, whole numbers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from rookery.providers.offline import units
from rookery.providers.offline.nearby import Nearby
from rookery.providers.offline.params import Param
from rookery.providers.offline.values import Value

_KINDS = frozenset({"number", "money", "percent", "duration", "measure", "id"})


def fits(param: Param, value: Value, text: str) -> Iterator[tuple[int | float, float]]:
    """Yield the number that a value gives a parameter, with its score; nothing where none."""
    if value.kind not in _KINDS:
        return
    number = _id_number(value) if value.kind == "id" else value.number
    if number is None:
        return
    score = 1.0 + _kind_score(param, value)
    if value.kind == "percent" and param.fraction:
        number /= 100
    if value.kind == "duration" and param.unit and value.unit and param.unit != value.unit:
        factor = units.factor(value.unit, param.unit)
        if factor is None:
            return
        number, score = round(number * Decimal(str(factor)), 6), score + 1.0
    score += Nearby(text).score(param, value)
    plain = as_json(number)
    if param.type == "integer" and not isinstance(plain, int):
        return
    yield plain, score


def _id_number(value: Value) -> Decimal | None:
    digits = value.text.lstrip("#")
    return Decimal(digits) if digits.isascii() and digits.isdigit() else None


def _kind_score(param: Param, value: Value) -> float:
    """Score a kind: wanted, neutral, or of another parameter."""
    if value.kind == "duration":
        if param.unit == value.unit:
            return 4.0
        return 1.0 if param.unit and units.factor(value.unit, param.unit) is not None else -1.0
    if value.kind == "measure" and value.unit and value.unit == param.unit:
        return 4.0
    if value.kind in param.wants:
        return 3.0 - 0.5 * param.wants.index(value.kind)
    if value.kind == "number":
        return 0.5 if "top" not in param.cues else 1.0
    if value.kind == "percent" or (value.kind == "measure" and "money" in param.wants):
        return -1.0
    return 0.2 if not param.wants else -0.05


def as_json(number: Decimal) -> int | float:
    """Return a number as JSON has it: whole where it is whole."""
    whole = number.to_integral_value()
    return int(whole) if number == whole else float(number)
