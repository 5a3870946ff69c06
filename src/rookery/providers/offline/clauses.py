"""A task as clauses: the requests that can be met one by one."""

from __future__ import annotations

import re

from rookery.providers.offline.names import OPENERS
from rookery.providers.offline.words import terms

LIMIT = 6000
"""Characters of a task that are read as requests."""
_MOST = 24
_NO_VERBS = terms(
    """a an the i is in on at to by as my our your his her their this that these those from for with
    now hello hi hey good yes no not and also then if after before given suppose assuming thanks
    thank move may first second finally next order book plan report count draft"""
)
_VERBS = "|".join(sorted(OPENERS - _NO_VERBS))
_MORE = r"order|book|plan|report|count|draft|move"
_SPLIT = re.compile(
    r"(?<=[?!;])\s+|(?<=[\w)\]\"'`%][.])\s+(?=[\"'`(A-Z0-9*-])|\n+|;\s*"
    rf"|,?\s+(?:and\s+then|and\s+also|then|also|plus)\s*,?\s+(?=(?:{_VERBS}|{_MORE})\b)"
    rf"|,?\s+and\s+(?=(?:please\s+)?(?:{_VERBS}|(?:{_MORE})\s+(?:a|an|the|me|my)\b)\b)"
    rf"|,\s+(?=(?:{_VERBS})\b)(?!(?:what|where|when|how|who|which)\b)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"`[^`\n]{1,400}`|\"[^\"\n]{1,400}\"|\u201c[^\u201d\n]{1,400}\u201d")
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|vs|mr|mrs|ms|dr|st|no|approx)\.\Z", re.IGNORECASE)
_NUMBER = re.compile(r"\s*\d{1,2}[.)]")
_BULLET = re.compile(r"^\s*(?:[-*\u2022]|\d{1,2}[.)])\s+")
_COURTESY = re.compile(
    r"\W*(?:hello|hi|hey|thanks|thank you|cheers)(?: (?:there|a lot|for [^,;]{1,60}))?\W*\Z",
    re.IGNORECASE,
)
_LEAD = re.compile(r"^(?:and|also|then|plus|please|next|finally|,)\s+", re.IGNORECASE)


def clauses(text: str) -> list[str]:
    """Return the clauses of a task, in order, each once; a quotation is never cut."""
    head = text[:LIMIT]
    quoted = [(match.start(), match.end()) for match in _QUOTED.finditer(head)]
    result, start = [], 0
    for match in _SPLIT.finditer(head):
        if any(low < match.start() < high for low, high in quoted):
            continue
        before = head[start : match.start()]
        if _ABBREVIATION.search(before[-8:]) or _NUMBER.fullmatch(before):
            continue
        result.append(head[start : match.start()])
        start = match.end()
    result.append(head[start:])
    plain = dict.fromkeys(map(_plain, result))
    said = [part for part in plain if any(map(str.isalnum, part)) and not _COURTESY.match(part)]
    return said[:_MOST]


def _plain(part: str) -> str:
    """Leave out a bullet and the joining word in front of a clause."""
    part = _BULLET.sub("", part.strip())
    return _LEAD.sub("", part).strip()


_QUESTION = re.compile(
    r"\?|^(?:what|where|when|how|who|which|why|is|are|was|were|do|does|did|can|could|should)\b",
    re.IGNORECASE,
)


def is_question(clause: str) -> bool:
    """Whether a clause asks something."""
    return _QUESTION.search(clause) is not None
