"""What a parameter could be, from the values of a text, each with a score."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from rookery.jsonschema.schema import resolve
from rookery.jsonschema.valid import valid
from rookery.providers.offline import phrases, units
from rookery.providers.offline.arithmetic import expression
from rookery.providers.offline.choices import choices, flag
from rookery.providers.offline.dates import iso
from rookery.providers.offline.nearby import nearness
from rookery.providers.offline.params import Param, shape
from rookery.providers.offline.params import param as describe
from rookery.providers.offline.toolbox import Tool
from rookery.providers.offline.values import Passage, Value, items
from rookery.providers.offline.words import stem

_LABELLED = 6.0
_NUMBERS = frozenset({"number", "money", "percent", "duration", "measure"})
_PHRASES = frozenset({"topic", "said", "called", "place", "language"})


class Candidate(NamedTuple):
    """A value for a parameter: where it stands, and how well it fits."""

    value: Any
    score: float
    start: int = -1
    end: int = -1
    shared: bool = False
    """Whether other parameters may use the same words."""


def candidates(
    param: Param, tool: Tool, passage: Passage, least: float = 0.0
) -> Iterator[Candidate]:
    """Yield the valid candidates of a parameter from a score on."""
    for candidate in _raw(param, tool, passage):
        if candidate.score >= least and valid(candidate.value, param.schema, tool.root):
            yield candidate


def _raw(param: Param, tool: Tool, passage: Passage) -> Iterator[Candidate]:
    if "enum" in param.schema or "const" in param.schema:
        for choice in choices(param, passage.text, passage.values):
            yield Candidate(*choice)
    elif param.type in _BY_TYPE:
        yield from _BY_TYPE[param.type](param, tool, passage)


def _switches(param: Param, _: Tool, passage: Passage) -> Iterator[Candidate]:
    if said := flag(param, passage.text):
        yield Candidate(said[0], 4.0, *said[1:], shared=True)
    if param.required:  # what is not asked for is off
        yield Candidate(False, 1.0, shared=True)


def _numbers(param: Param, _: Tool, passage: Passage) -> Iterator[Candidate]:
    for value in passage.values:
        if number := _number(param, value, passage.text):
            yield Candidate(*number, value.start, value.end)


def _number(param: Param, value: Value, text: str) -> tuple[int | float, float] | None:
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
    return value.number if value.kind in _NUMBERS else None


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


def _lists(param: Param, tool: Tool, passage: Passage) -> Iterator[Candidate]:
    """Yield the lists: each run of values that the text joins and that fit the items' schema."""
    item = _item(param, tool)
    singles = sorted(candidates(item, tool, passage), key=lambda c: (c.start, -c.score))
    if "enum" in item.schema:
        chosen = list({repr(single.value): single for single in singles}.values())
        if chosen:
            yield _joined(chosen, chosen[0].score + 0.5)
        return
    for value in phrases.labelled(passage.text, param.words):
        parts = [part.strip() for part in re.split(r"[,;]| and ", value.text) if part.strip()]
        if item.type == "string" and parts:
            yield Candidate(parts, _LABELLED, value.start, value.end)
    best = {(single.start, single.end): single for single in reversed(singles)}
    for run in items(passage.values, passage.text):
        kept = [best[value.start, value.end] for value in run if (value.start, value.end) in best]
        if kept:
            yield _joined(kept, max(single.score for single in kept) + 0.5 * (len(kept) > 1))
    for single in singles:
        yield _joined([single], single.score - 0.5)


def _joined(kept: list[Candidate], score: float) -> Candidate:
    return Candidate([single.value for single in kept], score, kept[0].start, kept[-1].end)


def _item(param: Param, tool: Tool) -> Param:
    """Return the items of a list as a parameter; the list's own name tells what they want."""
    schema = resolve(param.schema.get("items", {}), tool.root)
    item = describe(param.path, schema, param.required)
    singular = describe(tuple(part.removesuffix("s") for part in param.path), {}, True)
    return item._replace(
        about=param.about | item.about,
        shapes=param.shapes + item.shapes,
        wants=item.wants if item.about else singular.wants,
        cues=param.cues,
    )


