"""Rules on what decides the prompt."""

from __future__ import annotations

from rookery.rules.rule import Rule

PROMPT_TOO_LONG = Rule(
    "prompt_too_long",
    "prompt is too long: {tokens} tokens > {maximum} maximum",
    "client",
    "sheet 2: Claude Code matches it",
)
