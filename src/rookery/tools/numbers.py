"""Limits that a program gives as numbers, checked. A bool is none."""

from __future__ import annotations

import math
from typing import Any

from rookery.errors import AgentError


def positive(name: str, value: Any) -> int:
    """Return a whole number above 0. Raises AgentError."""
    return _whole(name, value, 1, "above 0")


def count(name: str, value: Any) -> int:
    """Return a whole number that may be 0. Raises AgentError."""
    return _whole(name, value, 0, "from 0 on")


def limit(name: str, value: Any) -> int | None:
    """Return a whole number above 0, or None: no limit. Raises AgentError."""
    return None if value is None else positive(name, value)


def seconds(name: str, value: Any) -> float | None:
    """Return a time above 0, or None: no limit. Raises AgentError."""
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 < value < math.inf:
        raise AgentError(f"{name} must be a number of seconds above 0, not {value!r:.100}.")
    found: float = value
    return found


def _whole(name: str, value: Any, least: int, kind: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise AgentError(f"{name} must be a whole number {kind}, not {value!r:.100}.")
    return value
