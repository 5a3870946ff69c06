"""The public names are a decision, written down in one place."""

from __future__ import annotations

import ast
import importlib

import rookery
from tests.architecture.source import ROOT, modules


def test_every_public_name_can_be_had() -> None:
    for name in rookery.__all__:
        assert getattr(rookery, name) is not None


def test_the_list_of_public_names_is_sorted_and_short() -> None:
    assert sorted(rookery.__all__) == rookery.__all__
    assert len(rookery.__all__) <= 40


def test_what_type_checkers_see_is_what_is_loaded() -> None:
    seen = {
        alias.name: node.module
        for branch in ast.walk(modules()["rookery"])
        if isinstance(branch, ast.If)
        for node in branch.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted(seen) == sorted(rookery.__all__)
    for name, home in seen.items():
        assert home is not None
        assert getattr(importlib.import_module(home), name) is getattr(rookery, name)


def test_every_public_name_is_documented() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").rglob("*.md"))
    assert not [name for name in rookery.__all__ if f"`{name}" not in pages]
