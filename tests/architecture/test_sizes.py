"""Long files and functions are listed here with a reason, or split."""

from __future__ import annotations

import ast

from tests.architecture.source import PACKAGE, ROOT, modules

MAX_FILE = 400
MAX_FUNCTION = 80
OFFLINE_MAX_FILE = 250

LONG_FILES: dict[str, str] = {}
"""Path below src/rookery: why it is one noun all the same."""
LONG_FUNCTIONS: dict[str, str] = {}
"""module.function: why it cannot be split."""


def test_no_file_is_long_without_a_reason() -> None:
    long = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if len(path.read_text(encoding="utf-8").splitlines()) > MAX_FILE
    }
    assert long == set(LONG_FILES)


def test_the_files_of_the_offline_engine_are_short() -> None:
    for path in (PACKAGE / "providers" / "offline").glob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= OFFLINE_MAX_FILE, path.name


def test_no_function_is_long_without_a_reason() -> None:
    long = {
        f"{name}.{node.name}"
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > MAX_FUNCTION
    }
    assert long == set(LONG_FUNCTIONS)


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
