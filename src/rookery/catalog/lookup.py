"""The catalog: models by id or alias, and their prices."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from rookery.catalog.files import Row, Tables, convert, read
from rookery.catalog.model import Feature, ImageTier, Lifecycle, Model, Tokenizer
from rookery.catalog.prices import Prices
from rookery.errors import SettingsError, UnknownModelError

BUILTIN = ("models.toml", "prices.toml")

AVAILABLE: frozenset[Lifecycle] = frozenset(("active", "deprecated"))
"""The states in which a model answers."""


class Catalog:
    """Models and prices. Immutable once built; `builtin` is shared by everyone."""

    def __init__(self, models: dict[str, Model], aliases: dict[str, str], prices: Prices) -> None:
        self._models = models
        self._by_name = models | {alias: models[model] for alias, model in aliases.items()}
        self.prices = prices

    @staticmethod
    def builtin() -> Catalog:
        """The catalog that comes with rookery, read once."""
        return _builtin()

    @classmethod
    def from_files(cls, *paths: Path, builtin: bool = True) -> Catalog:
        """Build a catalog of the user's files, each laid over those before it.

        A file may have every table of the built-in ones, which lie under it unless `builtin` is
        false: a model's row replaces the fields it names, a price row those of the same model,
        kind, date and band. Raises SettingsError, naming file and row, for a file that cannot be
        read or does not fit.
        """
        sources = _builtin_sources() if builtin else []
        for path in paths:
            try:
                sources.append((str(path), path.read_text(encoding="utf-8")))
            except (OSError, UnicodeDecodeError) as error:
                raise SettingsError(f"{path}: {error}") from error
        return _build(sources)

    def find(self, model: str) -> Model | None:
        """Return the model of an id or alias, or None."""
        return self._by_name.get(model)

    def get(self, model: str) -> Model:
        """Return the model of an id or alias. Raises UnknownModelError."""
        found = self._by_name.get(model)
        if found is None:
            raise UnknownModelError(f"The catalog does not know the model {model!r}.")
        return found

    def models(
        self,
        at: date | datetime | None = None,
        *,
        lifecycle: frozenset[Lifecycle] = AVAILABLE,
    ) -> list[Model]:
        """List the models, newest first: all, or those in one of the states on a day."""
        found = [
            model for model in self._models.values() if not at or model.lifecycle(at) in lifecycle
        ]
        return sorted(found, key=lambda model: (-model.created_at.toordinal(), model.id))


@cache
def _builtin() -> Catalog:
    return _build(_builtin_sources())


def _builtin_sources() -> list[tuple[str, str]]:
    # Not importlib.resources: its import takes longer than reading the catalog does.
    import pkgutil  # noqa: PLC0415

    sources = []
    for name in BUILTIN:
        data = pkgutil.get_data(__name__, name)
        if data is None:
            raise SettingsError(f"{name}: this installation of rookery cannot read its own data")
        sources.append((name, data.decode()))
    return sources


def _build(sources: list[tuple[str, str]]) -> Catalog:
    tables = read(sources)
    parts = {
        table: {name: convert(row, row.values, kind) for name, row in tables.named[table].items()}
        for table, kind in PARTS.values()
    }
    aliases = _aliases(tables)
    names: dict[str, list[str]] = {}
    for alias, name in aliases.items():
        names.setdefault(name, []).append(alias)
    models = {
        name: _model(name, row, parts, tuple(names.get(name, ())))
        for name, row in tables.named["models"].items()
    }
    return Catalog(models, aliases, Prices(tables, models))


def _aliases(tables: Tables) -> dict[str, str]:
    models = tables.named["models"]
    aliases = {}
    for alias, row in tables.named["aliases"].items():
        if not isinstance(row.values, str) or row.values not in models:
            raise SettingsError(f"{row.where}: {row.values!r} is not the id of a model")
        if alias in models:
            raise SettingsError(f"{row.where}: there is a model with this id")
        aliases[alias] = row.values
    return aliases


def _model(
    name: str, row: Row, parts: dict[str, dict[str, Any]], aliases: tuple[str, ...]
) -> Model:
    """Build a model from its row, with the shared parts that it names put in their place."""
    if not isinstance(row.values, dict):
        raise SettingsError(f"{row.where}: expected a table")
    values: dict[str, Any] = {**row.values, "id": name, "aliases": aliases}
    for field, (table, _) in PARTS.items():
        part = values.get(field)
        if isinstance(part, str):
            if part not in parts[table]:
                raise SettingsError(f"{row.where}: {field}: there is no [{table}.{part}]")
            values[field] = parts[table][part]
    return convert(row, values, Model)


PARTS: dict[str, tuple[str, Any]] = {
    "tokenizer": ("tokenizers", Tokenizer),
    "image_tier": ("image_tiers", ImageTier),
    "typed_tools": ("typed_tools", dict[str, int]),
    "refused_tools": ("refused_tools", frozenset[str]),
    "features": ("features", frozenset[Feature]),
}
"""Fields of a model that may name a row of a table, and what that table holds."""
