"""One check: what the API does, who says so, and a function that sees whether a server does it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from rookery.testing.conformance.target import Target


class Failed(AssertionError):  # noqa: N818 - an outcome, as Skipped is
    """The server does something else; the message says what was seen."""


class Skipped(Exception):  # noqa: N818
    """The check does not apply to this server or model; the message says why."""


class Check(NamedTuple):
    """A check. Its function returns where all is well, and raises Failed or Skipped."""

    section: str
    name: str
    claim: str
    source: str
    """The page of platform.claude.com, or what else says it."""
    run: Callable[[Target], None]


CHECKS: list[Check] = []
"""All checks, in the order of their files; `sections` fills it."""


def check(section: str, source: str) -> Callable[[Callable[[Target], None]], Callable[..., None]]:
    """Add a function to the checks: its name names the check, its docstring is the claim."""

    def add(function: Callable[[Target], None]) -> Callable[[Target], None]:
        claim = " ".join((function.__doc__ or "").split())
        CHECKS.append(Check(section, function.__name__, claim, source, function))
        return function

    return add


def expect(condition: object, seen: str) -> None:
    """Raise Failed with what was seen, unless the condition holds."""
    if not condition:
        raise Failed(seen)


def same(what: str, seen: Any, wanted: Any) -> None:
    """Raise Failed unless two values are equal."""
    expect(seen == wanted, f"{what} is {seen!r:.200}, not {wanted!r:.200}")


def json_object(what: str, text: str) -> dict[str, Any]:
    """Return the JSON object that a text is. Raises Failed where it is none."""
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Failed(f"{what} is no JSON object: {text!r:.80}")
    return value
