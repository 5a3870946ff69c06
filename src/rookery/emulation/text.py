"""How many tokens a text has, estimated from the kinds of its characters.

The tokenizers of Claude are not public. Each kind of character has a weight, fitted to the one
vocabulary that was published (docs/emulation.md has the method and the error); a text weighs what
its characters weigh, so weights of parts add up and a longer text never weighs less. Tokenizers
since Claude 4.7 differ in how they split ASCII letters only: `Tokenizer.factor` is for those.
"""

from __future__ import annotations

import string
from functools import lru_cache

from rookery.catalog.model import Model

UNITS = 1000
"""Weight of one token."""

_LOWER = string.ascii_lowercase.encode()
_UPPER = string.ascii_uppercase.encode()
_DIGITS = string.digits.encode()
_BREAKS = b"\n\r\t"

LETTERS = {_LOWER: 227, _UPPER: 440}
OTHERS = {b" ": 131, _DIGITS: 658, _BREAKS: 1004}
PUNCTUATION = 547
"""Of ASCII characters of no other kind."""

SCRIPTS = {
    "accented Latin": (range(0xC2, 0xCE), 2600),
    "Greek and Cyrillic": (range(0xCE, 0xD4), 624),
    "Armenian to N'Ko, with Hebrew and Arabic": (range(0xD4, 0xE0), 1168),
    "Indic and African": (range(0xE0, 0xE2), 1367),
    "symbols and punctuation": (range(0xE2, 0xE3), 1500),
    "Chinese and Japanese": (range(0xE3, 0xEA), 1101),
    "Korean": (range(0xEA, 0xEE), 1478),
    "private and forms": (range(0xEE, 0xF0), 1500),
    "emoji and rare scripts": (range(0xF0, 0x100), 3300),
}
"""Weights of characters beyond ASCII, by the first byte of their UTF-8."""

_ASCII = bytes(range(0x80))
_BEYOND = bytes(range(0x80, 0x100))
_INNER = bytes(range(0x80, 0xC0))
_SCRIPTS = [(bytes(leads), weight) for leads, weight in SCRIPTS.values()]


@lru_cache(maxsize=16)
def _weights(factor: float) -> list[tuple[bytes, int]]:
    """Kinds of ASCII and their weights, the most frequent ones first: each pass has less to do."""
    lower, upper = [(kind, round(weight * factor)) for kind, weight in LETTERS.items()]
    space, *others = OTHERS.items()
    return [lower, space, upper, *others]


def weigh(data: bytes, model: Model) -> int:
    """Return the weight of a text in UTF-8; that of two together is the sum of theirs."""
    weight, rest = 0, data
    if not data.isascii():
        weight = _beyond_ascii(data)
        rest = data.translate(None, _BEYOND)
    for kind, unit in _weights(model.tokenizer.factor):
        if not rest:
            return weight
        before = len(rest)
        rest = rest.translate(None, kind)
        weight += (before - len(rest)) * unit
    return weight + len(rest) * PUNCTUATION


def _beyond_ascii(data: bytes) -> int:
    rest, weight = data.translate(None, _ASCII + _INNER), 0
    for leads, unit in _SCRIPTS:
        if not rest:
            break
        before = len(rest)
        rest = rest.translate(None, leads)
        weight += (before - len(rest)) * unit
    return weight


def utf8(text: str) -> bytes:
    """Return a text as UTF-8, with its lone surrogates, which weigh like other characters."""
    return text.encode("utf-8", "surrogatepass")


def tokens_of(weight: int) -> int:
    """Return the tokens of a weight; only nothing has none."""
    return -(-weight // UNITS)


def count_text(text: str, model: Model) -> int:
    """Return the estimated tokens of a text; 0 only for the empty text."""
    return tokens_of(weigh(utf8(text), model))


def fitting(text: str, tokens: int, model: Model) -> str:
    """Return the longest beginning of `text` that counts at most `tokens`."""
    left, start, step = tokens * UNITS, 0, len(text)
    while step and start < len(text):
        weight = weigh(utf8(text[start : start + step]), model)
        if weight <= left:
            left -= weight
            start += step
        else:
            step //= 2
    return text[:start]
