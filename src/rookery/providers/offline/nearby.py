"""The words around a value, and what they say about the parameter it is for."""

from __future__ import annotations

import re

from rookery.providers.offline.params import Param
from rookery.providers.offline.values import Value
from rookery.providers.offline.words import stem, terms

_WORD = re.compile(r"[A-Za-z%]+")
_SENTENCE = re.compile(r"[.?!;\n]\s")
_CLOSE = re.compile(r"[.?!;,\n]|\band\b")
_ARTICLES = terms("a an the my our your is of as to number no")
_BEFORE = {
    "from": terms("from since starting leaving departing between after beginning"),
    "to": terms("to into until till through in and before ending arriving"),
    "max": terms("under below most maximum max than to cheaper within"),
    "min": terms("over above least minimum min than after"),
    "offset": terms("line starting from page"),
    "top": terms("top first last limit only most to latest show list exactly"),
}
_AGAINST = {
    "max": terms("more over above least greater higher min minimum"),
    "min": terms("less under below cheaper most fewer lower max maximum within"),
}


def nearness(param: Param, value: Value, text: str) -> float:
    """Return what the words around a value add to its score for a parameter."""
    head = _SENTENCE.split(text[max(0, value.start - 60) : value.start])[-1]
    before = [word.lower() for word in reversed(_WORD.findall(head))][:3]
    tail = _CLOSE.split(text[value.end : value.end + 40])[0]
    after = [stem(word) for word in _WORD.findall(tail)[:1]]
    score = _by_name(param, before, after) + _by_cue(param, before)
    if value.kind in ("unit", "currency") and value.number is not None:
        # A unit that stands with its number is the one that the number is in.
        score += 1.5 * ("from" in param.cues) - 1.5 * ("to" in param.cues)
    return score


def _by_name(param: Param, before: list[str], after: list[str]) -> float:
    """Score a value beside the parameter's own name: `port 8080`, `3 nights`."""
    close = [stem(word) for word in before if word not in _ARTICLES][:1] + after
    if not param.words.isdisjoint(close):
        return 3.0
    return 0.0 if param.about.isdisjoint(close) else 1.0


def _by_cue(param: Param, before: list[str]) -> float:
    """Score a value by the word before it: `from London` is no destination."""
    before = [word for word in before if word not in ("the", "a", "an", "my", "our", "of")]
    if not before or not param.cues:
        return 0.0
    if any(not _AGAINST[cue].isdisjoint(before) for cue in param.cues if cue in _AGAINST):
        return -3.0
    if any(before[0] in _BEFORE[cue] for cue in param.cues):
        return 2.0
    leaves = "from" in param.cues and before[0] in ("to", "into", "until")
    arrives = "to" in param.cues and before[0] in _BEFORE["from"]
    return -2.0 if leaves or arrives else 0.0
