"""All rules, found in the modules of this folder: adding a row is adding it to its family."""

from __future__ import annotations

from types import ModuleType

from rookery.rules import (
    cache,
    context,
    endpoints,
    http,
    media,
    output,
    prompt,
    schemas,
    thinking,
    threads,
    tools,
    types,
)
from rookery.rules.rule import Rule

FAMILIES: tuple[ModuleType, ...] = (
    http,
    endpoints,
    types,
    prompt,
    thinking,
    tools,
    schemas,
    cache,
    context,
    output,
    media,
    threads,
)


def rows(family: ModuleType) -> list[Rule]:
    """Return the rules of a family, in its order."""
    return [value for value in vars(family).values() if isinstance(value, Rule)]


ALL: tuple[Rule, ...] = tuple(rule for family in FAMILIES for rule in rows(family))
"""In the order of the families and of the rows in each."""
