"""What the model under test takes, as the catalog of this version of rookery has it."""

from __future__ import annotations

from rookery.catalog.lookup import Catalog
from rookery.catalog.model import Model
from rookery.testing.conformance.check import Skipped
from rookery.testing.conformance.target import Target

HIGHEST_CACHE_MINIMUM = 4096
"""Tokens: enough for every model to cache a prefix."""


def known(target: Target) -> Model | None:
    """Return the catalog's row of the target's model; None where there is none."""
    return Catalog.builtin().find(target.model)


def facts(target: Target) -> Model:
    """Return the catalog's row of the target's model. Raises Skipped where there is none."""
    model = known(target)
    if model is None:
        raise Skipped(f"nothing is known of the model {target.model}")
    return model


def cache_minimum(target: Target) -> int:
    """Return how many tokens a prefix must have at least to be cached."""
    model = known(target)
    return model.cache_minimum if model else HIGHEST_CACHE_MINIMUM


def forces_tools(target: Target) -> bool:
    """Whether `tool_choice` may force a call. A model that nobody knows is taken to allow it."""
    model = known(target)
    return model is None or model.forced_tool_choice
