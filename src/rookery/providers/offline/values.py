"""Typed values in text: amounts, percentages, durations, dates, paths, names and the like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import NamedTuple

from rookery.providers.offline import units
from rookery.providers.offline.names import names
from rookery.providers.offline.paths import path_kind, paths
from rookery.providers.offline.words import TOKEN, terms

LIMIT = 8000
"""Characters of text that are searched for values; a longer text is a document, not a request."""
MOST = 150
"""Values of a text; a request has fewer, and each is tried with each parameter."""


class Value(NamedTuple):
    """A value, where it stands with its marks, and what it is."""

    kind: str
    text: str
    start: int
    end: int
    number: Decimal | None = None
    unit: str = ""
    quoted: bool = False


class Passage:
    """A text with its values, which are looked for once, when they are first asked for."""

    def __init__(self, text: str) -> None:
        """Hold a text."""
        self.text = text

    @cached_property
    def values(self) -> list[Value]:
        """The values of the text."""
        return values(self.text)

    def without(self, *kinds: str) -> str:
        """Return the text with blanks in place of its values of some kinds."""
        text = self.text
        for value in self.values:
            if value.kind in kinds:
                text = text[: value.start] + " " * (value.end - value.start) + text[value.end :]
        return text


class _Rule(NamedTuple):
    kind: str
    pattern: re.Pattern[str]
    needs: frozenset[str]
    """Words and marks, one of which a text must have to be looked through; 0 is any digit."""


def _rule(kind: str, pattern: str, needs: Iterable[str] = "0") -> _Rule:
    return _Rule(kind, re.compile(pattern, re.IGNORECASE), frozenset(needs))


_COUNTING = """zero one two three four five six seven eight nine ten eleven twelve thirteen
    fourteen fifteen sixteen seventeen eighteen nineteen twenty"""
_WORD_NUMBERS = {word: Decimal(number) for number, word in enumerate(_COUNTING.split())}
_WORD_NUMBERS |= {"dozen": Decimal(12), "thirty": Decimal(30), "fifty": Decimal(50)}
_COUNTS = ("0", *_WORD_NUMBERS)
_NUMBER = r"\d{1,15}(?:,\d{3}){0,5}(?:\.\d{1,12})?"
_SCALE = r"(?:\s?(?:thousand|million|billion|bn|mn|[kmb])\b)?"
_WORDS = rf"\b(?:{'|'.join(_WORD_NUMBERS)})\b"
_MONTHS = (
    "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    "|Sep(?:t(?:ember)?)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_DAYS = terms("monday tuesday wednesday thursday friday saturday sunday")
_MARKED = (
    _rule("quoted", r"`([^`\n]{1,400})`", "`"),
    _rule("quoted", r'"([^"\n]{1,400})"', '"'),
    _rule("quoted", r"[\u201c\u201e]([^\u201c\u201d\n]{1,400})\u201d", "\u201d"),
    _rule("quoted", r"(?<!\w)'([^'\n]{1,400})'(?!\w)", "'"),
    _rule("url", r"\bhttps?://[^\s<>\"'`)\]]{1,400}", ["http", "https"]),
    _rule("email", r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}", "@"),
)
"""Values that their marks show; they are taken before paths are looked for."""
_PLAIN = (
    _rule("datetime", r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?", ":"),
    _rule("date", r"\b\d{4}-\d\d-\d\d\b|\b\d{1,2}[/.]\d{1,2}[/.]\d{4}\b"),
    _rule("date", rf"\b{_MONTHS}\.? \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?\b"),
    _rule("date", rf"\b\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTHS}(?:,? \d{{4}})?\b"),
    _rule("day", rf"\b(?:(?:this|next|last|coming) )?(?:{'|'.join(sorted(_DAYS))})\b", _DAYS),
    _rule("day", r"\b(?:day after tomorrow|today|tomorrow|yesterday|tonight)\b",
          terms("today tomorrow yesterday tonight")),
    _rule("day", r"\b(?:this|next|last) (?:week(?:end)?|month|year)\b", terms("this next last")),
    _rule("time", r"\b\d{1,2}:\d\d(?::\d\d)?(?:\s?[ap]\.?m\b)?", ":"),
    _rule("time", r"\b(?:\d{1,2}\s?[ap]\.?m|noon|midnight)\b", ["0", "noon", "midnight"]),
    _rule("money", rf"[$\u20ac\u00a3\u00a5]\s?{_NUMBER}{_SCALE}", "$\u20ac\u00a3\u00a5"),
    _rule("percent", rf"-?{_NUMBER}\s?(?:%|percent\b|per cent\b)", ["%", "percent", "cent"]),
    _rule("measure", rf"-?(?:{_NUMBER}|{_WORDS}){_SCALE}[\s-]?(?:{units.PATTERN})(?![\w/])",
          _COUNTS),
    _rule("id", r"#\d{1,12}\b", "#"),
    _rule("id", r"\b[A-Z]{1,10}-\d{1,12}\b", "-"),
    _rule("id", r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "-"),
    _rule("id", r"\b(?=[A-Z]{0,12}\d)(?=\d{0,12}[A-Z])[A-Z0-9]{2,24}\b"),
    _rule("number", rf"(?<![\w.])-?{_NUMBER}{_SCALE}(?!\w)"),
    _rule("number", _WORDS, _WORD_NUMBERS),
    _rule("currency", rf"\b(?:{units.CURRENCY_PATTERN})\b", units.CURRENCY_WORDS),
    _rule("unit", rf"\b(?:{units.UNIT_PATTERN})\b", units.UNIT_WORDS),
    _Rule("unit", re.compile(r"\u00b0[CF]\b|\b(?:km|kg|lbs?|cm|mm|ft|oz|ml|[CF])\b(?!\+|#)"),
          terms("\u00b0 km kg lb lbs cm mm ft oz ml c f")),
)  # fmt: skip
_LOOKED_FOR = re.compile(
    r"\b(?:for|contain(?:s|ing)?|mention(?:s|ing)?|words?|string|pattern|phrase|text)\s*\Z",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:files?|folder|directory|dir|path|in|inside|under|within|below)\s*\Z", re.IGNORECASE
)


def values(text: str) -> list[Value]:
    """Return the values of a text in the order they stand; of two that overlap, the surer one."""
    head = text[:LIMIT]
    plain = head.lower()
    present = {*plain, *TOKEN.findall(plain)}
    if any(map(str.isdigit, set(plain))):
        present.add("0")
    taken = bytearray(len(head))
    found = list(_matches(_MARKED, head, taken, present))
    for start, end, kind in paths(head):
        if _take(taken, start, end):
            found.append(Value(kind, head[start:end], start, end))
    found.extend(_matches(_PLAIN, head, taken, present))
    for start, end, kind in names(head):
        if _take(taken, start, end):
            found.append(Value(kind, head[start:end], start, end))
    return sorted(found, key=lambda value: value.start)[:MOST]


def _matches(
    rules: tuple[_Rule, ...], text: str, taken: bytearray, present: set[str]
) -> Iterator[Value]:
    for kind, pattern, needs in rules:
        if present.isdisjoint(needs):
            continue
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
        return [Value(_quoted_kind(match), match[1], start, end, quoted=True)]
    if kind == "url":
        text = text.rstrip(".,;:!?")
        return [Value(kind, text, start, start + len(text))]
    if kind in ("unit", "currency"):
        return [Value(kind, text, start, end, unit=units.unit(text) or units.currency(text))]
    if kind not in ("money", "percent", "measure", "number"):
        return [Value(kind, text, start, end)]
    number = _number(text)
    if kind == "money":
        sign = Value("currency", text[0], start, start + 1, number, units.currency(text[0]))
        return [sign, Value(kind, text, start + 1, end, number, sign.unit)]
    if kind == "measure":
        kind, unit, name = units.measure(text)
        if kind == "duration":
            return [Value(kind, text, start, end, number, unit)]
        cut = end - len(name)
        of_unit = Value("currency" if kind == "money" else "unit", name, cut, end, number, unit)
        return [Value(kind, text, start, cut, number, unit), of_unit]
    return [Value(kind, text, start, end, number)]


def _quoted_kind(match: re.Match[str]) -> str:
    """Say what a quoted text is: a path or a glob by its look, a path by the words before it."""
    before = match.string[max(0, match.start() - 40) : match.start()]
    kind = path_kind(match[1])
    if kind == "glob":
        return kind
    if _LOOKED_FOR.search(before) or not (kind or _PLACE.search(before)):
        return "quoted"
    return "path" if kind or " " not in match[1] else "quoted"


def _number(text: str) -> Decimal | None:
    """Return the number that a text begins with, its sign and its scale included."""
    digits = re.search(_NUMBER, text)
    if digits is None:
        return _WORD_NUMBERS.get(re.split(r"[\s-]", text.lower())[0])
    try:
        number = Decimal(digits.group().replace(",", ""))
    except InvalidOperation:  # digits of another script, which \d also matches
        return None
    scale = re.match(_SCALE, text[digits.end() :], re.IGNORECASE)
    if scale and (letters := scale.group().strip().lower()):
        number *= 10 ** {"k": 3, "t": 3, "m": 6, "b": 9}[letters[0]]
    return -number if text.startswith("-") else number


_JOIN = re.compile(r"(?:\s*,\s*(?:and|or|&)?|\s+(?:and|or|&|vs\.?|versus))\s*(?:\w{2,4}\s+)?")


def items(found: list[Value], text: str) -> Iterator[list[Value]]:
    """Yield the values of a text in runs that it joins as a list: `a, b and c`."""
    run: list[Value] = []
    for value in found:
        if run:
            between = text[run[-1].end : value.start][:20]
            if value.kind != run[-1].kind or not _JOIN.fullmatch(between):
                yield run
                run = []
        run.append(value)
    if run:
        yield run
