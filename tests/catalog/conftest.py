"""What the catalog tests share: a day, the built-in catalog, and rows laid over it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rookery.catalog.lookup import Catalog

Overlay = Callable[[str], Catalog]


@pytest.fixture
def today() -> datetime:
    """The day of the sheet of facts that the catalog was written from."""
    return datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def catalog() -> Catalog:
    return Catalog.builtin()


@pytest.fixture
def overlay(tmp_path: Path) -> Overlay:
    """Build a catalog from TOML text laid over the built-in one."""

    def build(text: str) -> Catalog:
        path = tmp_path / "mine.toml"
        path.write_text(text)
        return Catalog.from_files(path)

    return build
