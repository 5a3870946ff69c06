"""Parameters of a tool, and what each wants: the kinds of values and the words around them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rookery.jsonschema.schema import Schema, properties, required, resolve, types
from rookery.providers.offline import units
from rookery.providers.offline.paths import path_kind
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
"""What a word in a parameter's name or description says of its values, the likeliest kind first."""
_ANY_TEXT = ["quoted", "name", "code", "id", "email", "url", "path", "date", "day", "word",
             "leftover"]  # fmt: skip
_FORMATS = {
    "date": ("date",),
    "date-time": ("datetime",),
    "time": ("time",),
    "email": ("email",),
    "uri": ("url",),
    "url": ("url",),
}
"""Formats that only one kind of value has."""
_NUMBER_HINTS = {
    "percent": "percent percentage % rate discount tax tip interest pct apr vat ratio",
    "money": """price cost amount budget salary fee payment deposit income balance loan fare money
        usd dollars eur euros bill total spend revenue sum""",
    "measure": """temperature distance weight height length mass speed width depth volume size
        degrees temp""",
}
_CUES = {
    "from": terms("from origin source departure start since begin beginning after src checkin"),
    "to": terms("to destination target end until arrival before dst into dest checkout"),
    "max": terms("max maximum most limit upper under below cheaper"),
    "min": terms("min minimum least lower above over"),
    "offset": terms("offset first skip page"),
    "top": terms("limit count top n num results number max k size"),
}
_BY_WORD = {word: kinds.split() for kinds, line in _TEXT_HINTS.items() for word in line.split()}
_NUMBER_BY_WORD = {word: kind for kind, line in _NUMBER_HINTS.items() for word in line.split()}
_EXAMPLE = re.compile(
    r"(?:e\.g\.?,?|for example,?|such as|examples?:|like(?! th)|i\.e\.,?)\s*:?\s*"
    r"([^();.]{1,60}(?:\.[^\s();.]{1,20})?)",
    re.IGNORECASE,
)
_FRACTION = re.compile(r"\bfraction|decimal|\b0(?:\.0)?\s?(?:-|to|and|\u2013)\s?1\b")
_DEPTH = 5


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
    """Where its value stands: after "from", at most, the first few."""
    shapes: tuple[str, ...]
    """The shapes of the examples in its description."""
    fraction: bool
    """Whether a percentage is to be given as a part of one."""

    @property
    def name(self) -> str:
        """The name that a user would be told."""
        return ".".join(self.path)


def leaves(
    schema: Schema, root: Schema, path: tuple[str, ...] = (), needed: bool = True
) -> Iterator[Param]:
    """Yield the parameters of an object schema, those of nested objects included."""
    must = set(required(schema))
    for name, part in list(properties(schema).items())[:200]:
        flat = resolve(part, root)
        here = (*path, name)
        if len(path) < _DEPTH and properties(flat):
            yield from leaves(flat, root, here, needed and name in must)
        else:
            yield param(here, flat, needed and name in must)


def param(path: tuple[str, ...], schema: Schema, is_required: bool) -> Param:
    """Describe a parameter."""
    text = schema.get("description")
    description = text[:500] if isinstance(text, str) else ""
    name = tuple(word for part in path for word in name_words(part))
    kind = next((kind for kind in types(schema) if kind != "null"), "string")
    examples = _examples(schema, description)
    plain = re.findall(r"[a-z]+|%", _EXAMPLE.sub(" ", description.lower()))
    wants = _FORMATS.get(str(schema.get("format"))) or _wants(name, plain, examples)
    if kind in ("number", "integer"):
        wants = _number_wants(name, plain)
    is_place = wants[:1] in (("path",), ("glob",))
    highest = schema.get("maximum")
    named = (units.unit(word) for word in (*name, *plain) if len(word) > 1)
    return Param(
        path=path,
        schema=schema,
        required=is_required,
        type=kind,
        words=frozenset(map(stem, name)),
        about=frozenset(stems(description)),
        wants=wants,
        unit=next(filter(None, named), ""),
        cues=_cues(name) or _cues(() if is_place else plain[:7]),
        shapes=tuple(map(shape, examples)),
        fraction=(isinstance(highest, int | float) and 0 < highest <= 1)
        or _FRACTION.search(description) is not None,
    )


def _cues(words: Iterable[str]) -> frozenset[str]:
    said = set(words)
    return frozenset(cue for cue, known in _CUES.items() if said & known)


def _wants(name: tuple[str, ...], description: list[str], examples: list[str]) -> tuple[str, ...]:
    """Return the kinds for a text: by its name's last word that tells, else its description."""
    if "glob" in name or any(path_kind(example) == "glob" for example in examples):
        return ("glob",)
    if "glob" in description:
        return ("glob", "path")
    told = (word for word in (*reversed(name), *description) if word in _BY_WORD)
    return tuple(_BY_WORD.get(next(told, ""), _ANY_TEXT))


def _number_wants(name: tuple[str, ...], description: list[str]) -> tuple[str, ...]:
    words = (*(["%"] if "%" in description else []), *name, *description)
    return tuple(dict.fromkeys(_NUMBER_BY_WORD[w] for w in words if w in _NUMBER_BY_WORD))


def _examples(schema: Schema, description: str) -> list[str]:
    given = schema.get("examples")
    found = [item for item in given if isinstance(item, str)] if isinstance(given, list) else []
    for match in _EXAMPLE.finditer(description):
        found.extend(re.split(r",? or |, (?=\S)", match[1]))
    return [plain for item in found[:8] if (plain := item.strip(" .,'\"`")[:40])]


def shape(text: str) -> str:
    """Return the form of a text: capitals A, small letters a, digits 0, each run once."""
    letters = (
        "A" if c.isupper() else "a" if c.islower() else "0" if c.isdigit() else c for c in text
    )
    return re.sub(r"(.)\1+", r"\1", "".join(letters))
