"""Reads what a Google-style docstring says about a function and its parameters."""

from __future__ import annotations

import inspect
import re

_SECTION = re.compile(
    r"(Args|Arguments|Parameters|Returns?|Raises|Yields?|Examples?|Notes?|Attributes):\s*"
)
_PARAMETERS = ("Args", "Arguments", "Parameters", "Attributes")
_ENTRY = re.compile(r"\*{0,2}(?P<name>\w+)\s*(?:\([^)]*\))?\s*:\s*(?P<text>.*)")


def summary(doc: str | None) -> str:
    """Return the first paragraph on one line, or an empty string."""
    lines: list[str] = []
    for line in inspect.cleandoc(doc or "").splitlines():
        if not line.strip() or _SECTION.fullmatch(line):
            break
        lines.append(line.strip())
    return " ".join(lines)


def parameters(doc: str | None) -> dict[str, str]:
    """Return the description of each parameter of the `Args:` section."""
    found: dict[str, str] = {}
    indent = 0
    name = None
    for line in _parameter_lines(doc):
        depth = len(line) - len(line.lstrip())
        indent = indent or depth
        entry = _ENTRY.fullmatch(line.strip()) if depth <= indent else None
        if entry:
            name = entry["name"]
            found[name] = entry["text"].strip()
        elif name:
            found[name] = f"{found[name]} {line.strip()}".strip()
    return found


def _parameter_lines(doc: str | None) -> list[str]:
    lines: list[str] = []
    inside = False
    for line in inspect.cleandoc(doc or "").splitlines():
        section = _SECTION.fullmatch(line)
        if section:
            inside = section[1] in _PARAMETERS
        elif line and not line[0].isspace():
            inside = False
        elif inside and line.strip():
            lines.append(line)
    return lines
