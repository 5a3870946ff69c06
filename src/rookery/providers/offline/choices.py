"""Options and switches: the values of an enum that a text names, and what it turns on or off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rookery.providers.offline import units
from rookery.providers.offline.nearby import Nearby
from rookery.providers.offline.params import Param
from rookery.providers.offline.values import LIMIT, Value
from rookery.providers.offline.words import is_stop, name_words, stem, terms

_OFF = terms("no not without don doesn dont exclude excluding except disable off skip never")
_FILLERS = frozenset(
    stem(word)
    for word in [
        "include",
        "is",
        "enable",
        "enabled",
        "with",
        "show",
        "use",
        "has",
        "only",
        "should",
        "want",
        "flag",
        "return",
        "get",
    ]
)
_ANY_CASE = 2


def choices(param: Param, text: str, found: list[Value]) -> Iterator[tuple[Any, float, int, int]]:
    """Yield (option, score, start, end) for each option that the text names."""
    options = param.schema.get("enum")
    options = options[:200] if isinstance(options, list) else [param.schema.get("const")]
    near = Nearby(text)
    for option in options:
        if option is None or isinstance(option, dict | list | bool):
            continue
        for start, end in _mentions(str(option), text[:LIMIT], found):
            value = Value("enum", text[start:end], start, end)
            yield option, 4.0 + near.score(param, value), start, end


def _mentions(option: str, text: str, found: list[Value]) -> Iterator[tuple[int, int]]:
    """Yield where an option is named: by its words in any form, or by its unit."""
    for value in found:
        name = value.unit or value.text
        if value.kind in ("unit", "currency", "measure", "money") and (
            units.same(option, name) or units.currency(option) == name
        ):
            width = 1 if value.kind in ("measure", "money") else 0
            yield (value.end - width, value.end) if width else (value.start, value.end)
    words = [word for word in name_words(option) if len(word) >= _ANY_CASE] or [option.lower()]
    wanted = [stem(word) for word in words]
    tokens = [(stem(m.group()), m) for m in re.finditer(r"[A-Za-z0-9]+", text)]
    if len(option) < _ANY_CASE:
        tokens = [(m.group().lower(), m) for m in re.finditer(rf"\b{re.escape(option)}\b", text)]
        wanted = [option.lower()]
    size = len(wanted)
    for index in range(len(tokens) - size + 1):
        if [word for word, _ in tokens[index : index + size]] == wanted:
            yield tokens[index][1].start(), tokens[index + size - 1][1].end()


def flags(param: Param, text: str) -> Iterator[tuple[bool, int, int]]:
    """Yield the switch's state where the text speaks of it: false after a word like "without"."""
    subject = {word for word in param.words if word not in _FILLERS}
    if not subject:
        subject = {word for word in param.about if word not in _FILLERS}
    tokens = list(re.finditer(r"[A-Za-z0-9]+", text[:LIMIT]))
    for index, match in enumerate(tokens):
        word = match.group()
        if is_stop(word) or stem(word) not in subject:
            continue
        before = {other.group().lower() for other in tokens[max(0, index - 3) : index]}
        yield not before & _OFF, match.start(), match.end()
        return
