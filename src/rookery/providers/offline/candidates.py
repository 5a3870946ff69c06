"""What a parameter could be, from the values of a text, each with a score."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from rookery.providers.offline import numbers, phrases
from rookery.providers.offline.arithmetic import expression
from rookery.providers.offline.choices import choices, flags
from rookery.providers.offline.dates import iso
from rookery.providers.offline.nearby import Nearby
from rookery.providers.offline.params import Param, shape
from rookery.providers.offline.params import param as describe
from rookery.providers.offline.schema import resolve
from rookery.providers.offline.toolbox import Tool
from rookery.providers.offline.valid import valid
from rookery.providers.offline.values import Value, items
from rookery.providers.offline.words import is_stop, stem


class Candidate(NamedTuple):
    """A value for a parameter: where it stands, and how well it fits."""

    value: Any
    score: float
    start: int
    end: int
    shared: bool = False
    """Whether other parameters may use the same words."""


def candidates(param: Param, tool: Tool, text: str, found: list[Value]) -> Iterator[Candidate]:
    """Yield the valid candidates of a parameter."""
    for candidate in _raw(param, tool, text, found):
        if valid(candidate.value, param.schema, tool.root) and not _unlike(param, candidate.value):
            yield candidate


def _unlike(param: Param, value: Any) -> bool:
    """Whether a text lacks the mark that all examples of its parameter have: `Area/Place`."""
    if not isinstance(value, str) or not param.shapes or param.wants[:1] == ("glob",):
        return False
    return any(
        all(mark in form for form in param.shapes) and mark not in value for mark in ("/", "@")
    )


def _raw(param: Param, tool: Tool, text: str, found: list[Value]) -> Iterator[Candidate]:
    if "enum" in param.schema or "const" in param.schema:
        for value, score, start, end in choices(param, text, found):
            yield Candidate(value, score, start, end)
    elif param.type == "boolean":
        yield from _switch(param, text)
    elif param.type in ("number", "integer"):
        for value in found:
            for number, score in numbers.fits(param, value, text):
                yield Candidate(number, score, value.start, value.end)
    elif param.type == "array":
        yield from _lists(param, tool, text, found)
    elif param.type == "string":
        yield from _texts(param, tool, text, found)


def _switch(param: Param, text: str) -> Iterator[Candidate]:
    for flag, start, end in flags(param, text):
        yield Candidate(flag, 4.0, start, end, shared=True)
    if param.required:  # what is not asked for is off
        yield Candidate(False, 1.0, -1, -1, shared=True)


def _lists(param: Param, tool: Tool, text: str, found: list[Value]) -> Iterator[Candidate]:
    """Yield the lists: each run of values that the text joins and that fit the items' schema."""
    item = describe(param.path, resolve(param.schema.get("items", {}), tool.root), param.required)
    item = item._replace(
        words=param.words,
        about=param.about | item.about,
        shapes=param.shapes + item.shapes,
        wants=item.wants if item.about else param_wants(param),
        cues=param.cues,
    )
    singles = list(candidates(item, tool, text, found))
    if "enum" in item.schema:
        chosen = {repr(c.value): c for c in sorted(singles, key=lambda c: c.start)}
        if chosen:
            kept = list(chosen.values())
            yield Candidate(
                [c.value for c in kept], kept[0].score + 0.5, kept[0].start, kept[-1].end
            )
        return
    for value in phrases.labelled(text, param.words):
        parts = [part.strip() for part in re.split(r"[,;]| and ", value.text) if part.strip()]
        if item.type == "string" and parts:
            yield Candidate(parts, 6.0, value.start, value.end)
    best: dict[tuple[int, int], Candidate] = {}
    for single in singles:
        span = (single.start, single.end)
        if span not in best or best[span].score < single.score:
            best[span] = single
    for run in items(found, text):
        kept = [best[value.start, value.end] for value in run if (value.start, value.end) in best]
        if kept:
            score = max(c.score for c in kept) + 0.5 * (len(kept) > 1)
            yield Candidate([c.value for c in kept], score, kept[0].start, kept[-1].end)
    for single in singles:
        yield Candidate([single.value], single.score - 0.5, single.start, single.end)


def param_wants(param: Param) -> tuple[str, ...]:
    """Return what the items of a list want, by the list's own name."""
    singular = describe(tuple(part.removesuffix("s") for part in param.path), {}, True)
    return singular.wants


