"""Names in text: capitalised runs, and codes in capitals."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rookery.providers.offline.words import is_stop, terms

_CODE = re.compile(r"\b[A-Z]{2,6}\b(?![a-z'])")
_WORD = r"[A-Z\u00c0-\u00de][\w\u00c0-\u024f'\u2019-]{0,40}"
_NAME = re.compile(
    rf"\b{_WORD}(?:(?: | (?:of|de|da|del|la|le|van|von|der) |\. ){_WORD}){{0,5}}"
    r"(?:, [A-Z]{2}\b(?!\w))?"
)
_FIRST = re.compile(r"[\w'\u2019-]+")
_SENTENCE_END = re.compile(r"(?:[.!?:]\s|\n|^|[-*\u2022]\s|\d[.)]\s)\s*\Z")
_POSSESSIVE = re.compile(r"(?:'s|\u2019s|'|\u2019)\Z")
_SELF = terms("i i'm i'd i've i'll")

OPENERS = terms(
    """add book build buy calculate call can cancel change check compare compute convert could count
    create define delete describe did do does draft edit estimate evaluate explain extract fetch
    figure find get give grab has have how i is are was were look list let lookup make may message
    move need open order pay play please plan post print pull put query quote read remind remove
    rename reply report reserve retrieve return run save say schedule search send set should show
    solve start stop summarize summarise take tell track transfer translate turn update use verify
    view walk want what whats when where which who whose why will would write also and then if
    after before as at by for from in into on the to with my our their your his her this that these
    those hello hi hey thanks thank now next first second finally given suppose assuming good yes
    no not"""
)
"""Words that open a request; capitalised at its start, they are no names."""


def names(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, kind) of what names something."""
    for match in _NAME.finditer(text):
        start, end = _trim(text, match.start(), match.end())
        if start < end and not _is_label(text, start, end):
            yield start, end, "code" if _CODE.fullmatch(text, start, end) else "name"
    for match in _CODE.finditer(text):
        if not is_stop(match.group()):
            yield match.start(), match.end(), "code"


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave out an opening word of the sentence and a possessive ending."""
    while start < end and (word := _FIRST.match(text, start, end)):
        plain = _POSSESSIVE.sub("", word.group()).lower()
        shouted = word.group().isupper() and len(word.group()) > 1
        if shouted or not _opens(plain):
            break
        if not _SENTENCE_END.search(text[max(0, start - 8) : start]) and plain not in _SELF:
            break
        start = word.end()
        while start < end and text[start] in " .,":
            start += 1
    cut = _POSSESSIVE.search(text[start:end])
    end -= len(cut.group()) if cut else 0
    return (end, end) if _opens(text[start:end].lower()) else (start, end)


def _opens(word: str) -> bool:
    return word in OPENERS or is_stop(word) or word in _SELF


def _is_label(text: str, start: int, end: int) -> bool:
    """Whether a capitalised run is what stands before a colon at the beginning of a line."""
    return text[end : end + 1] == ":" and not text[:start].rpartition("\n")[2].strip(" -*")
