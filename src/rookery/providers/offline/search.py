"""Which lines of texts matter for a question: shared words, weighed by how rare they are."""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import accumulate
from typing import NamedTuple

from rookery.providers.offline.words import stem, stems, terms

_HITS = 500
"""Places per word that are looked at; a word found more often says little."""
_WORDS = 24
_SUFFIX = 5
"""Letters that a form of a word may have beyond its stem."""
_REQUESTS = frozenset(
    map(stem, terms("read find show search look list quote open explain describe file"))
)
"""What is to be done with a text; it does not say which lines."""


class Hit(NamedTuple):
    """A line, its number from 0, and its score."""

    line: int
    score: float
    share: float = 1.0
    """The share of the question's words that the line has."""


def rank(question: str, lines: list[str]) -> list[Hit]:
    """Return the lines that share words with a question, the best first.

    The time is linear in the text: each word is looked for once, by plain search.
    """
    text = "\n".join(lines).lower()
    starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
    scores: dict[int, float] = {}
    matched: dict[int, int] = {}
    wanted = query(question)
    for word in wanted:
        rows = _rows(word, text, starts)
        weight = math.log(1 + len(starts) / max(1, len(rows))) + 0.2
        for row in rows:
            scores[row] = scores.get(row, 0.0) + weight
            matched[row] = matched.get(row, 0) + 1
    share = {row: count / len(wanted) for row, count in matched.items()}
    # Lines that match much of the question come before those with one rare word of it.
    hits = [Hit(row, score * (0.5 + share[row]), share[row]) for row, score in scores.items()]
    return sorted(hits, key=lambda hit: (-hit.score, hit.line))


def query(question: str) -> list[str]:
    """Return the stems to look for."""
    words = dict.fromkeys(word for word in stems(question) if word not in _REQUESTS)
    return list(words)[:_WORDS]


def _rows(word: str, text: str, starts: list[int]) -> list[int]:
    """Return the lines in which a word with this stem begins."""
    rows: list[int] = []
    position = text.find(word)
    for _ in range(_HITS):
        if position < 0:
            break
        end = position + len(word)
        tail = text[end : end + _SUFFIX + 1]
        is_form = len(tail) <= _SUFFIX or not tail.isalnum()
        if is_form and not (position and text[position - 1].isalnum()):
            rows.append(bisect_right(starts, position) - 1)
            end = starts[rows[-1] + 1]  # once a line is enough
        position = text.find(word, end)
    return rows
