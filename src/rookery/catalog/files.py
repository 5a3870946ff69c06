"""Catalog files: TOML tables of rows, each of which knows where it was written."""

from __future__ import annotations

import tomllib
from typing import Any, NamedTuple, TypeVar

import msgspec

from rookery.errors import SettingsError

T = TypeVar("T")

NAMED = (
    "tokenizers",
    "image_tiers",
    "typed_tools",
    "refused_tools",
    "features",
    "aliases",
    "models",
    "tools",
)
"""Tables whose rows have a name: `[models.claude-opus-5]`."""

LISTED = ("prices", "modes")
"""Tables whose rows have none: `[[prices]]`."""


class Row(NamedTuple):
    """One row of a table, and where it was written."""

    file: str
    place: str
    values: Any

    @property
    def where(self) -> str:
        """The file and row, as errors name them: `prices.toml: prices row 3`."""
        return f"{self.file}: {self.place}"


class Tables(NamedTuple):
    """The rows of some files, earlier files first."""

    named: dict[str, dict[str, Row]]
    listed: dict[str, list[Row]]


def read(sources: list[tuple[str, str]]) -> Tables:
    """Read `(file name, TOML text)` pairs, each laid over those before it.

    A named row is laid over the earlier row of its name field by field. Unnamed rows are
    collected; what they replace is for their reader to say. Raises SettingsError for text that
    is not TOML and for tables that no catalog has.
    """
    tables = Tables({name: {} for name in NAMED}, {name: [] for name in LISTED})
    for file, text in sources:
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"{file}: {error}") from error
        for table, rows in document.items():
            _lay_over(tables, file, table, rows)
    return tables


def convert(row: Row, values: Any, kind: type[T]) -> T:
    """Check `values` against the type, and name the row in the SettingsError if they do not fit."""
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{row.where}: {error}") from error


def _lay_over(tables: Tables, file: str, table: str, rows: Any) -> None:
    if table in tables.named and isinstance(rows, dict):
        for name, values in rows.items():
            earlier = tables.named[table].get(name)
            if earlier and isinstance(earlier.values, dict) and isinstance(values, dict):
                values = earlier.values | values  # noqa: PLW2901 - the merged row is the row
            tables.named[table][name] = Row(file, f"{table}.{name}", values)
    elif table in tables.listed and isinstance(rows, list):
        tables.listed[table] += [
            Row(file, f"{table} row {number}", values) for number, values in enumerate(rows, 1)
        ]
    else:
        known = ", ".join(sorted((*NAMED, *LISTED)))
        raise SettingsError(f"{file}: {table}: not a table of a catalog; those are {known}")
