"""Typed values in text: amounts, percentages, durations, dates, paths, names and the like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from rookery.providers.offline import units
from rookery.providers.offline.names import names
from rookery.providers.offline.paths import path_kind, paths

LIMIT = 8000
"""Characters of text that are searched for values; a longer text is a document, not a request."""


MOST = 150
"""Values of a text; a request has fewer, and each is tried with each parameter."""


class Value(NamedTuple):
    """A value, where it stands, and what it is."""

    kind: str
    text: str
    start: int
    end: int
    number: Decimal | None = None
    unit: str = ""
    """Its unit; of a quoted text, "path" or "glob" where it is one."""


_NUMBER = r"\d{1,15}(?:,\d{3}){0,5}(?:\.\d{1,12})?"
_SCALE = r"(?:\s?(?:thousand|million|billion|bn|mn|[kKmMbB])\b)?"
_MONTHS = (
    "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    "|Sep(?:t(?:ember)?)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_DAYS = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_WORD_NUMBERS = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100, "dozen": 12}
_ANY_NUMBER = rf"(?:{_NUMBER}|\b(?:{'|'.join(_WORD_NUMBERS)})\b)"


def _compiled(*rules: tuple[str, str, int]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((kind, re.compile(pattern, flags)) for kind, pattern, flags in rules)


_MARKED = _compiled(
    ("quoted", r"`([^`\n]{1,400})`", 0),
    ("quoted", r'"([^"\n]{1,400})"', 0),
    ("quoted", r"[\u201c\u201e]([^\u201c\u201d\n]{1,400})\u201d", 0),
    ("quoted", r"(?<!\w)'([^'\n]{1,400})'(?!\w)", 0),
    ("url", r"\bhttps?://[^\s<>\"'`)\]]{1,400}", 0),
    ("email", r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}", 0),
)
"""Values that their marks show; they are taken before paths are looked for."""

_PLAIN = _compiled(
    ("datetime", r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?", 0),
    ("date", r"\b\d{4}-\d\d-\d\d\b", 0),
    ("date", r"\b\d{1,2}[/.]\d{1,2}[/.]\d{4}\b", 0),
    ("date", rf"\b{_MONTHS}\.? \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?\b", re.IGNORECASE),
    ("date", rf"\b\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTHS}(?:,? \d{{4}})?\b", re.IGNORECASE),
    ("day", rf"\b(?:(?:this|next|last|coming) )?{_DAYS}\b", re.IGNORECASE),
    ("day", r"\b(?:day after tomorrow|today|tomorrow|yesterday|tonight)\b", re.IGNORECASE),
    ("day", r"\b(?:this|next|last) (?:week(?:end)?|month|year)\b", re.IGNORECASE),
    ("time", r"\b\d{1,2}:\d\d(?::\d\d)?(?:\s?[ap]\.?m\b)?", re.IGNORECASE),
    ("time", r"\b(?:\d{1,2}\s?[ap]\.?m|noon|midnight)\b", re.IGNORECASE),
    ("money", rf"[$\u20ac\u00a3\u00a5]\s?{_NUMBER}{_SCALE}", 0),
    ("percent", rf"-?{_NUMBER}\s?(?:%|percent\b|per cent\b)", re.IGNORECASE),
    ("measure", rf"-?{_ANY_NUMBER}{_SCALE}[\s-]?(?:{units.PATTERN})(?![\w/])", re.IGNORECASE),
    ("id", r"#\d{1,12}\b", 0),
    ("id", r"\b[A-Za-z]{1,10}-\d{1,12}\b", 0),
    ("id", r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE),
    ("id", r"\b(?=[A-Za-z]{0,12}\d)(?=\d{0,12}[A-Za-z])[A-Za-z0-9]{2,24}\b", 0),
    ("number", rf"(?<![\w.])-?{_NUMBER}{_SCALE}(?!\w)", 0),
    ("number", rf"\b(?:{'|'.join(_WORD_NUMBERS)})\b", re.IGNORECASE),
)
_LOOKED_FOR = re.compile(
    r"\b(?:for|contain(?:s|ing)?|mention(?:s|ing)?|words?|string|pattern|phrase|text)\s*\Z",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:files?|folder|directory|dir|path|in|inside|under|within|below)\s*\Z", re.IGNORECASE
)
_SCALES = {"k": 3, "t": 3, "m": 6, "b": 9}
_DIGITS = re.compile(_NUMBER)


def values(text: str) -> list[Value]:
    """Return the values of a text in the order they stand; of two that overlap, the surer one."""
    head = text[:LIMIT]
    taken = bytearray(len(head))
    found = list(_matches(_MARKED, head, taken))
    for start, end, kind in paths(head):
        if _take(taken, start, end):
            found.append(Value(kind, head[start:end], start, end))
    found.extend(_matches(_PLAIN, head, taken))
    for start, end, kind in names(head, taken):
        unit = units.unit(head[start:end]) if kind == "unit" else units.currency(head[start:end])
        found.append(Value(kind, head[start:end], start, end, unit=unit))
    return sorted(found, key=lambda value: value.start)[:MOST]


class Passage:
    """A text with its values, which are looked for once, when they are first asked for."""

    __slots__ = ("_values", "text")

    def __init__(self, text: str) -> None:
        """Hold a text."""
        self.text = text
        self._values: list[Value] | None = None

    @property
    def values(self) -> list[Value]:
        """The values of the text."""
        if self._values is None:
            self._values = values(self.text)
        return self._values


def _matches(
    rules: tuple[tuple[str, re.Pattern[str]], ...], text: str, taken: bytearray
) -> Iterator[Value]:
    for kind, pattern in rules:
        for match in pattern.finditer(text):
            if _take(taken, match.start(), match.end()):
                yield from _values(kind, match)


def _take(taken: bytearray, start: int, end: int) -> bool:
    """Mark a stretch of text as taken; False where some of it is already."""
    if start >= end or any(taken[start:end]):
        return False
    taken[start:end] = b"\1" * (end - start)
    return True


def _values(kind: str, match: re.Match[str]) -> Iterable[Value]:
    """Return the value of a match, and that of its unit where it has one."""
    text, start, end = match.group(), match.start(), match.end()
    if kind == "quoted":
        return [Value(kind, match[1], start, end, unit=_place_kind(match))]
    if kind == "url":
        text = text.rstrip(".,;:!?")
        return [Value(kind, text, start, start + len(text))]
    if kind not in ("money", "percent", "measure", "number"):
        return [Value(kind, text, start, end)]
    number = _number(text)
    if kind == "money":
        sign = Value("currency", text[0], start, start + 1, number, units.currency(text[0]))
        return [sign, Value(kind, text, start + 1, end, number, sign.unit)]
    if kind == "measure":
        kind, unit, name = units.measure(text)
        cut = end - len(name)
        whole = Value(kind, text, start, end if kind == "duration" else cut, number, unit)
        of_unit = Value("currency" if kind == "money" else "unit", name, cut, end, number, unit)
        return [whole] if kind == "duration" else [whole, of_unit]
    return [Value(kind, text, start, end, number)]


def _place_kind(quoted: re.Match[str]) -> str:
    """Say whether a quoted text is a "path" or a "glob": by its look, or by the words before it."""
    before = quoted.string[max(0, quoted.start() - 40) : quoted.start()]
    kind = path_kind(quoted[1])
    if kind == "glob" or _LOOKED_FOR.search(before):
        return "glob" if kind == "glob" else ""
    return "path" if kind or (_PLACE.search(before) and " " not in quoted[1]) else ""


def _number(text: str) -> Decimal | None:
    """Return the number that a text begins with, its sign and its scale included."""
    digits = _DIGITS.search(text)
    if digits is None:
        word = text.lower().replace("-", " ").split()[0]
        return Decimal(_WORD_NUMBERS[word]) if word in _WORD_NUMBERS else None
    try:
        number = Decimal(digits.group().replace(",", ""))
    except InvalidOperation:  # digits of another script, which \d also matches
        return None
    scale = re.match(_SCALE, text[digits.end() :])
    if scale and (letters := scale.group().strip().lower()):
        number *= Decimal(10) ** _SCALES[letters[0]]
    return -number if text.startswith("-") else number


def items(found: list[Value], text: str) -> Iterator[list[Value]]:
    """Yield the values of a text in runs that it joins as a list: `a, b and c`."""
    run: list[Value] = []
    for value in found:
        if run and (value.kind != run[-1].kind or not _joined(text[run[-1].end : value.start])):
            yield run
            run = []
        run.append(value)
    if run:
        yield run


_JOIN = re.compile(
    r"[\"'`\u201d]?(?:\s*,\s*(?:and|or|&)?|\s+(?:and|or|&|vs\.?|versus))\s*(?:\w{2,4}\s+)?[\"'`\u201c]?"
)


def _joined(between: str) -> bool:
    """Whether the text between two values makes them items of one list."""
    return len(between) < 20 and _JOIN.fullmatch(between) is not None
