"""Cases of `rookery.rules.prompt`."""

from __future__ import annotations

from rookery.rules import prompt
from tests.rules.case import Case, message

CASES = [
    Case(
        prompt.PROMPT_TOO_LONG,
        "prompt is too long: 277782 tokens > 200000 maximum",
        message(messages=[{"role": "user", "content": "a" * 1_000_000}]),
    ),
]
