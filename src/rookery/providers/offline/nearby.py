"""The words around a value, and what they say about the parameter it is for."""

from __future__ import annotations

import re

from rookery.providers.offline.params import Param
from rookery.providers.offline.values import Value
from rookery.providers.offline.words import related, stem, terms

_WORD = re.compile(r"[A-Za-z%]+")
_ARTICLES = terms("a an the my our your is of as to number no")
_BEFORE = {
    "from": ("from", "since", "starting", "leaving", "departing", "between", "after", "beginning"),
    "to": ("to", "into", "until", "till", "through", "in", "and", "before", "ending", "arriving"),
    "max": ("under", "below", "most", "maximum", "max", "than", "to", "cheaper", "within"),
    "min": ("over", "above", "least", "minimum", "min", "than", "after"),
    "offset": ("line", "starting", "from", "page"),
    "top": (
        "top",
        "first",
        "last",
        "limit",
        "only",
        "most",
        "to",
        "latest",
        "show",
        "list",
        "exactly",
    ),
}
_LESS = terms("less under below cheaper most fewer lower max maximum within")
_MORE = terms("more over above least greater higher min minimum")


class Nearby:
    """A text in which the words around a value can be asked for."""

    def __init__(self, text: str) -> None:
        """Look at a text."""
        self._text = text

    def before(self, value: Value, count: int = 3) -> list[str]:
        """Return the words before a value, the nearest first, of the same sentence."""
        head = re.split(r"[.?!;\n]\s", self._text[max(0, value.start - 60) : value.start])[-1]
        return [word.lower() for word in reversed(_WORD.findall(head))][:count]

    def after(self, value: Value, count: int = 2) -> list[str]:
        """Return the words after a value, the nearest first."""
        tail = self._text[value.end : value.end + 40].lstrip("\"'`\u201d ")
        tail = re.split(r"[.?!;,\n]|\band\b", tail)[0]
        return [word.lower() for word in _WORD.findall(tail)][:count]

    def score(self, param: Param, value: Value) -> float:
        """Return what the words around a value add to its score for a parameter."""
        before = self.before(value)
        score = self._names(param, value, before) + _cues(param, before)
        if value.kind in ("unit", "currency") and value.number is not None:
            # A unit that stands with its number is the one that the number is in.
            score += 1.5 * ("from" in param.cues) - 1.5 * ("to" in param.cues)
        return score

    def _names(self, param: Param, value: Value, before: list[str]) -> float:
        """Score a value beside the parameter's own name: `port 8080`, `3 nights`."""
        close = [stem(word) for word in before if word not in _ARTICLES][:1]
        close += [stem(word) for word in self.after(value)[:1]]
        if any(word in param.words for word in close):
            return 3.0
        if any(word in param.about for word in close):
            return 1.0
        return 0.8 if any(related(word) & param.words for word in close) else 0.0


def _cues(param: Param, before: list[str]) -> float:
    """Score a value by the word before it: `from London` is no destination."""
    before = [word for word in before if word not in ("the", "a", "an", "my", "our", "of")]
    if not before:
        return 0.0
    first = before[0]
    bounds = _LESS if "max" in param.cues else _MORE if "min" in param.cues else frozenset()
    other = _MORE if "max" in param.cues else _LESS if "min" in param.cues else frozenset()
    if bounds and any(word in bounds for word in before):
        return 2.5
    if other and any(word in other for word in before):
        return -3.0
    score = 0.0
    for cue in param.cues:
        if first in _BEFORE[cue]:
            score = 2.0
    if not score and "from" in param.cues and first in ("to", "into", "until"):
        score = -2.0
    if not score and "to" in param.cues and first in _BEFORE["from"]:
        score = -2.0
    return score
