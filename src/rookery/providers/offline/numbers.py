"""Numbers of a text to parameters that take numbers: units, percentages, whole numbers."""

from __future__ import annotations

from decimal import Decimal

from rookery.providers.offline import units
from rookery.providers.offline.nearby import nearness
from rookery.providers.offline.params import Param
from rookery.providers.offline.values import Value

_KINDS = frozenset({"number", "money", "percent", "duration", "measure", "id"})


def fit(param: Param, value: Value, text: str) -> tuple[int | float, float] | None:
    """Return the number that a value gives a parameter, and its score; None where it gives none."""
    number = _as_number(value)
    if number is None:
        return None
    score = 1.0 + _kind_score(param, value)
    if value.kind == "percent" and param.fraction:
        number /= 100
    if value.kind == "duration" and param.unit and param.unit != value.unit:
        factor = units.factor(value.unit, param.unit)
        if factor is None:
            return None
        number, score = round(number * Decimal(str(factor)), 6), score + 1.0
    plain = as_json(number)
    if param.type == "integer" and not isinstance(plain, int):
        return None
    return plain, score + nearness(param, value, text)


def _as_number(value: Value) -> Decimal | None:
    if value.kind == "id":
        digits = value.text.lstrip("#")
        return Decimal(digits) if digits.isascii() and digits.isdigit() else None
    return value.number if value.kind in _KINDS else None


def _kind_score(param: Param, value: Value) -> float:
    """Score a kind: wanted, neutral, or of another parameter."""
    if value.unit and value.unit == param.unit:
        return 4.0
    if value.kind == "duration":
        return 1.0 if units.factor(value.unit, param.unit) is not None else -1.0
    if value.kind in param.wants:
        return 3.0 - 0.5 * param.wants.index(value.kind)
    if value.kind == "number":
        return 1.0 if "top" in param.cues else 0.5
    if value.kind == "percent" or (value.kind == "measure" and "money" in param.wants):
        return -1.0
    return -0.05 if param.wants else 0.2


def as_json(number: Decimal) -> int | float:
    """Return a number as JSON has it: whole where it is whole."""
    whole = number.to_integral_value()
    return int(whole) if number == whole else float(number)
