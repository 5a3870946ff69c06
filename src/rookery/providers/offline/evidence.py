"""What the values of a clause tell about the tool that is wanted."""

from __future__ import annotations

from rookery.providers.offline.fill import Filling
from rookery.providers.offline.toolbox import Tool
from rookery.providers.offline.values import Value
from rookery.providers.offline.words import stems

EVIDENCE: dict[str, tuple[str, ...]] = {
    "money": ("currenc", "amount", "money"),
    "currency": ("currenc",),
    "percent": ("percent", "rate"),
    "measure": ("unit", "measur"),
    "unit": ("unit", "measur"),
    "duration": (),
    "date": ("date", "calendar"),
    "datetime": ("date", "calendar"),
    "path": ("file", "path", "content"),
    "glob": ("file", "glob"),
    "email": ("email",),
    "url": ("url", "page", "web"),
}
"""What a kind of value tells about the tool that is wanted."""


def subject(clause: str, typed: list[Value]) -> set[str]:
    """Return the stems of a clause outside of its typed values."""
    for value in typed:
        clause = clause[: value.start] + " " * (value.end - value.start) + clause[value.end :]
    return set(stems(clause))


def fit(tool: Tool, filling: Filling, typed: list[Value]) -> float:
    """Score how well the values of a clause and the parameters of a tool fit each other."""
    total = 1.5 * filling.strength if not filling.missing else 0.4 * filling.strength
    unused = sum(
        not any(start < value.end and value.start < end for start, end in filling.used)
        for value in typed
        if value.kind not in ("currency", "unit") or value.number is None
    )
    sure = sum(param.required for param in tool.params) * filling.strength
    return total + 0.4 * max(0.0, sure - 1.0) - 0.6 * unused