def _texts(param: Param, tool: Tool, passage: Passage) -> Iterator[Candidate]:
    for value in passage.values:
        score = _text_score(param, value)
        if score > 0 and not _is_own(value, tool):
            score += nearness(param, value, passage.text) + _shape_bonus(param, value)
            yield Candidate(_as_text(param, value), score, value.start, value.end)
    for value in phrases.labelled(passage.text, param.words):
        yield Candidate(value.text, _LABELLED, value.start, value.end)
    for rank, kind in enumerate(param.wants):
        yield from _free(kind, rank, param, tool, passage)
    if param.wants[0] not in ("quoted", "clause", "math", "url", "email"):
        rank = param.wants.index("word") if "word" in param.wants else 3
        for value in phrases.beside(passage.text, param.words, tool.name_stems):
            yield Candidate(value.text, 3.2 - 0.1 * rank, value.start, value.end)


def _is_own(value: Value, tool: Tool) -> bool:
    """Whether a capitalised word is the tool's own: the `Directions` that open a request."""
    words = re.findall(r"[A-Za-z]+", value.text)
    return value.kind == "name" and all(stem(word) in tool.name_stems for word in words)


def _text_score(param: Param, value: Value) -> float:
    """Return how well a kind of value fits, 4 for the kind most wanted; 0 where it does not."""
    if value.kind == "date" and param.schema.get("format") == "date" and not iso(value.text):
        return 0.0
    kinds = {value.kind}
    if value.quoted:
        kinds.add("quoted")
    if value.kind == "money" and value.unit:
        kinds.add("currency")
    if value.text.lower() in ("pound", "pounds"):
        kinds.add("unit")  # of weight
    rank = next((rank for rank, kind in enumerate(param.wants) if kind in kinds), None)
    if rank is None:
        return 0.0
    marked = value.quoted and (value.kind == "quoted" or value.kind in param.wants)
    return 4.0 - 0.5 * rank + 0.5 * marked


def _as_text(param: Param, value: Value) -> str:
    if param.wants[0] == "currency" and value.unit:
        return value.unit
    if value.kind == "date":
        return iso(value.text) or value.text
    return value.text.removeprefix("#") if value.kind == "id" else value.text


def _shape_bonus(param: Param, value: Value) -> float:
    if not param.shapes:
        return 0.0
    return 1.5 if shape(value.text) in param.shapes else -0.2


def _free(kind: str, rank: int, param: Param, tool: Tool, passage: Passage) -> Iterator[Candidate]:
    """Yield the candidates that are no typed values: phrases, key words, the text itself."""
    text = passage.text
    if kind in _PHRASES:
        for value in phrases.phrases(text, passage.values, kind):
            score = 3.4 - 0.3 * rank + nearness(param, value, text)
            yield Candidate(value.text, score, value.start, value.end, kind == "topic")
    elif kind == "clause":
        yield Candidate(text.strip(), 3.5, shared=True)
    elif kind == "math" and (formula := expression(text)):
        yield Candidate(formula, 4.0, shared=True)
    elif kind == "keywords" and param.required:
        if words := phrases.keywords(passage.without("path", "glob"), tool.name_stems):
            yield Candidate(pattern(words, param), 1.2, shared=True)
    elif kind == "leftover" and param.required:
        rest = phrases.keywords(text, frozenset(tool.words))
        if len(rest) == 1:
            start = text.find(rest[0])
            yield Candidate(rest[0], 1.5, start, start + len(rest[0]))


def pattern(words: list[str], param: Param) -> str:
    """Join key words: for a pattern any of them, in either case, for a query all."""
    if param.words.isdisjoint(map(stem, ("pattern", "regex", "regexp"))):
        return " ".join(words)
    plain = [stem(word) if word.isascii() and word.isalpha() else word for word in words]
    return "|".join(
        f"[{word[0].upper()}{word[0].lower()}]{word[1:]}" if word[0].isalpha() else word
        for word in map(re.escape, plain)
    )


_BY_TYPE = {
    "boolean": _switches,
    "number": _numbers,
    "integer": _numbers,
    "array": _lists,
    "string": _texts,
}
