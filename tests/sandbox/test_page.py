"""The table of docs/security.md says what is found here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rookery.sandbox import choose
from rookery.sandbox.base import Guarantees
from rookery.sandbox.reads import SYSTEM
from rookery.sandbox.repositories import MOST, SETTINGS

PAGE = Path(__file__).parents[2].joinpath("docs/security.md").read_text(encoding="utf-8")
NAMES = Guarantees.__struct_fields__


def rows() -> dict[str, list[str]]:
    table = PAGE[PAGE.index("\n| | `fs_read`") :].strip().partition("\n\n")[0].splitlines()
    lines = [re.findall(r"[^|]+", line) for line in table if line.startswith("| ")]
    cells = [[cell.strip().strip("`") for cell in line] for line in lines]
    assert tuple(cells[0][1:]) == NAMES
    return {row[0]: row[1:] for row in cells[1:]}


def test_every_sandbox_has_a_row_in_their_order() -> None:
    assert list(rows()) == list(choose.TIERS)


@pytest.mark.parametrize("name", choose.TIERS)
def test_a_row_is_what_the_sandbox_guarantees(name: str) -> None:
    found = choose.probe(name)
    if not found.works:
        pytest.skip(f"{name}: {found.problem}; {found.remedy}")
    for guarantee, cell in zip(NAMES, rows()[name], strict=True):
        if cell in {"yes", "no"}:
            assert getattr(found.guarantees, guarantee) == (cell == "yes"), guarantee


def test_what_else_the_page_takes_from_the_code() -> None:
    assert all(f"`{name}`" in PAGE for name in SETTINGS)
    assert f"beyond {MOST}" in PAGE
    assert not {"/var", "/srv", "/mnt", "/run", "/home"} & set(SYSTEM)
