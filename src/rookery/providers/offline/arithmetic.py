"""Exact arithmetic on small expressions, with a parser of its own: + - * / % ^ and brackets."""

from __future__ import annotations

import re
from decimal import Decimal, localcontext
from fractions import Fraction

_LIMIT = 200
_POWER_LIMIT = 256
_DIGITS_LIMIT = 400
_TOKEN = re.compile(r"\s*(?:(\d{1,30}(?:\.\d{1,30})?)|(\*\*|[-+*/^()%\u00d7\u00f7\u2212]))")
_RUN = re.compile(r"[-\d.\s+*/^()%\u00d7\u00f7\u2212,]{3,200}")
_WORDS = (
    (re.compile(r"\b(?:multiplied by|times)\b", re.IGNORECASE), "*"),
    (re.compile(r"\bdivided by\b", re.IGNORECASE), "/"),
    (re.compile(r"\bplus\b", re.IGNORECASE), "+"),
    (re.compile(r"\bminus\b", re.IGNORECASE), "-"),
    (re.compile(r"\b(?:to the power of|raised to)\b", re.IGNORECASE), "^"),
    (re.compile(r"(?<=\d)\s*x\s*(?=\d)", re.IGNORECASE), "*"),
    (re.compile(r"%\s+of\b", re.IGNORECASE), "/100*"),
    (re.compile(r"\bpercent of\b", re.IGNORECASE), "/100*"),
    (re.compile(r"(?<=\d),(?=\d{3}\b)"), ""),
)
_ALIASES = {"**": "^", "\u00d7": "*", "\u00f7": "/", "\u2212": "-"}


def expression(text: str) -> str:
    """Return the longest arithmetic expression of a text; empty where there is none."""
    plain = text[:2000]
    for pattern, sign in _WORDS:
        plain = pattern.sub(sign, plain)
    runs = (match.group().strip(" .,\n") for match in _RUN.finditer(plain))
    found = [run for run in runs if evaluate(run) is not None and re.search(r"\d\s*[^\d\s.]", run)]
    return max(found, key=len, default="")


def evaluate(text: str) -> Fraction | None:
    """Return the value of an expression; None where it is none, or too large to be worth it."""
    if len(text) > _LIMIT:
        return None
    tokens, position = [], 0
    stripped = text.rstrip()
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if match is None:
            return None
        tokens.append(_ALIASES.get(match.group().strip(), match.group().strip()))
        position = match.end()
    try:
        parser = _Parser(tokens)
        value = parser.sum()
        return value if parser.done else None
    except (ValueError, ZeroDivisionError, RecursionError):
        return None


class _Parser:
    """Recursive descent over tokens; raises ValueError where they make no expression."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def done(self) -> bool:
        return self._at == len(self._tokens)

    def _next(self, *allowed: str) -> str:
        if not self.done and self._tokens[self._at] in allowed:
            self._at += 1
            return self._tokens[self._at - 1]
        return ""

    def sum(self) -> Fraction:
        value = self._product()
        while sign := self._next("+", "-"):
            other = self._product()
            value = value + other if sign == "+" else value - other
        return value

    def _product(self) -> Fraction:
        value = self._signed()
        while sign := self._next("*", "/"):
            other = self._signed()
            value = value * other if sign == "*" else value / other
        return value

    def _signed(self) -> Fraction:
        sign = self._next("-", "+")
        if sign:
            value = self._signed()
            return -value if sign == "-" else value
        return self._power()

    def _power(self) -> Fraction:
        base = self._atom()
        if not self._next("^"):
            return base
        exponent = self._signed()
        large = max(abs(base.numerator), base.denominator)
        if exponent.denominator != 1 or abs(exponent) > _POWER_LIMIT or large > 10**12:
            raise ValueError
        result: Fraction = base ** int(exponent)
        return result

    def _atom(self) -> Fraction:
        if self._next("("):
            value = self.sum()
            if not self._next(")"):
                raise ValueError
        elif not self.done and self._tokens[self._at][0].isdigit():
            value = Fraction(self._tokens[self._at])
            self._at += 1
        else:
            raise ValueError
        if self._next("%"):
            value /= 100
        return value


def written(value: Fraction) -> str:
    """Write a number exactly: whole, as a finite decimal, or as a fraction with its decimal."""
    if value.denominator == 1:
        return str(value.numerator) if abs(value.numerator) < 10**_DIGITS_LIMIT else "a huge number"
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest == 1 and value.denominator < 10**12:
        with localcontext() as context:
            context.prec = _DIGITS_LIMIT
            return format(Decimal(value.numerator) / Decimal(value.denominator), "f")
    near = _rounded(value)
    return near if value.denominator > 10**6 else f"{value.numerator}/{value.denominator}, {near}"


def _rounded(value: Fraction) -> str:
    with localcontext() as context:
        context.prec = 12
        return f"about {Decimal(value.numerator) / Decimal(value.denominator)}"
