"""The providers by name: one row each. A provider's module is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module

from msgspec import Struct

from rookery.errors import SettingsError
from rookery.providers.base import Provider
from rookery.settings import Settings


class Row(Struct, frozen=True):
    """One provider: the module whose `build(settings)` makes it, and what a user should know."""

    module: str
    summary: str
    one_process: bool = False
    """Whether it holds state in one process, so that several workers would each have their own."""


ROWS = {
    "anthropic": Row("rookery.providers.anthropic.provider", "the Claude API, or what speaks it"),
    "offline": Row(
        "rookery.providers.offline.provider",
        "rules, not a language model: no key, no weights, no network",
        one_process=True,
    ),
    "scripted": Row(
        "rookery.providers.scripted.provider",
        "plays a script of exact replies, for tests",
        one_process=True,
    ),
}


def build(name: str, settings: Settings) -> Provider:
    """Return the provider called `name`. Raises SettingsError on an unknown name or bad setting."""
    row = ROWS.get(name)
    if row is None:
        raise SettingsError(f"There is no provider {name!r}. Providers: {', '.join(ROWS)}.")
    provider: Provider = import_module(row.module).build(settings)
    return provider
