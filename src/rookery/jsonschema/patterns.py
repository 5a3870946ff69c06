"""Regular expressions from schemas: a match without runaway time, and a text that matches.

A caller's expression may take forever on Python's engine, so only plain ones are run: those
without a repeated group, with few unbounded repeats, on short texts. Of the others nothing is
known, and a value passes.
"""

from __future__ import annotations

import re
from functools import lru_cache

_TEXT_LIMIT = 64
_UNBOUNDED = re.compile(r"[*+]|\{\d*,\d*\}|\{\d{3,}\}")
_REPEATED_GROUP = re.compile(r"\)\s*[*+{]|\(\?[^:]|\\[1-9]")


@lru_cache(maxsize=256)
def _compile(pattern: str) -> re.Pattern[str] | None:
    """Compile an expression that is safe to run; None for any other."""
    plain = re.sub(r"\[[^\]]*\]|\\.", "x", pattern)
    if len(pattern) > 300 or _REPEATED_GROUP.search(plain) or re.search(r"\\[1-9]", pattern):
        return None
    if len(_UNBOUNDED.findall(plain)) > 3:
        return None
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return None


def matches(pattern: str, text: str) -> bool:
    """Whether a text matches somewhere; True where it cannot be told in bounded time."""
    compiled = _compile(pattern)
    if compiled is None or len(text) > _TEXT_LIMIT:
        return True
    return compiled.search(text) is not None


_ATOM = re.compile(
    r"(?P<atom>\\[dwsDWS]|\\.|\[(?P<negated>\^)?(?P<set>(?:\\.|[^\]\\])+)\]|[^\\()\[\]|*+?{}^$])"
    r"(?P<repeat>[*+?]|\{(?P<count>\d{1,3})(?:,\d{0,3})?\})?"
)
_CLASSES = {r"\d": "0", r"\w": "a", r"\s": " ", r"\D": "a", r"\W": "-", r"\S": "a", ".": "a"}


def example(pattern: str) -> str | None:
    """Return a short text that matches; None where the expression is not of the plain kind."""
    body = pattern.removeprefix("^").removesuffix("$")
    body = re.sub(r"\((?:\?:)?([^()|]*)\|[^()]*\)", r"\1", body)  # of alternatives, the first
    body = re.sub(r"\((?:\?:)?([^()|]*)\)(?:[?*]|\{0,\d*\})", "", body)  # an optional group
    body = re.sub(r"\((?:\?:)?([^()|]*)\)(?![+{])", r"\1", body).split("|")[0]
    result: list[str] = []
    position = 0
    while position < len(body):
        atom = _ATOM.match(body, position)
        if atom is None or len(result) > _TEXT_LIMIT:
            return None
        result.append(_character(atom) * _count(atom))
        position = atom.end()
    text = "".join(result)
    compiled = _compile(pattern)
    return text if compiled is not None and compiled.search(text) else None


def _character(atom: re.Match[str]) -> str:
    text, inside = atom["atom"], atom["set"]
    if inside is None:
        return _CLASSES.get(text, text[-1])
    if atom["negated"]:
        return next((char for char in "a0-_ " if char not in inside), "")
    return _CLASSES.get(inside[:2], inside[1] if inside[0] == "\\" else inside[0])


def _count(atom: re.Match[str]) -> int:
    repeat = atom["repeat"]
    if repeat in ("*", "?"):
        return 0
    return int(atom["count"]) if atom["count"] else 1
