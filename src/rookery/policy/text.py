"""The characters of a command: those that hide what it is from who approves it are refused."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MAX_CHARACTERS = 10_000
"""Of a command; a longer one is never allowed, and rules that deny look at its text."""

_PLAIN = re.compile(r"[\t\n -~]*")
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"}
"""Categories of Unicode: controls, formats (bidirectional, zero width), halves of pairs, blanks."""
_INVISIBLE = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols that are drawn as nothing."""


_SELECTOR = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Marks that choose how the character before them is drawn, and are nothing themselves."""


def names(text: str) -> frozenset[str]:
    """Return the words of a list that is written as text."""
    return frozenset(text.split())


def problem(command: str) -> str | None:
    """Return what is wrong with the characters of a command; None: nothing."""
    if len(command) > MAX_CHARACTERS:
        return f"it is longer than {MAX_CHARACTERS:,} characters"
    if _PLAIN.fullmatch(command):
        return None
    for character in command:
        if _is_hidden(character):
            name = unicodedata.name(character, "a control character")
            return f"it has a character that does not show: U+{ord(character):04X} ({name})"
    return None


def shown(text: str) -> str:
    """Return a text as somebody can judge it: what does not show is written out, as `<U+200B>`.

    Line breaks and tabs stay.
    """
    if _PLAIN.fullmatch(text):
        return text
    return "".join(
        f"<U+{ord(one):04X}>" if _is_hidden(one) or _SELECTOR.fullmatch(one) else one
        for one in text
    )


@lru_cache(2048)
def _is_hidden(character: str) -> bool:
    if character in "\t\n ":
        return False
    return character in _INVISIBLE or unicodedata.category(character) in _HIDDEN
