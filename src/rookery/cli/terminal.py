"""What is shown on a terminal: nothing in it may steer the terminal."""

from __future__ import annotations

import re
from typing import Any

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Controls besides the tab and the line feed, and those that turn the direction of text."""

SHOWN = 60
"""Characters of an argument of a tool, or of a message, on one line."""


def clean(text: str) -> str:
    """Return text that is safe to print on a terminal: control characters become U+FFFD."""
    return _CONTROLS.sub("\ufffd", text.replace("\r\n", "\n"))


def short(text: str, most: int = SHOWN) -> str:
    """Return the start of a text as one clean line."""
    line = " ".join(clean(text[: most * 4]).split())
    return line if len(line) <= most and len(text) <= most * 4 else line[: most - 1] + "…"


def counted(number: int, noun: str) -> str:
    """Return `1 turn`, `2 turns`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def words(content: str | list[dict[str, Any]]) -> str:
    """Return the text of what a tool answered."""
    if isinstance(content, str):
        return content
    return " ".join(str(block.get("text", "")) for block in content)


def call(name: str, given: dict[str, object]) -> str:
    """Return how a call of a tool is shown: `grep(pattern='port')`."""
    shown = ", ".join(f"{key}={short(repr(value))}" for key, value in given.items())
    return f"{short(name)}({shown})"
