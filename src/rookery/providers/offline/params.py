"""Parameters of a tool, and what each wants: the kinds of values and the words around them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rookery.providers.offline import units
from rookery.providers.offline.paths import path_kind
from rookery.providers.offline.schema import DEPTH, Schema, properties, required, resolve, types
from rookery.providers.offline.words import name_words, stem, stems, terms

_TEXT_HINTS = {
    "path": "path paths file files filename filepath folder directory dir root",
    "quoted code topic keywords": "pattern regex regexp needle",
    "quoted topic keywords name code": "query q keyword keywords term terms search phrase topic",
    "email name": "email emails mail recipient recipients cc bcc",
    "url": "url urls link website webpage uri",
    "date day datetime": "date day dates deadline due when checkin checkout",
    "time datetime": "time clock",
    "currency code": "currency currencies",
    "code name": "symbol symbols abbreviation iata",
    "name code quoted place": """city cities location locations place country town region
        destination origin airport address venue area state timezone""",
    "unit": "unit units",
    "name quoted word": """person people user users username author assignee attendee attendees
        owner customer guest contact artist director actor company team speaker employee""",
    "language": "language languages lang locale",
    "id number code quoted": "id ids identifier number reference ref sku isbn key code zip",
    "quoted called name topic": "title subject label",
    "quoted said topic": """text message body content comment note sentence string description
        paragraph passage""",
    "clause": "task prompt instruction instructions request question goal objective",
    "math quoted": "expression formula equation",
    "quoted": "command script sql cmd html json",
}
_FORMATS = {
    "date": ("date",),
    "date-time": ("datetime",),
    "time": ("time",),
    "email": ("email",),
    "uri": ("url",),
    "url": ("url",),
}
"""Formats that only one kind of value has."""
_ANY_TEXT = (
    "quoted",
    "name",
    "code",
    "id",
    "email",
    "url",
    "path",
    "date",
    "day",
    "word",
    "leftover",
)
_NUMBER_HINTS = {
    "percent": "percent percentage % rate discount tax tip interest pct apr vat ratio",
    "money": """price cost amount budget salary fee payment deposit income balance loan fare money
        usd dollars eur euros bill total spend revenue sum""",
    "measure": """temperature distance weight height length mass speed width depth volume size
        degrees temp""",
}
_BY_WORD = {word: kinds.split() for kinds, line in _TEXT_HINTS.items() for word in line.split()}
_NUMBER_BY_WORD = {word: kind for kind, line in _NUMBER_HINTS.items() for word in line.split()}

_CUES = {
    "from": "from origin source departure start since begin beginning after src base checkin",
    "to": "to destination target end until arrival before dst into dest checkout",
    "max": "max maximum most limit upper under below cheaper",
    "min": "min minimum least lower above over",
    "offset": "offset first skip page",
    "top": "limit count top n num results number max k size",
}
_CUE_WORDS = {cue: terms(line) for cue, line in _CUES.items()}
_EXAMPLE = re.compile(
    r"(?:e\.g\.?,?|for example,?|such as|example:|examples?:|like(?! th)|i\.e\.,?)\s*:?\s*"
    r"([^();.]{1,60}(?:\.[^\s();.]{1,20})?)",
    re.IGNORECASE,
)


class Param(NamedTuple):
    """One value to fill: a leaf of the tool's schema."""

    path: tuple[str, ...]
    schema: Schema
    required: bool
    type: str
    words: frozenset[str]
    """Stems of its name."""
    about: frozenset[str]
    """Stems of its description."""
    wants: tuple[str, ...]
    """Kinds of values, the best first."""
    unit: str
    cues: frozenset[str]
    shapes: tuple[str, ...]
    """The shapes of the examples in its description."""
    fraction: bool
    """Whether a percentage is to be given as a part of one."""

    @property
    def name(self) -> str:
        """The name that a user would be told."""
        return ".".join(self.path)


def leaves(schema: Schema, root: Schema, depth: int = 5) -> Iterator[Param]:
    """Yield the parameters of an object schema, those of nested objects included."""
    yield from _leaves(schema, root, (), True, min(depth, DEPTH))


