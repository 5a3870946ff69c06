"""Finds a passage in a text, and says what is nearest where there is none."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import NamedTuple

LISTED = 20
"""How many places are told at most."""

_LOOKED_AT = 100_000
_COMPARED = 5_000
"""Lines that are compared letter by letter, which takes long."""
_COMPARED_CHARACTERS = 200
_ALIKE = 0.6


class Found(NamedTuple):
    """Where a passage is in a text."""

    times: int
    """How often; occurrences that overlap count, too, as far as they are listed."""
    lines: list[int]
    """The lines on which the first ones begin; the first line is 1."""

    def __str__(self) -> str:
        more = " and more" if self.times > len(self.lines) else ""
        return f"line{'s' * (self.times > 1)} {', '.join(map(str, self.lines))}{more}"


def find_passage(text: str, passage: str) -> Found:
    """Return where the passage is in the text."""
    lines: list[int] = []
    line, last = 1, 0
    at = text.find(passage)
    while at >= 0 and len(lines) < LISTED:
        line += text.count("\n", last, at)
        last = at
        lines.append(line)
        at = text.find(passage, at + 1)
    return Found(max(text.count(passage), len(lines)), lines)


def nearest(text: str, passage: str) -> str:
    """Return a sentence that helps to find a passage that is not in the text, or nothing."""
    lines = text.split("\n", _LOOKED_AT)[:_LOOKED_AT]
    wanted = next((line for line in passage.split("\n") if line.strip()), "")
    plain = _plain(wanted)
    for number, line in enumerate(lines, 1):
        if plain and _plain(line) == plain:
            if line.removesuffix("\r") == wanted.removesuffix("\r"):
                return f" Line {number} is as its first line; what follows there is different."
            return f" Line {number} differs from its first line in white space only: {_cut(line)!r}"
    best = _most_alike(lines[:_COMPARED], wanted)
    return f" The nearest line is {best}: {_cut(lines[best - 1])!r}" if best else ""


def _most_alike(lines: list[str], wanted: str) -> int | None:
    """Return the number of the line that is most like another, if any is."""
    matcher = SequenceMatcher(None, b=_plain(wanted)[:_COMPARED_CHARACTERS], autojunk=False)
    best, number = _ALIKE, None
    for index, line in enumerate(lines, 1):
        matcher.set_seq1(_plain(line)[:_COMPARED_CHARACTERS])
        if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best:
            ratio = matcher.ratio()
            if ratio > best:
                best, number = ratio, index
    return number


def _plain(line: str) -> str:
    return " ".join(line.split())


def _cut(line: str) -> str:
    line = line.removesuffix("\r")
    return line if len(line) <= _COMPARED_CHARACTERS else line[:_COMPARED_CHARACTERS] + "…"
