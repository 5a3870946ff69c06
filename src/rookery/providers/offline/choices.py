"""Options and switches: the values of an enum that a text names, and what it turns on or off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rookery.jsonschema.schema import listed
from rookery.providers.offline import units
from rookery.providers.offline.nearby import nearness
from rookery.providers.offline.params import Param
from rookery.providers.offline.values import LIMIT, Value
from rookery.providers.offline.words import TOKEN, is_stop, name_words, stem, terms

_OFF = terms("no not without don doesn dont exclude excluding except disable off skip never")
_FILLERS = frozenset(
    map(stem, terms("include is enable with show use has only should want flag return get"))
)
_OPTIONS = 200


def choices(param: Param, text: str, found: list[Value]) -> Iterator[tuple[Any, float, int, int]]:
    """Yield (option, score, start, end) for each option that the text names."""
    options = listed(param.schema, "enum") or [param.schema.get("const")]
    tokens = [(stem(m.group()), m.start(), m.end()) for m in TOKEN.finditer(text[:LIMIT])]
    for option in options[:_OPTIONS]:
        if isinstance(option, str | int | float) and not isinstance(option, bool):
            name = str(option)
            for start, end in (*_units(name, found), *_mentions(name, text[:LIMIT], tokens)):
                value = Value("enum", name, start, end)
                yield option, 4.0 + nearness(param, value, text), start, end


def _units(option: str, found: list[Value]) -> Iterator[tuple[int, int]]:
    """Yield where an option is named by a unit of the text: `celsius` by `C`."""
    for value in found:
        name = value.unit or value.text
        if value.kind in ("unit", "currency", "measure", "money") and (
            units.same(option, name) or units.currency(option) == name
        ):
            # The number has a use of its own, so only its last sign is taken with the unit.
            yield value.end - 1 if value.number is not None else value.start, value.end


def _mentions(
    option: str, text: str, tokens: list[tuple[str, int, int]]
) -> Iterator[tuple[int, int]]:
    """Yield where an option is named by its words, in any form; one of a letter as it is."""
    if len(option) == 1:
        yield from (m.span() for m in re.finditer(rf"\b{re.escape(option)}\b", text))
        return
    wanted = [stem(word) for word in name_words(option) if len(word) > 1] or [option.lower()]
    size = len(wanted)
    for index in range(len(tokens) - size + 1):
        if tokens[index][0] == wanted[0] and [t[0] for t in tokens[index : index + size]] == wanted:
            yield tokens[index][1], tokens[index + size - 1][2]


def flag(param: Param, text: str) -> tuple[bool, int, int] | None:
    """Return a switch's state where the text speaks of it: false after a word like "without"."""
    subject = param.words - _FILLERS or param.about - _FILLERS
    tokens = list(TOKEN.finditer(text[:LIMIT]))
    for index, match in enumerate(tokens):
        if stem(match.group()) in subject and not is_stop(match.group()):
            before = {other.group().lower() for other in tokens[max(0, index - 3) : index]}
            return not before & _OFF, match.start(), match.end()
    return None
