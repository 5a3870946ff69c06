"""Text of a stranger: what does not show, or steers a terminal, is replaced."""

from __future__ import annotations

import re

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Controls, turners of direction, and letters that are drawn as nothing; joiners of emoji stay."""

_LONGEST = 300


def clean(text: str) -> str:
    """Return a text with U+FFFD for each character that hides; line ends become `\\n`."""
    return _HIDDEN.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, most: int = _LONGEST) -> str:
    """Return the start of a text as one line."""
    line = " ".join(clean(text[: most * 4]).split())
    return line if len(line) <= most else line[: most - 1] + "…"