def _texts(param: Param, tool: Tool, text: str, found: list[Value]) -> Iterator[Candidate]:
    near = Nearby(text)
    for value in found:
        score = _text_score(param, value)
        dated = value.kind != "date" or param.schema.get("format") != "date" or iso(value.text)
        if score > 0 and dated and not _is_own(value, tool):
            score += near.score(param, value) + _shape_bonus(param, value)
            yield Candidate(_as_text(param, value), score, value.start, value.end)
    for value in phrases.labelled(text, param.words):
        yield Candidate(value.text, 6.0, value.start, value.end)
    for kind in param.wants:
        yield from _free(kind, param, tool, text, found)
    for value in phrases.beside(text, param.words, frozenset(tool.name_stems)):
        if param.wants[0] not in ("quoted", "clause", "math", "url", "email"):
            rank = param.wants.index("word") if "word" in param.wants else 3
            yield Candidate(value.text, 3.2 - 0.1 * rank, value.start, value.end)


def _is_own(value: Value, tool: Tool) -> bool:
    """Whether a capitalised word is the tool's own: the `Directions` that open a request."""
    words = re.findall(r"[A-Za-z]+", value.text)
    return value.kind == "name" and all(stem(word) in tool.name_stems for word in words)


def _text_score(param: Param, value: Value) -> float:
    """Return how well a kind of value fits, 4 for the kind most wanted; 0 where it does not."""
    kinds = [value.kind, "quoted"] if value.quoted else [value.kind]
    if value.kind in ("money", "currency") and value.unit:
        kinds.append("currency")
    if value.text.lower() in ("pound", "pounds"):
        kinds.append("unit")  # of weight
    if value.kind == "name" and "language" in param.wants:
        kinds.append("language")
    ranks = [param.wants.index(kind) for kind in kinds if kind in param.wants]
    if not ranks:
        return 0.0
    marked = value.quoted and (value.kind == "quoted" or value.kind in param.wants)
    return 4.0 - 0.5 * min(ranks) + 0.5 * marked


def _as_text(param: Param, value: Value) -> str:
    if param.wants[0] == "currency" and value.unit:
        return value.unit
    if value.kind == "date" and (full := iso(value.text)):
        return full
    if value.kind == "unit":
        return value.text
    if value.kind == "id" and value.text.startswith("#"):
        return value.text[1:]
    return value.text


def _shape_bonus(param: Param, value: Value) -> float:
    if not param.shapes:
        return 0.0
    return 1.5 if shape(value.text) in param.shapes else -0.2


def _free(
    kind: str, param: Param, tool: Tool, text: str, found: list[Value]
) -> Iterator[Candidate]:
    """Yield the candidates that are no typed values: phrases, key words, the text itself."""
    rank = 0.3 * param.wants.index(kind)
    if kind in ("topic", "said", "called", "place", "language"):
        near = Nearby(text)
        for value in phrases.phrases(text, found, kind):
            if _says_more(value.text, tool):
                score = 3.4 - rank + near.score(param, value)
                yield Candidate(value.text, score, value.start, value.end, shared=kind == "topic")
    elif kind == "clause":
        yield Candidate(text.strip(), 3.5, -1, -1, shared=True)
    elif kind == "math" and (formula := expression(text)):
        yield Candidate(formula, 4.0, -1, -1, shared=True)
    elif kind == "keywords" and param.required:
        if words := phrases.keywords(_without_paths(text, found), tool.name_stems):
            yield Candidate(pattern(words, param), 1.2, -1, -1, shared=True)
    elif kind == "leftover" and param.required:
        rest = phrases.keywords(text, frozenset(tool.words))
        if len(rest) == 1:
            start = text.find(rest[0])
            yield Candidate(rest[0], 1.5, start, start + len(rest[0]))


def _says_more(phrase: str, tool: Tool) -> bool:
    """Whether a phrase has a word that is not one of the tool's own name."""
    words = [word for word in re.findall(r"[\w-]+", phrase) if not is_stop(word)]
    return any(stem(word) not in tool.name_stems for word in words)


def _without_paths(text: str, found: list[Value]) -> str:
    for value in found:
        if value.kind in ("path", "glob"):
            text = text[: value.start] + " " * (value.end - value.start) + text[value.end :]
    return text


def pattern(words: list[str], param: Param) -> str:
    """Join key words: for a pattern any of them, in either case, for a query all."""
    if param.words & {stem("pattern"), stem("regex"), stem("regexp")}:
        stems = [
            stem(word) if word.isascii() and word.isalpha() else re.escape(word) for word in words
        ]
        return "|".join(
            f"[{s[0].upper()}{s[0].lower()}]{s[1:]}" if s[0].isalpha() else s for s in stems
        )
    return " ".join(words)