def _leaves(
    schema: Schema, root: Schema, path: tuple[str, ...], needed: bool, depth: int
) -> Iterator[Param]:
    must = set(required(schema))
    for name, part in list(properties(schema).items())[:200]:
        flat = resolve(part, root)
        here = (*path, name)
        is_required = needed and name in must
        if depth and properties(flat):
            yield from _leaves(flat, root, here, is_required, depth - 1)
        else:
            yield param(here, flat, is_required)


def param(path: tuple[str, ...], schema: Schema, is_required: bool) -> Param:
    """Describe a parameter."""
    text = schema.get("description")
    description = text[:500] if isinstance(text, str) else ""
    name = tuple(word for part in path for word in name_words(part))
    allowed = [kind for kind in types(schema) if kind != "null"]
    kind = allowed[0] if allowed else "string"
    examples = _examples(schema, description)
    plain = re.findall(r"[a-z]+|%", _EXAMPLE.sub(" ", description.lower()))
    if kind in ("number", "integer"):
        wants = _number_wants(name, plain)
    else:
        wants = _FORMATS.get(str(schema.get("format"))) or _wants(name, plain, examples)
    is_place = wants[:1] in (("path",), ("glob",))
    return Param(
        path=path,
        schema=schema,
        required=is_required,
        type=kind,
        words=frozenset(stem(word) for word in name),
        about=frozenset(stems(description)),
        wants=wants,
        unit=_unit(name, plain),
        cues=_cues(name) or _cues(() if is_place else plain[:7]),
        shapes=tuple(shape(example) for example in examples),
        fraction=_is_fraction(schema, description),
    )


def _cues(words: Iterable[str]) -> frozenset[str]:
    """Return what words say about where a value stands: after "from", at most, the first few."""
    said = set(words)
    return frozenset(cue for cue, known in _CUE_WORDS.items() if said & known)


def _wants(name: tuple[str, ...], description: list[str], examples: list[str]) -> tuple[str, ...]:
    """Return the kinds for a text: by its name's last word that tells, else its description."""
    if "glob" in name or any(path_kind(example) == "glob" for example in examples):
        return ("glob",)
    if "glob" in description:
        return ("glob", "path")
    for word in (*reversed(name), *description):
        if word in _BY_WORD:
            return tuple(_BY_WORD[word])
    return _ANY_TEXT


def _number_wants(name: tuple[str, ...], description: list[str]) -> tuple[str, ...]:
    found = [_NUMBER_BY_WORD[word] for word in (*name, *description) if word in _NUMBER_BY_WORD]
    if "%" in description:
        found.insert(0, "percent")
    return tuple(dict.fromkeys(found))


def _unit(name: tuple[str, ...], description: list[str]) -> str:
    for word in (*name, *description):
        if len(word) > 1 and (found := units.unit(word)):
            return found
    return ""


def _examples(schema: Schema, description: str) -> list[str]:
    given = schema.get("examples")
    found = [item for item in given if isinstance(item, str)] if isinstance(given, list) else []
    for match in _EXAMPLE.finditer(description):
        found.extend(re.split(r",? or |, (?=\S)", match.group(1).strip(" .,'\"`")))
    return [item.strip(" '\"`")[:40] for item in found[:8] if item.strip()]


def shape(text: str) -> str:
    """Return the form of a text: capitals A, small letters a, digits 0, each run once."""
    letters = (
        "A" if c.isupper() else "a" if c.islower() else "0" if c.isdigit() else c for c in text
    )
    return re.sub(r"(.)\1+", r"\1", "".join(letters))


def _is_fraction(schema: Schema, description: str) -> bool:
    highest = schema.get("maximum")
    if isinstance(highest, int | float) and not isinstance(highest, bool) and highest <= 1:
        return True
    return (
        re.search(r"\bfraction|decimal|\b0(?:\.0)?\s?(?:-|to|and|\u2013)\s?1\b", description)
        is not None
    )
