"""Exact arithmetic on small expressions: + - * / % ^ and brackets."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction

_LIMIT = 200
_POWER_LIMIT = 256
_DIGITS_LIMIT = 400
_PLAIN = re.compile(r"[-\d.\s+*/()]+", re.ASCII)
_RUN = re.compile(r"[-\d.\s+*/^()%\u00d7\u00f7\u2212,]{3,200}")
_SIGNS = tuple(
    (re.compile(pattern, re.IGNORECASE), sign)
    for pattern, sign in (
        (r"\b(?:multiplied by|times)\b|\u00d7|(?<=\d)\s*x\s*(?=\d)", "*"),
        (r"\bdivided by\b|\u00f7", "/"),
        (r"\bplus\b", "+"),
        (r"\bminus\b|\u2212", "-"),
        (r"\b(?:to the power of|raised to)\b", "^"),
        (r"(?:%| percent)\s+of\b", "/100*"),
        (r"(?<=\d),(?=\d{3}\b)", ""),
    )
)
_Operation = Callable[[Fraction, Fraction], Fraction]
_OPERATIONS: dict[type[ast.operator], _Operation] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def expression(text: str) -> str:
    """Return the longest arithmetic expression of a text; empty where there is none."""
    plain = text[:2000]
    if not any(map(str.isdigit, plain)):
        return ""
    for pattern, sign in _SIGNS:
        plain = pattern.sub(sign, plain)
    runs = (match.group().strip(" .,\n") for match in _RUN.finditer(plain))
    found = [run for run in runs if re.search(r"\d\s*[^\d\s.]", run) and evaluate(run) is not None]
    return max(found, key=len, default="")


def evaluate(text: str) -> Fraction | None:
    """Return the value of an expression; None where it is none, or too large to be worth it."""
    plain = text.replace("\u00d7", "*").replace("\u00f7", "/").replace("\u2212", "-")
    plain = re.sub(r"(\d[\d.]*)\s*%", r"(\1/100)", plain.replace("^", "**")).strip()
    if len(plain) > _LIMIT or not _PLAIN.fullmatch(plain):
        return None
    plain = re.sub(r"\b(?<!\.)0+(?=\d)", "", " ".join(plain.split()))
    try:
        return _value(ast.parse(plain, mode="eval").body, plain)
    except (SyntaxError, ValueError, ZeroDivisionError, RecursionError, MemoryError):
        return None


def _value(node: ast.expr, text: str) -> Fraction:
    """Return the value of a part. Raises ValueError where it has none that is wanted."""
    match node:
        case ast.Constant():  # from its digits, since a float would not be exact
            return Fraction(text[node.col_offset : node.end_col_offset])
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, text)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand, text)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_value(left, text), _value(right, text))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATIONS:
            return _OPERATIONS[type(sign)](_value(left, text), _value(right, text))
    raise ValueError


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    large = max(abs(base.numerator), base.denominator)
    if exponent.denominator != 1 or abs(exponent) > _POWER_LIMIT or large > 10**12:
        raise ValueError
    result: Fraction = base ** int(exponent)
    return result


def written(value: Fraction) -> str:
    """Write a number exactly: whole, as a finite decimal, or as a fraction with its decimal."""
    if value.denominator == 1:
        return str(value.numerator) if abs(value.numerator) < 10**_DIGITS_LIMIT else "a huge number"
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest == 1 and value.denominator < 10**12:
        return format(_decimal(value, _DIGITS_LIMIT), "f")
    near = f"about {_decimal(value, 12)}"
    return near if value.denominator > 10**6 else f"{value.numerator}/{value.denominator}, {near}"


def _decimal(value: Fraction, digits: int) -> Decimal:
    with localcontext() as context:
        context.prec = digits
        return Decimal(value.numerator) / Decimal(value.denominator)
